"""The front door of the store API: faults, quota, token, scopes, content type (FACTS 2).

Order of checks: faults that act before, latency, store hash (404), token (401), quota (429),
path (404/405), scope (403), `Accept` (406), then the handler. Every answer carries the
rate-limit headers except those of the `overload` fault, and every request is logged.
"""

from dataclasses import dataclass, field

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from sandbox.access import Grant
from sandbox.call import Answer, Call, Endpoint
from sandbox.dropped import DroppedResponse
from sandbox.errors import JSON, Refused, not_found
from sandbox.faults import AFTER, BEFORE, FaultRule
from sandbox.quota import Reading
from sandbox.requestlog import LoggedRequest
from sandbox.routing import Routes
from sandbox.state import Sandbox

HTML_DOWN = "<html><body><h1>Store is unavailable</h1></body></html>"


@dataclass
class _Visit:
    """What becomes known about a request while it is answered."""

    method: str
    version: str
    path: str
    endpoint: str = "unmatched"
    client_id: str = ""
    fault: str = ""
    headers: dict[str, str] = field(default_factory=dict)


class Gateway:
    """Answers `/stores/{hash}/v2|v3/...`."""

    def __init__(self, sandbox: Sandbox, routes: Routes) -> None:
        self._sandbox = sandbox
        self._routes = routes

    async def __call__(self, request: Request) -> Response:
        """Answer one request and log it."""
        sandbox = self._sandbox
        log = sandbox.log
        seq = log.next_seq()
        started = sandbox.clock.timer()
        raw = await request.body()
        rest = str(request.path_params["rest"])
        visit = _Visit(request.method, "v2" if rest.startswith("v2/") else "v3", f"/{rest}")
        response = await self._respond(request, raw, visit)
        log.add(
            LoggedRequest(
                seq=seq,
                at=sandbox.clock.unix(),
                method=request.method,
                path=visit.path,
                query=request.url.query,
                endpoint=visit.endpoint,
                status=response.status_code,
                client_id=visit.client_id,
                request_bytes=len(raw),
                body_bytes=len(response.body),
                ms=round((sandbox.clock.timer() - started) * 1000, 2),
                fault=visit.fault,
            )
        )
        return response

    async def _respond(self, request: Request, raw: bytes, visit: _Visit) -> Response:
        sandbox = self._sandbox
        faults = sandbox.faults
        wait_ms = sandbox.settings.latency_ms
        slow = faults.strike(visit.method, visit.path, frozenset({"delay"}))
        if slow is not None:
            visit.fault = "delay"
            wait_ms += slow.delay_ms
        if wait_ms:
            await sandbox.clock.sleep(wait_ms / 1000)
        before = faults.strike(visit.method, visit.path, BEFORE)
        if before is not None:
            visit.fault = before.effect
            return self._fail(before, visit)
        try:
            answer = self._answer(request, raw, visit)
        except Refused as refusal:
            visit.headers.update(refusal.headers)
            answer = Answer(refusal.body(visit.version), refusal.status)
        after = faults.strike(visit.method, visit.path, AFTER)
        if after is not None:
            visit.fault = after.effect
            if after.effect == "drop_response":
                return DroppedResponse()
        return _render(answer, visit.headers, truncated=after is not None)

    def _fail(self, rule: FaultRule, visit: _Visit) -> Response:
        if rule.effect == "close":
            return DroppedResponse()
        reading = self._sandbox.quota.take()
        headers = reading.headers()
        if rule.effect == "unavailable":
            return Response(HTML_DOWN, 503, headers, "text/html")
        if rule.effect == "overload":
            return _render(Answer(Refused(429, "Too many requests").body(visit.version), 429), {})
        if rule.effect == "rate_limit":
            limited = Reading(
                reading.window_ms, rule.delay_ms or reading.reset_ms, reading.quota, 0, False
            )
            body = Refused(429, "Too many requests").body(visit.version)
            return _render(Answer(body, 429), limited.headers())
        return _status_answer(rule, headers, visit.version)

    def _answer(self, request: Request, raw: bytes, visit: _Visit) -> Answer:
        sandbox = self._sandbox
        if request.path_params["store_hash"] != sandbox.settings.store_hash:
            visit.headers = sandbox.quota.peek().headers()
            raise not_found()
        reading = sandbox.quota.take()
        visit.headers = reading.headers()
        grant = self._authenticate(request)
        visit.client_id = grant.client_id
        if not reading.allowed:
            raise Refused(429, "Too many requests", {})
        matched = self._routes.match(visit.method, visit.path)
        if isinstance(matched, list):
            if matched:
                raise Refused(405, "Method Not Allowed", headers={"Allow": ", ".join(matched)})
            raise not_found()
        endpoint, ids = matched
        visit.endpoint = endpoint.path
        self._authorize(grant, endpoint)
        _check_accept(request.headers.get("accept", "*/*"))
        sandbox.settle_stock()
        call = Call(
            sandbox=sandbox,
            grant=grant,
            version=visit.version,
            path=visit.path,
            ids=ids,
            query={name: ",".join(_values(request, name)) for name in request.query_params},
            body=_parse(raw, request.headers.get("content-type", ""), visit.version),
            headers={"content-type": request.headers.get("content-type", "")},
            partly=self._partly(visit, endpoint),
        )
        return endpoint.handler(call)

    def _partly(self, visit: _Visit, endpoint: Endpoint) -> FaultRule | None:
        if visit.method not in ("POST", "PUT") or "/catalog/" not in endpoint.path:
            return None
        found = self._sandbox.faults.strike(visit.method, visit.path, frozenset({"saved_partly"}))
        if found is not None:
            visit.fault = "saved_partly"
        return found

    def _authenticate(self, request: Request) -> Grant:
        token = request.headers.get("x-auth-token")
        if not token:
            raise Refused(401, "X-Auth-Token header is required")
        grant = self._sandbox.tokens.find(token)
        if grant is None:
            raise Refused(401, "Unauthorized", {})
        return grant

    def _authorize(self, grant: Grant, endpoint: Endpoint) -> None:
        if not grant.allows(endpoint.scope, endpoint.method):
            raise Refused(403, "You don't have a required scope to access the endpoint", {})


def _values(request: Request, name: str) -> list[str]:
    return request.query_params.getlist(name)


def _check_accept(accept: str) -> None:
    kinds = [part.split(";")[0].strip().lower() for part in accept.split(",")]
    if not any(kind in ("application/json", "application/*", "*/*", "") for kind in kinds):
        raise Refused(406, "Not Acceptable")


def _parse(raw: bytes, content_type: str, version: str) -> object:
    if not raw:
        return None
    kind = content_type.split(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return raw
    if kind not in ("application/json", ""):
        raise Refused(415, "Unsupported Media Type")
    try:
        parsed: object = msgspec.json.decode(raw)
    except msgspec.DecodeError:
        status = 400 if version == "v2" else 422
        raise Refused(status, "JSON data is missing or invalid", {}) from None
    return parsed


def _render(answer: Answer, headers: dict[str, str], *, truncated: bool = False) -> Response:
    if answer.body is None:
        return Response(status_code=answer.status, headers=headers)
    body = msgspec.json.encode(answer.body)
    if truncated:
        body = body[: len(body) // 2]
    return Response(body, answer.status, headers, "application/json")


def _status_answer(rule: FaultRule, headers: dict[str, str], version: str) -> Response:
    if rule.body == "empty":
        return Response(status_code=rule.status, headers=headers)
    if rule.body == "html":
        return Response(f"<h1>{rule.message}</h1>", rule.status, headers, "text/html")
    if rule.body == "text":
        return Response(rule.message, rule.status, headers, "text/plain")
    shaped: JSON | object = Refused(rule.status, rule.message, {}).body(version)
    return _render(Answer(shaped, rule.status), headers, truncated=rule.body == "truncated")

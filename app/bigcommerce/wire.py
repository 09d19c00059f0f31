"""One request on the wire, and what its answer means; `StoreClient.request` is the only caller."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import httpx
import msgspec

from app.bigcommerce import retry
from app.bigcommerce.errors import (
    BigCommerceError,
    MalformedAnswer,
    PartlySaved,
    RateLimited,
    StoreUnavailable,
    Unreachable,
    Where,
    refusal,
)
from app.bigcommerce.problems import read_problems
from app.bigcommerce.retry import Failure
from app.bigcommerce.shapes import Unreadable, build, decode

T = TypeVar("T")
WHOLE_REQUEST = 120.0
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
REQUEST_ID_HEADERS = ("x-request-id", "x-bc-request-id", "x-correlation-id", "cf-ray")


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """A 2xx answer. ``partly_saved`` is set for 207: stored, but with these problems."""

    status: int
    data: T
    meta: dict[str, Any] = field(default_factory=dict)
    partly_saved: PartlySaved | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """What one `StoreClient.request` sends, however often it is repeated."""

    method: str
    path: str
    params: dict[str, str]
    content: bytes | None
    repeatable: bool | None
    attempts: int

    @property
    def changes(self) -> bool:
        """Whether it may change something in the store."""
        return self.method not in retry.READS


@dataclass(slots=True)
class Exchange:
    """What came of sending once: a status with a decoded body, or a failure."""

    outcome: int | Failure
    headers: Mapping[str, str] = field(default_factory=dict)
    body: object = None
    detail: str = ""
    cause: Exception | None = None

    @property
    def status(self) -> int | None:
        """The HTTP status, if the answer could be read."""
        return self.outcome if isinstance(self.outcome, int) else None

    @property
    def request_id(self) -> str | None:
        """BigCommerce's name for the exchange, to quote to its support."""
        return next((self.headers[n] for n in REQUEST_ID_HEADERS if n in self.headers), None)

    def where(self, call: Call) -> Where:
        """The exchange as errors show it."""
        return Where(call.method, call.path, self.status, self.request_id)


def open_http(
    *, connections: int = 20, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """An httpx client fit for many stores: bounded pool, explicit time limits, no redirects."""
    return httpx.AsyncClient(
        timeout=httpx.Timeout(connect=10.0, read=60.0, write=30.0, pool=30.0),
        limits=httpx.Limits(
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=30.0,
        ),
        follow_redirects=False,
        transport=transport,
    )


async def exchange(
    http: httpx.AsyncClient, call: Call, *, url: str, headers: Mapping[str, str], secret: str
) -> Exchange:
    """Send ``call`` once to ``url``; never raises for what the network or the store does.

    ``secret`` is struck out of the answer, should a store echo it.
    """
    request = http.build_request(
        call.method,
        f"{url}{call.path}",
        params=call.params,
        content=call.content,
        headers=dict(headers),
    )
    # What one store's answer set must not reach the next store, whoever made the client.
    request.headers.pop("Cookie", None)
    try:
        async with asyncio.timeout(WHOLE_REQUEST):
            response = await http.send(request, follow_redirects=False)
    except NOT_SENT as error:
        return Exchange(Failure.NOT_SENT, detail=type(error).__name__, cause=error)
    except (httpx.TimeoutException, TimeoutError) as error:
        return Exchange(Failure.TIMEOUT, detail=type(error).__name__, cause=error)
    except httpx.DecodingError as error:
        return Exchange(Failure.UNREADABLE, detail=type(error).__name__, cause=error)
    except httpx.TransportError as error:
        return Exchange(Failure.CLOSED, detail=type(error).__name__, cause=error)
    return _read(response, call.method, secret)


def answer(call: Call, got: Exchange, expect: type[T]) -> Answer[T]:
    """A 2xx exchange as the caller expects it; raises MalformedAnswer."""
    data, meta = got.body, None
    if isinstance(got.body, dict) and call.path.startswith("/v3/") and "data" in got.body:
        data, meta = got.body["data"], got.body.get("meta")
    where = got.where(call)
    try:
        built = build(data, expect)
    except (Unreadable, RecursionError) as error:
        raise MalformedAnswer(where, sent=call.changes, detail=str(error)) from None
    partly = None
    if got.status == 207:
        partly = PartlySaved(where, problems=read_problems(got.body, 207), sent=True)
    return Answer(got.status or 0, built, meta if isinstance(meta, dict) else {}, partly)


def error(call: Call, got: Exchange, verdict: retry.WaitOutside | retry.GiveUp) -> BigCommerceError:
    """The error that an exchange ends in once `retry` has spoken."""
    where = got.where(call)
    problems = read_problems(got.body, got.status) if got.status else ()
    if isinstance(verdict, retry.WaitOutside):
        later = RateLimited if verdict.why == "rate_limit" else StoreUnavailable
        return later(where, wait=verdict.wait, problems=problems)
    if got.outcome is Failure.UNREADABLE:
        return MalformedAnswer(where, sent=call.changes, detail=got.detail)
    if got.status is None or got.status in retry.STUMBLES:
        reached = got.outcome is not Failure.NOT_SENT
        return Unreachable(
            where, sent=verdict.sent, reached=reached, detail=got.detail, problems=problems
        )
    return refusal(where, problems)


def _read(response: httpx.Response, method: str, secret: str) -> Exchange:
    """Status, headers and decoded body; a 2xx that cannot be decoded is a failure."""
    content = response.content.replace(secret.encode(), b"***") if secret else response.content
    got = Exchange(response.status_code, response.headers)
    kind = response.headers.get("content-type", "application/json").lower()
    try:
        if content.strip():
            got.body = decode(content)
            readable = "html" not in kind and "xml" not in kind
        else:
            # A read that finds nothing says 204 (v2); an empty 200 was cut off on the way.
            readable = response.status_code in (204, 205) or method not in retry.READS
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        readable = False
    if response.is_success and not readable:
        got.outcome = Failure.UNREADABLE
        got.detail = f"{response.status_code} {kind.split(';')[0]} {len(content)} bytes"
    return got

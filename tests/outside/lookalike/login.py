"""The login host: install links, the token endpoint, signed payloads."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from tests.outside.lookalike.shop import Record, Shop

CLIENT_ID = "outside-client-7f3a"
CLIENT_SECRET = "outside-client-secret-5b1d0c9e8f7a6b5c4d3e2f1a0b9c8d7e"
FIELDS = {"client_id", "client_secret", "code", "context", "scope", "grant_type", "redirect_uri"}
OWNER: Record = {"id": 12, "username": "owner@kontor.example", "email": "owner@kontor.example"}


@dataclass
class Login:
    """Codes that wait to be exchanged, and where the app wants its callbacks."""

    shops: dict[str, Shop]
    redirect_uri: str = ""
    signed_in: str = ""
    codes: dict[str, str] = field(default_factory=dict)
    exchanges: list[Record] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)

    def code_for(self, store_hash: str) -> str:
        """Mint a code which can be exchanged once."""
        code = secrets.token_hex(15)
        self.codes[code] = store_hash
        return code

    def callback_query(self, store_hash: str, code: str) -> dict[str, str]:
        """What the browser brings to the app after an install."""
        return {
            "code": code,
            "scope": self.shops[store_hash].scopes,
            "context": f"stores/{store_hash}",
            "account_uuid": "6f1b6e4e-0000-4000-8000-000000000001",
        }

    async def install(self, request: Request) -> Response:
        """`GET /app/{client_id}/install`: a merchant who is signed in and consents at once."""
        if request.path_params["client_id"] != CLIENT_ID:
            return HTMLResponse("<h1>No such app</h1>", 404)
        query = self.callback_query(self.signed_in, self.code_for(self.signed_in))
        target = f"{self.redirect_uri}?{urlencode({**query, 'external_install': 'true'})}"
        return RedirectResponse(target, 302)

    async def done(self, request: Request) -> Response:
        """`GET /app/{client_id}/install/{outcome}`."""
        self.finished.append(request.path_params["outcome"])
        return HTMLResponse("<h1>Done</h1>")

    async def token(self, request: Request) -> Response:
        """`POST /oauth2/token`, JSON or form."""
        raw = (await request.body()).decode()
        if request.headers.get("content-type", "").startswith("application/json"):
            body: Record = json.loads(raw)
        else:
            body = dict(parse_qsl(raw))
        self.exchanges.append({key: body[key] for key in body if key != "client_secret"})
        problem = self._problem(body)
        if problem:
            return JSONResponse({"error": problem, "error_description": "No."}, 400)
        shop = self.shops[self.codes.pop(body["code"])]
        shop.token = secrets.token_hex(16)
        answer: Record = {
            "access_token": shop.token,
            "scope": shop.scopes,
            "user": OWNER,
            "context": f"stores/{shop.hash}",
            "account_uuid": "6f1b6e4e-0000-4000-8000-000000000001",
        }
        return JSONResponse(answer)

    def _problem(self, body: Record) -> str | None:
        if body.get("client_id") != CLIENT_ID or body.get("client_secret") != CLIENT_SECRET:
            return "invalid_client"
        if body.get("grant_type") != "authorization_code":
            return "unsupported_grant_type"
        if set(body) - FIELDS or FIELDS - set(body):
            return "invalid_request"
        if body["redirect_uri"] != self.redirect_uri:
            return "redirect_uri_mismatch"
        store_hash = self.codes.get(body["code"])
        if store_hash is None or body["context"] != f"stores/{store_hash}":
            return "invalid_grant"
        if body["scope"].split() != self.shops[store_hash].scopes.split():
            return "invalid_scope"
        return None


def _part(value: Any) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def signed_payload(
    store_hash: str, *, secret: str = CLIENT_SECRET, algorithm: str = "HS256", **claims: Any
) -> str:
    """A `signed_payload_jwt`; claims given here replace the right ones, None drops one."""
    now = int(time.time())
    full = {
        "aud": CLIENT_ID,
        "iss": "bc",
        "iat": now,
        "nbf": now - 5,
        "exp": now + 24 * 3600,
        "jti": str(uuid.uuid4()),
        "sub": f"stores/{store_hash}",
        "user": {"id": 12, "email": "owner@kontor.example", "locale": "en-US"},
        "owner": {"id": 12, "email": "owner@kontor.example"},
        "url": "/",
        "channel_id": None,
        **claims,
    }
    payload = {key: value for key, value in full.items() if value is not None}
    signed = f"{_part({'alg': algorithm, 'typ': 'JWT'})}.{_part(payload)}"
    if algorithm == "none":
        return f"{signed}."
    digest = {"HS256": hashlib.sha256, "HS512": hashlib.sha512}[algorithm]
    mac = hmac.new(secret.encode(), signed.encode(), digest).digest()
    return f"{signed}.{_part(mac)}"

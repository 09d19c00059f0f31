"""Bearer authentication of API routes.

Two kinds of bearer token are known: API keys, and the short-lived tokens of the control panel
(signed by our key ring, see `panel_token`).
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.accounts.service import Principal, Scope, identify
from app.core.crypto import KeyRing
from app.core.deps import get_resources
from app.core.errors import ScopeTooNarrow, Unauthenticated
from app.core.ids import parse_id
from app.core.resources import Resources

_bearer = HTTPBearer(auto_error=False, description="An API key: `quayside key create`.")
_PANEL_PREFIX = "qp_"
_OWN = ("channel_id", "connection_id")
_OWN_LISTS = frozenset({("GET", "/v1/runs")})
"""Lists that a person in a control panel may read, filtered by the own channel."""
_PANEL_LIFE = timedelta(hours=1)


def panel_token(
    keyring: KeyRing, account_id: UUID, reach: Iterable[UUID], actor: str, now: datetime
) -> str:
    """Mint a bearer token for the control panel's page, good for an hour.

    `reach` holds the ids of the store's own channel and connection.
    """
    claims = {
        "a": str(account_id),
        "r": [str(item) for item in reach],
        "w": actor,
        "e": int((now + _PANEL_LIFE).timestamp()),
    }
    payload = urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"{_PANEL_PREFIX}{payload}.{keyring.sign('panel', payload)}"


def read_panel_token(keyring: KeyRing, token: str, now: datetime) -> Principal | None:
    """Return whom a panel token stands for; None when it is forged or over."""
    payload, _, signature = token.removeprefix(_PANEL_PREFIX).partition(".")
    if not keyring.signature_is_valid("panel", payload, signature):
        return None
    claims = json.loads(urlsafe_b64decode(payload + "=="))
    if claims["e"] <= now.timestamp():
        return None
    reach = frozenset(UUID(item) for item in claims["r"])
    return Principal(UUID(claims["a"]), Scope.WRITE, claims["w"], reach)


async def authenticate(res: Resources, credentials: str) -> Principal:
    """Return the caller behind a bearer token; raises `Unauthenticated`."""
    principal: Principal | None = None
    if credentials.startswith(_PANEL_PREFIX):
        principal = read_panel_token(res.keyring, credentials, res.clock.now())
    elif credentials.isascii():
        async with res.unit_of_work() as uow:
            principal = await identify(uow, credentials)
    if principal is None:
        raise Unauthenticated("The API key is unknown or revoked.")
    return principal


async def _principal(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Principal:
    known: Principal | None = getattr(request.state, "principal", None)
    if known is not None:
        check_reach(request, known)
        return known
    if credentials is None:
        raise Unauthenticated("Send `Authorization: Bearer <key>`.")
    principal = await authenticate(get_resources(request), credentials.credentials)
    request.state.principal = principal
    check_reach(request, principal)
    return principal


def check_reach(request: Request, principal: Principal) -> None:
    """Keep a store's own people out of the account's other stores; raises `ScopeTooNarrow`.

    They reach what is addressed by their own channel or connection, and the list of its runs.
    """
    if principal.reach is None:
        return
    in_path = [request.path_params[name] for name in _OWN if name in request.path_params]
    if not in_path and (request.method, request.url.path) in _OWN_LISTS:
        in_path = request.query_params.getlist("channel_id")
    if not in_path or any(parse_id(str(item)) not in principal.reach for item in in_path):
        raise ScopeTooNarrow("From the control panel only the store's own channel can be reached.")


def _require(principal: Principal, needed: Scope) -> Principal:
    if not principal.scope.allows(needed):
        raise ScopeTooNarrow(f"This needs a key of scope {needed}; yours has {principal.scope}.")
    return principal


def _reader(principal: Annotated[Principal, Depends(_principal)]) -> Principal:
    return _require(principal, Scope.READ)


def _writer(principal: Annotated[Principal, Depends(_principal)]) -> Principal:
    return _require(principal, Scope.WRITE)


def _admin(principal: Annotated[Principal, Depends(_principal)]) -> Principal:
    return _require(principal, Scope.ADMIN)


Reader = Annotated[Principal, Depends(_reader)]
Writer = Annotated[Principal, Depends(_writer)]
Admin = Annotated[Principal, Depends(_admin)]

"""The control panel's session: a one-time code in the page, exchanged for a short bearer token.

Cookieless, because the page lives in a frame of another site. The code is in the page, not in its
address, works once and for a minute; the token lives in the page's memory.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import delete

from app.accounts.auth import panel_token
from app.connections.errors import CallbackRefused
from app.connections.installs import account_name
from app.connections.kinds import LIVE, Method
from app.connections.models import Connection, PanelCode, UnclaimedInstall
from app.connections.repository import (
    find_unclaimed,
    known_user_ids,
    last_uninstalled,
    live_connection,
)
from app.connections.tokens import PANEL_CODE_LIFE, digest, new_ticket
from app.core.crypto import KeyRing
from app.core.resources import Resources
from app.core.uow import UnitOfWork

CLAIM_LIFE = timedelta(hours=1)


class StoreState(StrEnum):
    """What the panel shows for a store."""

    CONNECTED = "connected"
    UNCLAIMED = "unclaimed"
    UNINSTALLED = "uninstalled"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Standing:
    """How a store stands with us, as far as its people may know."""

    state: StoreState
    store_hash: str
    store_name: str
    account: str
    connection: Connection | None


@dataclass(frozen=True)
class PanelSession:
    """A bearer token for the page: of the account, or only to claim a store."""

    state: StoreState
    token: str = field(repr=False)
    connection_id: UUID | None = None
    channel_id: UUID | None = None


async def standing(uow: UnitOfWork, store_hash: str) -> Standing:
    """Return how a store stands with us; an unclaimed install comes before all else.

    A connection by API token is none of the app: its account has not let the store's people in.
    """
    connection = await live_connection(uow, store_hash)
    if connection is None or connection.method != Method.OAUTH2:
        connection = await last_uninstalled(uow, store_hash)
    unclaimed = await find_unclaimed(uow, store_hash)
    account = await account_name(uow, connection.account_id) if connection else ""
    return Standing(
        state=_state(connection, unclaimed),
        store_hash=store_hash,
        store_name=_name(connection, unclaimed) or store_hash,
        account=account,
        connection=connection,
    )


async def mint_code(uow: UnitOfWork, store_hash: str, user_id: int) -> str:
    """Return a one-time code for the page that is shown to this person now."""
    now = uow.clock.now()
    await uow.session.execute(delete(PanelCode).where(PanelCode.expires_at < now))
    code = new_ticket()
    uow.session.add(
        PanelCode(
            digest=digest(code),
            store_hash=store_hash,
            user_id=user_id,
            expires_at=now + PANEL_CODE_LIFE,
        )
    )
    return code


async def redeem_code(res: Resources, code: str) -> PanelSession:
    """Exchange a one-time code; raises `CallbackRefused`."""
    async with res.unit_of_work() as uow:
        row = await uow.session.get(PanelCode, digest(code), with_for_update=True)
        if row is None or row.expires_at <= uow.clock.now():
            raise CallbackRefused("The page is too old. Please open the app again.")
        await uow.session.delete(row)
        return await open_session(uow, res.keyring, row.store_hash, row.user_id)


async def open_session(
    uow: UnitOfWork, keyring: KeyRing, store_hash: str, user_id: int
) -> PanelSession:
    """Return a session for a person of a store; raises `CallbackRefused` when there is none."""
    found = await standing(uow, store_hash)
    now = uow.clock.now()
    if found.state is StoreState.UNCLAIMED:
        return PanelSession(found.state, claim_token(keyring, store_hash, user_id, now))
    connection = found.connection
    if found.state is not StoreState.CONNECTED or connection is None:
        raise CallbackRefused("The store is not connected.")
    if user_id not in await known_user_ids(uow, connection.id):
        raise CallbackRefused("This person may not open the app.")
    reach = (connection.channel_id, connection.id)
    token = panel_token(keyring, connection.account_id, reach, f"panel:{user_id}", now)
    return PanelSession(found.state, token, connection.id, connection.channel_id)


def claim_token(keyring: KeyRing, store_hash: str, user_id: int, now: datetime) -> str:
    """Mint a token that can only say which account an unclaimed store belongs to."""
    claims = {"s": store_hash, "u": user_id, "e": int((now + CLAIM_LIFE).timestamp())}
    payload = urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"{payload}.{keyring.sign('claim', payload)}"


def read_claim_token(keyring: KeyRing, token: str, now: datetime) -> tuple[str, int]:
    """Return store hash and user of a claim token; raises `CallbackRefused`."""
    payload, _, signature = token.partition(".")
    if not keyring.signature_is_valid("claim", payload, signature):
        raise CallbackRefused("Please open the app again.")
    claims = json.loads(urlsafe_b64decode(payload + "=="))
    if claims["e"] <= now.timestamp():
        raise CallbackRefused("The page is too old. Please open the app again.")
    return claims["s"], claims["u"]


def _state(connection: Connection | None, unclaimed: UnclaimedInstall | None) -> StoreState:
    if unclaimed is not None:
        return StoreState.UNCLAIMED
    if connection is None:
        return StoreState.UNKNOWN
    return StoreState.CONNECTED if connection.status in LIVE else StoreState.UNINSTALLED


def _name(connection: Connection | None, unclaimed: UnclaimedInstall | None) -> str:
    if unclaimed is not None and unclaimed.store_name:
        return unclaimed.store_name
    return str(connection.store.get("name") or "") if connection is not None else ""

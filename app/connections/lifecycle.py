"""How a connection comes to life, loses its access, gets it back and ends.

Every function works on a row of the caller's transaction and makes no network call.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import delete, update

from app.accounts.audit import record_change
from app.accounts.service import Principal, Scope
from app.bigcommerce.oauth import missing_scopes
from app.channels.kinds import IntegrationType, SetupStep, StepStatus
from app.channels.models import Channel
from app.channels.repository import pause_integrations, resume_integrations
from app.channels.service import set_step
from app.connections.kinds import (
    CREDENTIALS_REJECTED,
    PAUSES_OF_OURS,
    SCOPES_MISSING,
    STORE_UNINSTALLED,
    ConnectionStatus,
    Method,
)
from app.connections.models import Connection, ConnectionUser, PanelCode
from app.connections.repository import find_connection, live_connection
from app.core.crypto import KeyRing, Undecryptable
from app.core.uow import UnitOfWork
from app.notifications.events import tell_credentials_lost

log = structlog.get_logger(__name__)

INDISPENSABLE = frozenset({"store_v2_products_read_only", "store_v2_orders_read_only"})


@dataclass(frozen=True)
class Credentials:
    """How to reach a store; never printed."""

    method: Method
    access_token: str = field(repr=False)
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    scopes: tuple[str, ...] = ()
    missing_scopes: tuple[str, ...] = ()


def system_principal(connection: Connection, actor: str) -> Principal:
    """Return who is named in the audit trail when no key and no person acts."""
    return Principal(connection.account_id, Scope.WRITE, actor)


async def activate(
    uow: UnitOfWork,
    keyring: KeyRing,
    connection: Connection,
    credentials: Credentials,
    store: dict[str, Any] | None,
    caller: Principal,
) -> None:
    """Give a connection its credentials and let its channel work again.

    A scope that is missing is named; what it is for fails with its own reason. Only without
    products or orders, for which an app is installed at all, the connection waits for the owner.
    `store` is a snapshot of `information.snapshot`, or None when the store has not been read.
    """
    before = connection.status
    connection.method = credentials.method.value
    connection.sealed_access_token = keyring.encrypt(credentials.access_token)
    connection.client_id = credentials.client_id
    connection.sealed_client_secret = (
        keyring.encrypt(credentials.client_secret) if credentials.client_secret else None
    )
    if not _can_read(keyring, connection.sealed_webhook_secret):
        connection.sealed_webhook_secret = keyring.encrypt(secrets.token_urlsafe(32))
    connection.scopes = sorted(credentials.scopes)
    if store is not None:
        connection.store = store
        connection.store_refreshed_at = uow.clock.now()
    connection.ticket_digest = connection.link_code_digest = connection.pending_until = None
    connection.connected_at = uow.clock.now()
    connection.deleted_at = None
    channel = await uow.session.get_one(Channel, connection.channel_id, with_for_update=True)
    channel.connection_id = connection.id
    set_step(channel, SetupStep.CONNECTION, StepStatus.DONE)
    missing = " ".join(credentials.missing_scopes)
    if missing_scopes(credentials.scopes, INDISPENSABLE) and missing:
        await _suspend(uow, connection, SCOPES_MISSING, missing)
        await _tell(uow, connection, SCOPES_MISSING, f"The app lacks permissions: {missing}.")
    else:
        await restore(uow, connection)
        connection.status_reason = f"{SCOPES_MISSING}: {missing}"[:500] if missing else None
    record_change(
        uow,
        caller,
        "connect",
        "connection",
        connection.id,
        {
            "status": {"from": before, "to": connection.status},
            "method": connection.method,
            "store_hash": connection.store_hash,
        },
    )
    await uow.session.flush()


def _can_read(keyring: KeyRing, sealed: str | None) -> bool:
    """Say whether there is a secret and its key is still in the ring."""
    if sealed is None:
        return False
    try:
        keyring.decrypt(sealed)
    except Undecryptable:
        return False
    return True


async def restore(uow: UnitOfWork, connection: Connection) -> None:
    """Make a connection active and lift the pauses that its loss of access had caused."""
    connection.status = ConnectionStatus.ACTIVE.value
    connection.status_reason = None
    for reason in PAUSES_OF_OURS:
        await resume_integrations(uow, connection.channel_id, reason)


async def mark_rejected(
    uow: UnitOfWork, connection_id: UUID, detail: str
) -> list[IntegrationType] | None:
    """Note that the store refuses our token (401) and pause the channel's integrations.

    Returns the integrations that were paused by this call; None when the connection was not
    active, so that only one of several callers raises the alarm. `detail` is a sentence.
    """
    connection = await find_connection(uow, connection_id, lock=True)
    if connection is None or connection.status != ConnectionStatus.ACTIVE:
        return None
    paused = await _suspend(uow, connection, CREDENTIALS_REJECTED, detail)
    record_change(
        uow,
        system_principal(connection, "system"),
        "lose_access",
        "connection",
        connection.id,
        {"status": {"from": ConnectionStatus.ACTIVE.value, "to": connection.status}},
    )
    await tell_credentials_lost(
        uow, connection.account_id, connection.channel_id, connection.id, detail
    )
    log.warning("connection_rejected", connection_id=str(connection.id))
    return paused


async def _suspend(
    uow: UnitOfWork, connection: Connection, reason: str, detail: str
) -> list[IntegrationType]:
    connection.status = ConnectionStatus.NEEDS_REAUTHORIZATION.value
    connection.status_reason = f"{reason}: {detail}"[:500]
    return await pause_integrations(uow, connection.channel_id, reason)


async def _tell(uow: UnitOfWork, connection: Connection, code: str, sentence: str) -> None:
    where = (connection.account_id, connection.channel_id, connection.id)
    await tell_credentials_lost(uow, *where, f"{sentence} The channel's integrations rest.", code)


async def mark_uninstalled(
    uow: UnitOfWork, connection: Connection, actor: str, reason: str = STORE_UNINSTALLED
) -> None:
    """End a connection: its secrets and its people's addresses are gone, its channel rests.

    Who the people were (their numbers) is kept, to recognise them when they install again.
    """
    before = connection.status
    connection.status = ConnectionStatus.UNINSTALLED.value
    connection.status_reason = reason
    _wipe(connection)
    await uow.session.execute(
        update(ConnectionUser)
        .where(ConnectionUser.connection_id == connection.id)
        .values(sealed_email=None)
    )
    await uow.session.execute(
        delete(PanelCode).where(PanelCode.store_hash == connection.store_hash)
    )
    await pause_integrations(uow, connection.channel_id, STORE_UNINSTALLED)
    if before != ConnectionStatus.UNINSTALLED:
        told = "The app was uninstalled from the store."
        if reason != STORE_UNINSTALLED:
            told = "The store has been connected elsewhere."
        await _tell(uow, connection, reason, told)
    record_change(
        uow,
        system_principal(connection, actor),
        "uninstall",
        "connection",
        connection.id,
        {"status": {"from": before, "to": connection.status}},
    )
    await uow.session.flush()


async def remove(uow: UnitOfWork, connection: Connection, caller: Principal) -> None:
    """Take a connection off its channel; the row stays, empty, for what refers to it."""
    await uow.session.execute(
        delete(ConnectionUser).where(ConnectionUser.connection_id == connection.id)
    )
    _wipe(connection)
    connection.status = ConnectionStatus.UNINSTALLED.value
    connection.store = {}
    connection.deleted_at = uow.clock.now()
    channel = await uow.session.get_one(Channel, connection.channel_id, with_for_update=True)
    if channel.connection_id == connection.id:
        channel.connection_id = None
        set_step(channel, SetupStep.CONNECTION, StepStatus.PENDING)
    record_change(uow, caller, "delete", "connection", connection.id)
    await uow.session.flush()


async def release_abandoned(uow: UnitOfWork, store_hash: str) -> None:
    """Free a store whose channel is deleted and only waits for a worker to clear up."""
    live = await live_connection(uow, store_hash, lock=True)
    if live is None:
        return
    channel = await uow.session.get_one(Channel, live.channel_id)
    if channel.deleted_at is not None:
        await remove(uow, live, system_principal(live, "system"))


def _wipe(connection: Connection) -> None:
    connection.sealed_access_token = None
    connection.sealed_client_secret = None
    connection.sealed_webhook_secret = None
    connection.ticket_digest = connection.link_code_digest = connection.pending_until = None
    connection.hook_problems = []

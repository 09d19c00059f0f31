"""Queries of connections."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from app.bigcommerce.oauth import Person
from app.channels.models import Channel
from app.connections.kinds import LIVE, ConnectionStatus, Method, Role
from app.connections.models import Connection, ConnectionUser, UnclaimedInstall
from app.core.crypto import KeyRing
from app.core.errors import NotFound
from app.core.uow import UnitOfWork


def connections_of(account_id: UUID) -> Select[Connection]:
    """Select an account's connections, oldest first."""
    return (
        select(Connection)
        .where(Connection.account_id == account_id, Connection.deleted_at.is_(None))
        .order_by(Connection.id)
    )


def _present() -> Select[Connection]:
    """Connections of channels that are not being deleted."""
    return (
        select(Connection)
        .join(Channel, Channel.id == Connection.channel_id)
        .where(Connection.deleted_at.is_(None), Channel.deleted_at.is_(None))
    )


async def get_connection(
    uow: UnitOfWork, account_id: UUID, connection_id: UUID, *, lock: bool = False
) -> Connection:
    """Return a connection of the account; raises `NotFound`."""
    query = connections_of(account_id).where(Connection.id == connection_id)
    row = await uow.session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise NotFound("There is no connection with that id.")
    return row


async def find_connection(
    uow: UnitOfWork, connection_id: UUID, *, lock: bool = False
) -> Connection | None:
    """Return a connection of any account, for work that no account asked for."""
    query = select(Connection).where(
        Connection.id == connection_id, Connection.deleted_at.is_(None)
    )
    row: Connection | None = await uow.session.scalar(query.with_for_update() if lock else query)
    return row


async def connection_of_channel(uow: UnitOfWork, channel_id: UUID) -> Connection | None:
    """Return a channel's connection in whatever state."""
    row: Connection | None = await uow.session.scalar(
        select(Connection).where(
            Connection.channel_id == channel_id, Connection.deleted_at.is_(None)
        )
    )
    return row


async def usable_connection(uow: UnitOfWork, channel_id: UUID) -> Connection | None:
    """Return a channel's connection if it is active."""
    row = await connection_of_channel(uow, channel_id)
    return row if row is not None and row.status == ConnectionStatus.ACTIVE else None


async def live_connection(
    uow: UnitOfWork, store_hash: str, *, lock: bool = False
) -> Connection | None:
    """Return the one connection that a store has at present, of whatever account."""
    query = select(Connection).where(
        Connection.store_hash == store_hash, Connection.status.in_(LIVE)
    )
    row: Connection | None = await uow.session.scalar(query.with_for_update() if lock else query)
    return row


async def last_uninstalled(uow: UnitOfWork, store_hash: str) -> Connection | None:
    """Return the store's most recent installed connection that was uninstalled."""
    row: Connection | None = await uow.session.scalar(
        _present()
        .where(
            Connection.store_hash == store_hash,
            Connection.status == ConnectionStatus.UNINSTALLED,
            Connection.method == Method.OAUTH2,
        )
        .order_by(Connection.connected_at.desc().nulls_last())
        .limit(1)
    )
    return row


async def ticketed_connection(
    uow: UnitOfWork, ticket_digest: bytes, now: datetime
) -> Connection | None:
    """Return the connection that an unexpired ticket was given for."""
    row: Connection | None = await uow.session.scalar(
        _present().where(Connection.ticket_digest == ticket_digest, Connection.pending_until > now)
    )
    return row


async def link_coded_connection(
    uow: UnitOfWork, store_hash: str, code_digest: bytes, now: datetime
) -> Connection | None:
    """Return the connection that an unexpired link code was given for."""
    row: Connection | None = await uow.session.scalar(
        _present().where(
            Connection.store_hash == store_hash,
            Connection.link_code_digest == code_digest,
            Connection.pending_until > now,
        )
    )
    return row


async def is_awaited(uow: UnitOfWork, store_hash: str, now: datetime) -> bool:
    """Say whether some account waits for an install of this store."""
    found = await uow.session.scalar(
        _present()
        .where(Connection.store_hash == store_hash, Connection.pending_until > now)
        .limit(1)
    )
    return found is not None


async def lock_store(uow: UnitOfWork, store_hash: str) -> None:
    """Let nobody else decide about the same store until this transaction ends."""
    await uow.session.execute(
        select(func.pg_advisory_xact_lock(func.hashtextextended(f"store:{store_hash}", 0)))
    )


async def find_unclaimed(uow: UnitOfWork, store_hash: str) -> UnclaimedInstall | None:
    """Return the store's install that nobody has claimed."""
    row: UnclaimedInstall | None = await uow.session.scalar(
        select(UnclaimedInstall).where(UnclaimedInstall.store_hash == store_hash).with_for_update()
    )
    return row


async def forget_unclaimed(uow: UnitOfWork, store_hash: str) -> None:
    """Delete the store's unclaimed install with its token."""
    await uow.session.execute(
        delete(UnclaimedInstall).where(UnclaimedInstall.store_hash == store_hash)
    )


async def save_person(
    uow: UnitOfWork, keyring: KeyRing, connection_id: UUID, person: Person, role: Role
) -> None:
    """Add a person to a store or note their present address and role."""
    sealed = keyring.encrypt(person.email) if person.email else None
    statement = insert(ConnectionUser).values(
        connection_id=connection_id,
        user_id=person.id,
        sealed_email=sealed,
        role=role.value,
        seen_at=uow.clock.now(),
    )
    await uow.session.execute(
        statement.on_conflict_do_update(
            index_elements=["connection_id", "user_id"],
            set_={
                "sealed_email": func.coalesce(
                    statement.excluded.sealed_email, ConnectionUser.sealed_email
                ),
                "role": statement.excluded.role,
                "seen_at": statement.excluded.seen_at,
            },
        )
    )


async def known_user_ids(uow: UnitOfWork, connection_id: UUID) -> set[int]:
    """Return BigCommerce's ids of the people of a store."""
    return set(
        await uow.session.scalars(
            select(ConnectionUser.user_id).where(ConnectionUser.connection_id == connection_id)
        )
    )


async def connections_due_for_hook_check(
    uow: UnitOfWork, before: datetime, limit: int = 100
) -> list[UUID]:
    """Return active connections whose webhooks were last checked before a moment, or never."""
    rows = await uow.session.scalars(
        select(Connection.id)
        .where(
            Connection.status == ConnectionStatus.ACTIVE,
            or_(Connection.hooks_checked_at.is_(None), Connection.hooks_checked_at < before),
        )
        .order_by(Connection.hooks_checked_at.nulls_first())
        .limit(limit)
    )
    return list(rows)

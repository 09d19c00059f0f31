"""What an account can do with connections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from app.accounts.audit import record_change
from app.accounts.service import Principal
from app.bigcommerce.errors import (
    AccessLost,
    BigCommerceError,
    Later,
    NotFound,
    Refused,
    Unreachable,
)
from app.bigcommerce.models.store import Store
from app.bigcommerce.resources import store as store_resource
from app.channels.models import Channel
from app.channels.repository import get_channel
from app.connections.client import INTERACTIVE_PATIENCE, token_client
from app.connections.errors import (
    ChannelAlreadyConnected,
    ConnectionRejected,
    OAuthNotConfigured,
    StoreAlreadyConnected,
    StoreRefused,
    StoreUnavailable,
)
from app.connections.information import snapshot
from app.connections.kinds import ConnectionStatus, Method
from app.connections.lifecycle import Credentials, activate, release_abandoned, remove
from app.connections.models import Connection
from app.connections.repository import (
    connection_of_channel,
    find_connection,
    get_connection,
    live_connection,
    lock_store,
)
from app.connections.schemas import InstallConnectionRequest, TokenConnectionRequest
from app.connections.subscriptions import register_hooks, remove_hooks
from app.connections.tokens import (
    TICKET_LIFE,
    digest,
    link_code_digest,
    new_link_code,
    new_ticket,
)
from app.core.ids import new_id
from app.core.resources import Resources
from app.core.uow import UnitOfWork


@dataclass(frozen=True)
class StartedInstall:
    """A pending connection and what leads to its install; the texts are stored nowhere."""

    connection: Connection
    authorization_url: str
    link_code: str
    expires_at: datetime


async def connect_with_token(
    res: Resources, caller: Principal, body: TokenConnectionRequest
) -> Connection:
    """Connect a channel by a store-level API account, after a real check against the store.

    Raises `ConnectionRejected`, `StoreUnavailable`, `StoreAlreadyConnected`,
    `ChannelAlreadyConnected`.
    """
    token = body.access_token.get_secret_value().strip()
    async with res.unit_of_work() as uow:
        await get_channel(uow, caller.account_id, body.channel_id)
        await release_abandoned(uow, body.store_hash)
        earlier = await _own_claim(uow, caller.account_id, body.channel_id, body.store_hash)
    store = await _read_store(res, body.store_hash, token)
    credentials = Credentials(
        method=Method.API_TOKEN,
        access_token=token,
        client_id=body.client_id,
        client_secret=body.client_secret.get_secret_value() if body.client_secret else None,
    )
    try:
        async with res.unit_of_work() as uow:
            connection = await _claim(uow, caller, body.channel_id, body.store_hash)
            await activate(uow, res.keyring, connection, credentials, snapshot(store), caller)
            connection_id = connection.id
    except IntegrityError as error:
        raise StoreAlreadyConnected("The store has just been connected elsewhere.") from error
    if earlier is not None and _is_other_client(earlier, credentials):
        await remove_hooks(res, earlier)
    await register_hooks(res, connection)
    return await reread(res, connection_id)


async def begin_install(
    res: Resources, caller: Principal, body: InstallConnectionRequest
) -> StartedInstall:
    """Prepare a channel for an install of our app in one store; no network call is made."""
    if not res.settings.bigcommerce_client_id:
        raise OAuthNotConfigured("Set QUAYSIDE_BIGCOMMERCE_CLIENT_ID and _SECRET first.")
    ticket, link_code = new_ticket(), new_link_code()
    async with res.unit_of_work() as uow:
        await get_channel(uow, caller.account_id, body.channel_id)
        connection = await _claim(uow, caller, body.channel_id, body.store_hash)
        if connection.status not in (
            ConnectionStatus.ACTIVE,
            ConnectionStatus.NEEDS_REAUTHORIZATION,
        ):
            connection.status = ConnectionStatus.PENDING.value
            connection.status_reason = None
            connection.method = Method.OAUTH2.value
        connection.ticket_digest = digest(ticket)
        connection.link_code_digest = link_code_digest(body.store_hash, link_code)
        connection.pending_until = expires_at = uow.clock.now() + TICKET_LIFE
        record_change(
            uow,
            caller,
            "begin_install",
            "connection",
            connection.id,
            {"store_hash": body.store_hash},
        )
        await uow.session.flush()
        connection_id = connection.id
    return StartedInstall(
        connection=await reread(res, connection_id),
        authorization_url=f"{res.settings.public_url}/bigcommerce/connect/{ticket}",
        link_code=link_code,
        expires_at=expires_at,
    )


async def disconnect(res: Resources, caller: Principal, connection_id: UUID) -> None:
    """Take our webhooks off the store as far as it lets us, and forget its secrets."""
    async with res.unit_of_work() as uow:
        connection = await get_connection(uow, caller.account_id, connection_id)
    await remove_hooks(res, connection)
    async with res.unit_of_work() as uow:
        row = await find_connection(uow, connection_id, lock=True)
        if row is not None:
            await remove(uow, row, caller)


async def release_channel(res: Resources, caller: Principal, channel_id: UUID) -> None:
    """Disconnect a channel that is being deleted, if it is connected."""
    async with res.unit_of_work() as uow:
        connection = await connection_of_channel(uow, channel_id)
    if connection is not None:
        await disconnect(res, caller, connection.id)


async def reread(res: Resources, connection_id: UUID) -> Connection:
    """Return a connection as it is stored now."""
    async with res.unit_of_work() as uow:
        return await uow.session.get_one(Connection, connection_id)


async def _read_store(res: Resources, store_hash: str, token: str) -> Store:
    """Return the store's information as the proof that the token works."""
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise _rejected("An access token has only letters, digits and signs.")
    client = token_client(res, store_hash, token, "orders", patience=INTERACTIVE_PATIENCE)
    try:
        return await store_resource.info(client)
    except (AccessLost, NotFound) as error:
        raise _rejected(
            "The store does not accept this store hash and access token. Please compare both "
            "with the store-level API account in BigCommerce."
        ) from error
    except Refused as error:
        raise _rejected(error.sentence) from error
    except (Later, Unreachable) as error:
        raise StoreUnavailable(error.sentence) from error
    except BigCommerceError as error:
        raise StoreRefused(error.sentence) from error


def _rejected(sentence: str) -> ConnectionRejected:
    return ConnectionRejected(
        sentence, errors=ConnectionRejected.of("access_token", "rejected", sentence).errors
    )


async def _own_claim(
    uow: UnitOfWork, account_id: UUID, channel_id: UUID, store_hash: str
) -> Connection | None:
    """Return the channel's connection; raises when channel or store are taken in this account.

    That a store is taken by another account is told only to who has shown a working token.
    """
    live = await live_connection(uow, store_hash)
    if live is not None and live.account_id == account_id and live.channel_id != channel_id:
        channel = await uow.session.get_one(Channel, live.channel_id)
        raise StoreAlreadyConnected(
            f"The store is connected through the channel «{channel.name}» of this account.",
            connection_id=str(live.id),
            channel_id=str(live.channel_id),
        )
    row = await connection_of_channel(uow, channel_id)
    if row is not None and row.store_hash != store_hash and row.connected_at is not None:
        raise ChannelAlreadyConnected(
            f"This channel belongs to the store {row.store_hash}. Create another channel for "
            "another store, or delete the connection first."
        )
    return row


async def _claim(
    uow: UnitOfWork, caller: Principal, channel_id: UUID, store_hash: str
) -> Connection:
    """Return the locked row that is to connect this channel with this store."""
    await lock_store(uow, store_hash)
    await release_abandoned(uow, store_hash)
    await get_channel(uow, caller.account_id, channel_id, lock=True)
    row = await _own_claim(uow, caller.account_id, channel_id, store_hash)
    live = await live_connection(uow, store_hash, lock=True)
    if live is not None and live.channel_id != channel_id:
        raise StoreAlreadyConnected("The store is connected to another account.")
    if row is None:
        row = Connection(
            id=new_id(),
            account_id=caller.account_id,
            channel_id=channel_id,
            method=Method.OAUTH2.value,
            store_hash=store_hash,
            status=ConnectionStatus.PENDING.value,
        )
        uow.session.add(row)
        await uow.session.flush()
        await uow.session.refresh(row)
    row.store_hash = store_hash
    return row


def _is_other_client(earlier: Connection, now: Credentials) -> bool:
    """Webhooks belong to the client that made them; those of another one would stay behind."""
    if earlier.sealed_access_token is None:
        return False
    return earlier.method != now.method or earlier.client_id != now.client_id

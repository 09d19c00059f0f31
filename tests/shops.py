"""Channels with a connected store, made without asking any store."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from app.accounts.service import Principal, Scope
from app.channels.schemas import ChannelRequest
from app.channels.service import create_channel
from app.connections.models import Connection
from app.core.resources import Resources
from app.templates.directory import Directory

ACTOR = "key:test"


@dataclass(frozen=True)
class Shop:
    """A channel and its connection."""

    account_id: UUID
    channel_id: UUID
    connection_id: UUID
    store_hash: str
    token: str


async def open_shop(
    resources: Resources,
    account_id: UUID,
    *,
    name: str = "Harbour shop",
    store_hash: str = "store1",
    token: str = "store-token-1",
    client_secret: str | None = None,
) -> Shop:
    """Create a channel whose connection by API token is active."""
    async with resources.unit_of_work() as uow:
        caller = Principal(account_id, Scope.ADMIN, ACTOR)
        channel = await create_channel(uow, caller, ChannelRequest(name=name), Directory())
        seal = resources.keyring.encrypt
        connection = Connection(
            account_id=account_id,
            channel_id=channel.id,
            method="api_token",
            store_hash=store_hash,
            status="active",
            sealed_access_token=seal(token),
            sealed_client_secret=seal(client_secret) if client_secret else None,
            sealed_webhook_secret=seal("webhook-secret"),
            store={
                "name": "Harbour shop",
                "currency": "USD",
                "weight_units": "lb",
                "dimension_units": "in",
                "timezone": "UTC",
            },
        )
        uow.session.add(connection)
        await uow.session.flush()
        channel.connection_id = connection.id
        return Shop(account_id, channel.id, connection.id, store_hash, token)

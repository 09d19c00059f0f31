"""Sealing anew with a newer key."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import select

from app.connections.models import Connection
from app.core.crypto import KeyRing, Undecryptable
from app.core.resources import Resources
from app.core.rotation import rotate_secrets, sealed_columns
from app.orders.drafts import AddressDraft, OrderDraft
from app.orders.importing import save_orders
from tests.connections.stores import RunningStore, connect, make_channel


async def test_the_old_key_can_be_dropped_afterwards(
    api: httpx.AsyncClient, store: RunningStore, resources: Resources
) -> None:
    await connect(api, store, await make_channel(api), client_secret="shared")
    newest = SecretStr(Fernet.generate_key().decode())
    alone = KeyRing((newest,))
    both = replace(resources, keyring=KeyRing((newest, *resources.settings.secret_keys)))
    order = OrderDraft(
        external_id=7,
        status_id=11,
        values={},
        billing={"city": "Bergen"},
        addresses=(AddressDraft(3, {"city": "Oslo"}),),
        lines=(),
        created_at=None,
        modified_at=None,
    )
    async with resources.unit_of_work() as uow:
        connection = (await uow.session.scalars(select(Connection))).one()
        await save_orders(
            uow,
            resources.keyring,
            account_id=connection.account_id,
            channel_id=connection.channel_id,
            drafts=[order],
        )
    assert await rotate_secrets(both) == 5
    assert await rotate_secrets(both) == 5
    async with resources.unit_of_work() as uow:
        row = (await uow.session.scalars(select(Connection))).one()
    assert alone.decrypt(str(row.sealed_access_token)) == store.token
    assert alone.decrypt(str(row.sealed_client_secret)) == "shared"
    refused = await api.get("/v1/orders")
    assert (refused.status_code, refused.json()["code"]) == (500, "undecryptable")
    with pytest.raises(Undecryptable):
        resources.keyring.decrypt(str(row.sealed_webhook_secret))


def test_every_table_with_something_sealed_is_known() -> None:
    found = {table.name: [column.name for column in columns] for table, columns in sealed_columns()}
    assert found["connections"] == [
        "sealed_access_token",
        "sealed_client_secret",
        "sealed_webhook_secret",
    ]
    assert {"orders", "order_addresses", "idempotency_keys", "connection_users"} <= found.keys()

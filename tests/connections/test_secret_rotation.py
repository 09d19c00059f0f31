"""Sealing anew with a newer key."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import select

from app.connections.models import Connection
from app.connections.rotation import rotate_secrets
from app.core.crypto import KeyRing, Undecryptable
from app.core.resources import Resources
from tests.connections.stores import RunningStore, connect, make_channel


async def test_the_old_key_can_be_dropped_afterwards(
    api: httpx.AsyncClient, store: RunningStore, resources: Resources
) -> None:
    await connect(api, store, await make_channel(api), client_secret="shared")
    newest = SecretStr(Fernet.generate_key().decode())
    alone = KeyRing((newest,))
    both = replace(resources, keyring=KeyRing((newest, *resources.settings.secret_keys)))
    assert await rotate_secrets(both) == 3
    assert await rotate_secrets(both) == 3
    async with resources.unit_of_work() as uow:
        row = (await uow.session.scalars(select(Connection))).one()
    assert alone.decrypt(str(row.sealed_access_token)) == store.token
    assert alone.decrypt(str(row.sealed_client_secret)) == "shared"
    with pytest.raises(Undecryptable):
        resources.keyring.decrypt(str(row.sealed_webhook_secret))

"""A sandbox store on a loopback port, and a service that talks to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
import uvicorn
from cryptography.fernet import Fernet
from fastapi import FastAPI
from pydantic import SecretStr

from app.channels.kinds import IntegrationType
from app.core.resources import Resources
from app.core.settings import Settings
from app.core.uow import UnitOfWork
from app.main import create_app
from sandbox.main import create_app as create_sandbox
from sandbox.settings import SandboxSettings
from sandbox.state import Sandbox
from tests.conftest import CLIENT_ID, CLIENT_SECRET

PUBLIC_URL = "http://quayside.test"
STORE = "harbour1"


@dataclass
class RunningStore:
    """The sandbox, where it listens, and a client of its pages and its control API."""

    sandbox: Sandbox
    url: str
    control: httpx.AsyncClient

    @property
    def token(self) -> str:
        """The token of the store-level API account."""
        return self.sandbox.settings.token()

    async def signed(self, **claims: Any) -> str:
        """A signed payload of the store's owner, with claims and signing as wished."""
        answer = await self.control.post("/sandbox/jwt", json=claims)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["signed_payload_jwt"])


class NoTemplates:
    """A template directory without templates."""

    async def default_template(
        self, uow: UnitOfWork, account_id: UUID, integration: IntegrationType
    ) -> UUID | None:
        """There is none."""
        return None

    async def check_attachable(
        self, uow: UnitOfWork, account_id: UUID, integration: IntegrationType, template_id: UUID
    ) -> None:
        """Anything fits."""


@pytest.fixture
async def store() -> AsyncIterator[RunningStore]:
    """A small sandbox store of this test's own."""
    settings = SandboxSettings(
        products=3,
        orders=2,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        store_hash=STORE,
        app_url=PUBLIC_URL,
        quota=100_000,
    )
    app = create_sandbox(settings)
    config = uvicorn.Config(app, port=0, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    async with httpx.AsyncClient(base_url=url) as control:
        yield RunningStore(app.state.sandbox, url, control)
    server.should_exit = True
    await serving
    await app.state.sandbox.close()


@pytest.fixture
def settings(database_url: str, redis_url: str, store: RunningStore) -> Settings:
    """Settings of a service whose BigCommerce is the sandbox."""
    return Settings(
        database_url=database_url,
        redis_url=redis_url,
        public_url=PUBLIC_URL,
        secret_keys=(SecretStr(Fernet.generate_key().decode()),),
        bigcommerce_client_id=CLIENT_ID,
        bigcommerce_client_secret=SecretStr(CLIENT_SECRET),
        bigcommerce_api_url=store.url,
        bigcommerce_login_url=store.url,
    )


@pytest.fixture
async def app(resources: Resources) -> FastAPI:
    """The service under test."""
    app = create_app(resources=resources)
    app.state.template_directory = NoTemplates()
    return app


async def make_channel(api: httpx.AsyncClient, name: str = "Shop") -> str:
    """Create a channel and return its id."""
    answer = await api.post(
        "/v1/channels", json={"name": name, "type": "bigcommerce", "integrations": ["get_orders"]}
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def connect(
    api: httpx.AsyncClient, store: RunningStore, channel_id: str, **more: Any
) -> httpx.Response:
    """Connect a channel by the store's API account."""
    body = {
        "channel_id": channel_id,
        "method": "api_token",
        "store_hash": STORE,
        "access_token": store.token,
        **more,
    }
    return await api.post("/v1/connections", json=body)


async def begin(api: httpx.AsyncClient, channel_id: str, store_hash: str = STORE) -> dict[str, Any]:
    """Begin an install and return the answer."""
    answer = await api.post(
        "/v1/connections",
        json={"channel_id": channel_id, "method": "oauth2", "store_hash": store_hash},
    )
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body

"""A sandbox store over HTTP, a real worker, and the API, all on one machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, AsyncExitStack, ExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from app.accounts.service import Scope, ensure_account
from app.core.resources import Resources, open_resources
from app.core.settings import Settings
from app.local.ports import LOOPBACK, any_free_port
from app.main import create_app
from sandbox.main import create_app as create_sandbox
from sandbox.settings import SandboxSettings
from tests.conftest import client_for, make_key
from tests.pictures import picture_host
from tests.serving import listening, serving
from worker.main import running_worker


@dataclass
class Store:
    """A running sandbox store and its control API."""

    url: str
    settings: SandboxSettings
    control: httpx.AsyncClient

    async def state(self) -> dict[str, Any]:
        """Credentials and counts."""
        found: dict[str, Any] = (await self.control.get("/sandbox/state")).json()
        return found

    async def requests(self) -> list[dict[str, Any]]:
        """The log of requests to the store's API."""
        answer = (await self.control.get("/sandbox/requests")).json()
        found: list[dict[str, Any]] = answer["requests"]
        return found

    async def forget_requests(self) -> None:
        """Empty the log."""
        await self.control.delete("/sandbox/requests")


OpenStore = Callable[..., AbstractContextManager[Store]]


@dataclass
class Service:
    """The service under test with an admin key."""

    resources: Resources
    api: httpx.AsyncClient
    store: Store

    async def connect(self, name: str = "Shop", **body: Any) -> str:
        """Create a channel connected by API token; returns its id."""
        channel = (await self.api.post("/v1/channels", json={"name": name})).json()
        answer = await self.api.post(
            "/v1/connections",
            json={
                "channel_id": channel["id"],
                "method": "api_token",
                "store_hash": self.store.settings.store_hash,
                "access_token": self.store.settings.token(),
                **body,
            },
        )
        assert answer.status_code == 201, answer.text
        return str(channel["id"])

    async def start(self, channel_id: str, integration: str, **more: Any) -> str:
        """Start a run; returns its id."""
        body = {"channel_id": channel_id, "integration": integration, **more}
        answer = await self.api.post("/v1/runs", json=body)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    async def finish(self, run_id: str, seconds: float = 60) -> dict[str, Any]:
        """Wait until a run is over."""
        async with asyncio.timeout(seconds):
            while True:
                run: dict[str, Any] = (await self.api.get(f"/v1/runs/{run_id}")).json()
                if run["finished_at"] is not None:
                    return run
                await asyncio.sleep(0.05)

    async def run(self, channel_id: str, integration: str, **more: Any) -> dict[str, Any]:
        """Start a run and wait until it is over."""
        return await self.finish(await self.start(channel_id, integration, **more))

    async def all(self, address: str, **params: Any) -> list[dict[str, Any]]:
        """Every row of a list."""
        rows: list[dict[str, Any]] = []
        cursor = None
        while True:
            query = {**params, "limit": 200, **({"cursor": cursor} if cursor else {})}
            page = (await self.api.get(address, params=query)).json()
            rows.extend(page["data"])
            cursor = page["next_cursor"]
            if cursor is None:
                return rows


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    """The store of a test; modules override it."""
    return SandboxSettings(products=60, orders=40, quota=100_000, retry_scale=0.01)


@pytest.fixture
def store(sandbox_settings: SandboxSettings) -> Iterator[Store]:
    """A sandbox store on a loopback port."""
    with ExitStack() as stack:
        url = stack.enter_context(serving(create_sandbox(sandbox_settings)))
        control = httpx.AsyncClient(base_url=url, timeout=30)
        yield Store(url, sandbox_settings, control)


@pytest.fixture
def settings(settings: Settings, store: Store) -> Settings:
    """Settings that lead to the sandbox store."""
    return settings.model_copy(
        update={
            "bigcommerce_api_url": store.url,
            "bigcommerce_login_url": store.url,
            "bigcommerce_client_id": store.settings.client_id,
            "bigcommerce_client_secret": SecretStr(store.settings.client_secret),
            "sweep_seconds": 0.2,
            "public_url": f"http://{LOOPBACK}:{any_free_port()}",
        }
    )


@pytest.fixture
async def service(settings: Settings, store: Store) -> AsyncIterator[Service]:
    """API and worker in this process, on a real queue."""
    async with AsyncExitStack() as stack:
        resources = await stack.enter_async_context(open_resources(settings))
        await resources.redis.flushdb()
        async with resources.unit_of_work() as uow:
            account_id = await ensure_account(uow, "Harbour Goods")
        key = await make_key(resources, account_id, Scope.ADMIN)
        api = await stack.enter_async_context(client_for(create_app(resources=resources), key))
        await stack.enter_async_context(store.control)
        await stack.enter_async_context(running_worker(resources))
        yield Service(resources, api, store)


@pytest.fixture
async def inbox(service: Service) -> AsyncIterator[None]:
    """The service's inbox where the store can reach it."""
    port = int(service.resources.settings.public_url.rpartition(":")[2])
    async with listening(create_app(resources=service.resources), port):
        yield


@pytest.fixture
async def shop(service: Service, inbox: None) -> str:
    """A connected channel that hears of changes at once."""
    return await service.connect()


@pytest.fixture
def pictures() -> Iterator[str]:
    """A host of pictures, see `tests.pictures`."""
    with picture_host() as url:
        yield url

"""The service as it runs in earnest: store, API and workers are processes of their own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from cryptography.fernet import Fernet
from pydantic import SecretStr

from app.accounts.service import Scope, create_key, ensure_account
from app.core.resources import open_resources
from app.core.settings import Settings
from app.local.schema import upgrade

START_SECONDS = 60.0
STOP_SECONDS = 20.0
SANDBOX = "sandbox.main:create_app"


@dataclass(frozen=True)
class Site:
    """A running store and API, and what a further worker needs to be told."""

    api: httpx.AsyncClient
    store: httpx.AsyncClient
    settings: Settings
    environment: Mapping[str, str]
    folder: Path
    """Where processes write their logs."""

    async def connect(self, settings: Mapping[str, Mapping[str, Any]]) -> str:
        """Create a channel connected to the store, with changed integrations; returns its id."""
        state = (await self.store.get("/sandbox/state")).json()
        channel = (await self.api.post("/v1/channels", json={"name": "Shop"})).json()["id"]
        body = {
            "channel_id": channel,
            "method": "api_token",
            "store_hash": state["store_hash"],
            "access_token": state["access_token"],
        }
        (await self.api.post("/v1/connections", json=body)).raise_for_status()
        for integration, change in settings.items():
            address = f"/v1/channels/{channel}/integrations/{integration}"
            (await self.api.patch(address, json=dict(change))).raise_for_status()
        return str(channel)

    async def every(self, address: str, **params: Any) -> list[dict[str, Any]]:
        """Every row of a list."""
        rows: list[dict[str, Any]] = []
        query = {**params, "limit": 200}
        while True:
            answer = await self.api.get(address, params=query)
            page = answer.raise_for_status().json()
            rows.extend(page["data"])
            if page["next_cursor"] is None:
                return rows
            query["cursor"] = page["next_cursor"]


def migrate(database_url: str) -> None:
    """Make all tables as the command does; not to be called from within an event loop."""
    asyncio.run(upgrade(database_url))


@asynccontextmanager
async def site(
    database_url: str, redis_url: str, folder: Path, **sandbox: object
) -> AsyncIterator[Site]:
    """Start a store and the API on a migrated database; the sandbox's settings are free."""
    async with site_with(SANDBOX, database_url, redis_url, folder, sandbox) as running_site:
        yield running_site


@asynccontextmanager
async def site_with(
    store_app: str,
    database_url: str,
    redis_url: str,
    folder: Path,
    sandbox: Mapping[str, object],
) -> AsyncIterator[Site]:
    """The same with another application in the store's place, a uvicorn factory."""
    store_url, api_url = (f"http://127.0.0.1:{_free_port()}" for _ in range(2))
    settings = Settings(
        database_url=database_url,
        redis_url=redis_url,
        public_url=api_url,
        secret_keys=(SecretStr(Fernet.generate_key().decode()),),
        bigcommerce_api_url=store_url,
        bigcommerce_login_url=store_url,
    )
    environment = {**os.environ, **_variables(settings)}
    sandbox_environment = {
        **os.environ,
        **{f"QUAYSIDE_SANDBOX_{name.upper()}": str(value) for name, value in sandbox.items()},
        "QUAYSIDE_SANDBOX_PUBLIC_URL": store_url,
    }
    key = await _key(settings)
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        port = ("--port", store_url.rpartition(":")[2])
        store_module = ("uvicorn", store_app, "--factory", "--log-level", "error", *port)
        await enter(running(store_module, sandbox_environment, folder / "store.log"))
        port = ("--port", api_url.rpartition(":")[2])
        await enter(running(("app.cli", "api", *port), environment, folder / "api.log"))
        store = await enter(httpx.AsyncClient(base_url=store_url, timeout=60))
        headers = {"Authorization": f"Bearer {key}"}
        api = await enter(httpx.AsyncClient(base_url=api_url, headers=headers, timeout=60))
        await _ready(store, "/sandbox/state")
        await _ready(api, "/healthz")
        yield Site(api, store, settings, environment, folder)


@asynccontextmanager
async def running(
    module: tuple[str, ...], environment: Mapping[str, str], output: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a module of Python's as a process until the block ends."""
    process = await start(module, environment, output)
    try:
        yield process
    finally:
        await stop(process)


async def start(
    module: tuple[str, ...], environment: Mapping[str, str], output: Path
) -> asyncio.subprocess.Process:
    """Start a module of Python's as a process whose output is appended to a file."""
    with output.open("ab") as file:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", *module, env=environment, stdout=file, stderr=file
        )


async def stop(process: asyncio.subprocess.Process) -> None:
    """End a process in good order, or, when it takes too long, without."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _variables(settings: Settings) -> dict[str, str]:
    return {
        "QUAYSIDE_DATABASE_URL": settings.database_url,
        "QUAYSIDE_REDIS_URL": settings.redis_url,
        "QUAYSIDE_PUBLIC_URL": settings.public_url,
        "QUAYSIDE_SECRET_KEYS": settings.secret_keys[0].get_secret_value(),
        "QUAYSIDE_BIGCOMMERCE_API_URL": settings.bigcommerce_api_url,
        "QUAYSIDE_BIGCOMMERCE_LOGIN_URL": settings.bigcommerce_login_url,
    }


async def _key(settings: Settings) -> str:
    async with open_resources(settings) as resources, resources.unit_of_work() as uow:
        account_id = await ensure_account(uow, "Harbour Goods")
        return (await create_key(uow, account_id, Scope.ADMIN))[1]


async def _ready(client: httpx.AsyncClient, address: str) -> None:
    async with asyncio.timeout(START_SECONDS):
        while True:
            with contextlib.suppress(httpx.TransportError):
                if (await client.get(address)).is_success:
                    return
            await asyncio.sleep(0.1)

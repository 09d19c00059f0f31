"""A stage for benchmarks: own database and Redis, a sandbox store in its own process, a worker."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx
from cryptography.fernet import Fernet
from pydantic import SecretStr

from app.accounts.service import Scope, create_key, ensure_account
from app.core.logging import configure_logging
from app.core.resources import Resources, open_resources
from app.core.settings import Settings
from app.local.schema import upgrade
from app.local.services import LocalServices
from app.main import create_app
from worker.main import running_worker


class Servers(Protocol):
    """A migrated database and a Redis."""

    @property
    def database_url(self) -> str:
        """The database."""

    @property
    def redis_url(self) -> str:
        """The Redis."""


@dataclass
class Stage:
    """The service with an admin key, and the store's control API."""

    resources: Resources
    api: httpx.AsyncClient
    store: httpx.AsyncClient

    async def connect(self) -> str:
        """Create a channel connected to the store; returns its id."""
        state = (await self.store.get("/sandbox/state")).json()
        channel = (await self.api.post("/v1/channels", json={"name": "Shop"})).json()
        body = {
            "channel_id": channel["id"],
            "method": "api_token",
            "store_hash": state["store_hash"],
            "access_token": state["access_token"],
        }
        (await self.api.post("/v1/connections", json=body)).raise_for_status()
        return str(channel["id"])

    async def run(self, channel_id: str, integration: str, **more: Any) -> dict[str, Any]:
        """Start a run and wait for its end."""
        body = {"channel_id": channel_id, "integration": integration, **more}
        answer = await self.api.post("/v1/runs", json=body)
        answer.raise_for_status()
        return await self.finish(answer.json()["id"])

    async def finish(self, run_id: str) -> dict[str, Any]:
        """Wait for the end of a run."""
        while True:
            run: dict[str, Any] = (await self.api.get(f"/v1/runs/{run_id}")).json()
            if run["finished_at"] is not None:
                return run
            await asyncio.sleep(0.1)

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

    async def requests(self) -> list[str]:
        """Method and path of what the store's API has answered since the log was emptied."""
        answer = (await self.store.get("/sandbox/requests")).json()
        return [f"{request['method']} {request['path']}" for request in answer["requests"]]


@contextmanager
def _sandbox(**settings: object) -> Any:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        **{f"QUAYSIDE_SANDBOX_{key.upper()}": str(value) for key, value in settings.items()},
        "QUAYSIDE_SANDBOX_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "uvicorn", "sandbox.main:create_app", "--factory"),
            *("--port", str(port), "--log-level", "error"),
        ],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


@asynccontextmanager
async def stage(
    services: Servers, slice_seconds: float = 45.0, /, **sandbox: object
) -> AsyncIterator[Stage]:
    """Set everything up on the given services' database, which must be empty.

    A run works for `slice_seconds` before it goes back to the queue.
    """
    async with AsyncExitStack() as stack:
        url = stack.enter_context(_sandbox(**sandbox))
        store = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=60))
        for _ in range(300):
            try:
                if (await store.get("/sandbox/state")).is_success:
                    break
            except httpx.TransportError:
                await asyncio.sleep(0.1)
        settings = Settings(
            database_url=services.database_url,
            redis_url=services.redis_url,
            public_url="http://127.0.0.1:8000",
            secret_keys=(SecretStr(Fernet.generate_key().decode()),),
            bigcommerce_api_url=url,
            bigcommerce_login_url=url,
            run_slice_seconds=slice_seconds,
        )
        resources = await stack.enter_async_context(open_resources(settings))
        async with resources.unit_of_work() as uow:
            account_id = await ensure_account(uow, "Benchmark")
            _, key = await create_key(uow, account_id, Scope.ADMIN)
        api = await stack.enter_async_context(
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app=create_app(resources=resources)),
                base_url="http://bench.test",
                headers={"Authorization": f"Bearer {key}"},
                timeout=60,
            )
        )
        await stack.enter_async_context(running_worker(resources))
        yield Stage(resources, api, store)


@contextmanager
def services() -> Any:
    """PostgreSQL with its usual durability and Redis, migrated, in a temporary folder."""
    configure_logging("WARNING", "console")
    with tempfile.TemporaryDirectory(prefix="quayside-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        environment = {**os.environ, "QUAYSIDE_DATA_DIR": str(folder / "home")}
        with LocalServices(environment, folder) as started:
            asyncio.run(upgrade(started.database_url))
            yield started

"""Fixtures that every test may use: resources on a fresh database, the API over ASGI."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest
from cryptography.fernet import Fernet
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import text

from app.accounts.service import Scope, create_key, ensure_account
from app.core.clock import SettableClock
from app.core.db import make_engine
from app.core.queue import SilentQueue
from app.core.resources import Resources, open_resources
from app.core.settings import Settings
from app.main import create_app
from migrations.tables import load_tables

pytest_plugins = ["tests.services", "tests.spreading"]


CLIENT_ID = "test-client-id"
CLIENT_SECRET = "test-client-secret-0123456789abcdef0123456789"


def pytest_configure() -> None:
    """Let Ctrl-C reach what tests start, even where a shell runs the suite in the background.

    Such a shell has SIGINT ignored, and processes inherit that.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """What was imported stays to the end: the collector need not look through it every time."""
    gc.collect()
    gc.freeze()


def _create_tables(url: str) -> None:
    metadata = load_tables()

    async def run() -> None:
        engine = make_engine(url)
        async with engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
        await engine.dispose()

    asyncio.run(run())


@pytest.fixture(scope="session", autouse=True)
def _no_certificates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing here speaks TLS, and reading all authorities costs every client 20 ms: trust none."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SSL_CERT_FILE", raising=False)
        patch.setenv("SSL_CERT_DIR", str(tmp_path_factory.mktemp("certificates")))
        yield


@pytest.fixture(scope="session")
def migrated(template_database: Callable[[str, Callable[[str], None]], str]) -> str:
    """Name of the template database that holds every table."""
    return template_database("tables", _create_tables)


@pytest.fixture
def database_url(migrated: str, make_database: Callable[[str], str]) -> str:
    """URL of a database of this test's own."""
    return make_database(migrated)


@pytest.fixture
def settings(database_url: str, redis_url: str) -> Settings:
    """Settings of a service under test."""
    return Settings(
        database_url=database_url,
        redis_url=redis_url,
        public_url="http://quayside.test",
        secret_keys=(SecretStr(Fernet.generate_key().decode()),),
        bigcommerce_client_id=CLIENT_ID,
        bigcommerce_client_secret=SecretStr(CLIENT_SECRET),
        bigcommerce_api_url="http://bigcommerce.test",
        bigcommerce_login_url="http://login.bigcommerce.test",
    )


@pytest.fixture
def clock() -> SettableClock:
    """A clock that starts at the present and stands still until moved."""
    return SettableClock(datetime.now(UTC))


@pytest.fixture
async def resources(settings: Settings, clock: SettableClock) -> AsyncIterator[Resources]:
    """Resources whose wake-ups are kept instead of sent."""
    async with open_resources(settings, clock=clock, queue=SilentQueue()) as opened:
        yield opened


@pytest.fixture
async def account_id(resources: Resources) -> UUID:
    """An account."""
    async with resources.unit_of_work() as uow:
        return await ensure_account(uow, "Harbour Goods")


@pytest.fixture
async def app(resources: Resources) -> FastAPI:
    """The HTTP service."""
    return create_app(resources=resources)


async def make_key(resources: Resources, account_id: UUID, scope: Scope) -> str:
    """Create an API key and return its text."""
    async with resources.unit_of_work() as uow:
        _, key = await create_key(uow, account_id, scope)
        return key


def client_for(app: FastAPI, key: str | None) -> httpx.AsyncClient:
    """Return a client of the service that sends a key."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app, raise_app_exceptions=False),
        base_url="http://quayside.test",
        headers=headers,
    )


@pytest.fixture
async def api(
    app: FastAPI, resources: Resources, account_id: UUID
) -> AsyncIterator[httpx.AsyncClient]:
    """A client with an admin key."""
    async with client_for(app, await make_key(resources, account_id, Scope.ADMIN)) as client:
        yield client


@pytest.fixture
async def anonymous(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a key."""
    async with client_for(app, None) as client:
        yield client


async def row_count(resources: Resources, table: str) -> int:
    """Count the rows of a table."""
    async with resources.unit_of_work() as uow:
        return int(await uow.session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)

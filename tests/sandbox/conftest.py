"""A small sandbox store in process, and a client that holds its token."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from sandbox.clock import Clock
from sandbox.main import create_app
from sandbox.settings import SandboxSettings
from sandbox.state import Sandbox
from tests.sandbox.receiver import Receiver

SMALL = SandboxSettings(
    products=150,
    orders=120,
    retry_schedule=(0.01, 0.02, 0.03),
    quota=100_000,
    app_url="http://app.test",
    public_url="http://store.test",
)


class Timer:
    """Time that moves only when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Store:
    """A sandbox with clients for its store API and its control API."""

    def __init__(self, settings: SandboxSettings, receiver: Receiver, clock: Clock) -> None:
        app = create_app(settings, clock=clock, transport=httpx.MockTransport(receiver))
        self.sandbox: Sandbox = app.state.sandbox
        transport = httpx.ASGITransport(app)
        self.web = httpx.AsyncClient(transport=transport, base_url="http://store.test")
        self.api = httpx.AsyncClient(
            transport=transport,
            base_url=f"http://store.test/stores/{settings.store_hash}/",
            headers={"X-Auth-Token": settings.token(), "Accept": "application/json"},
        )
        self.receiver = receiver

    async def control(self, method: str, path: str, **body: object) -> dict[str, object]:
        """Call the control API and insist on success."""
        answer = await self.web.request(method, f"/sandbox/{path}", json=body)
        assert answer.status_code == 200, answer.text
        parsed: dict[str, object] = answer.json()
        return parsed

    async def close(self) -> None:
        """Close clients and sandbox."""
        await self.api.aclose()
        await self.web.aclose()
        await self.sandbox.close()


def products(store: Store, tracking: str, options: bool) -> list[Any]:
    """Seeded products by tracking level."""
    return [
        row
        for row in store.sandbox.store.products.values()
        if row.fields["inventory_tracking"] == tracking and row.has_options is options
    ]


def order_with(store: Store, status_id: int = 11, lines: int = 1) -> dict[str, Any]:
    """Fields of an order whose lines all go to one address."""
    for row in store.sandbox.store.orders.values():
        if row.fields["status_id"] != status_id or len(row.addresses) != 1:
            continue
        if len(row.lines) >= lines and all(line["order_address_id"] for line in row.lines):
            return {"id": row.id, "lines": row.lines, "address": row.addresses[0]["id"]}
    raise AssertionError("the seed holds no such order")


@pytest.fixture
def timer() -> Timer:
    """The timer of the store's windows."""
    return Timer()


@pytest.fixture
async def store(timer: Timer) -> AsyncIterator[Store]:
    """A fresh small store."""
    made = Store(SMALL, Receiver(), Clock(timer=timer))
    yield made
    await made.close()

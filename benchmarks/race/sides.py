"""The two sides of the race: Quayside as it runs in earnest, and a poller; each with its stores."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks.race.buyers import STORES, Crowd, Ledger, let_in, stock_up
from benchmarks.race.platform import platform
from benchmarks.race.poller import Poller
from benchmarks.storm.mortals import lasting_worker
from benchmarks.storm.processes import Site, site_with

PLATFORM = "benchmarks.race.platform:create_app"
START_SECONDS = 60.0
POLL_MINUTES = 15
SETTLE_SECONDS = 2.1
"""The times of stores have no fractions: orders have to be later than the import."""


@dataclass(frozen=True)
class Race:
    """Who comes, for how long, and how fast time passes."""

    crowds: Sequence[Crowd]
    minutes: float
    seconds_per_minute: float
    seed: int = 1

    async def buy(self, stores: Mapping[str, httpx.AsyncClient]) -> list[Ledger]:
        """Let the buyers in."""
        ledgers = [Ledger(crowd) for crowd in self.crowds]
        await let_in(
            stores,
            ledgers,
            minutes=self.minutes,
            seed=self.seed,
            seconds_per_minute=self.seconds_per_minute,
        )
        return ledgers


@dataclass
class Outcome:
    """What came of a side, and how often it told the stores their stock."""

    ledgers: list[Ledger]
    rounds: int
    seconds: list[float] = field(default_factory=list)
    """How long each round took."""


async def by_poller(race: Race, folder: Path) -> Outcome:
    """The race with a poller."""
    async with platform(STORES, folder) as url, _controls(url) as stores:
        ids = await stock_up(stores, race.crowds)
        async with AsyncExitStack() as stack:
            apis = {
                name: await stack.enter_async_context(await _api(url, name, store))
                for name, store in stores.items()
            }
            poller = Poller.of(apis, race.crowds, ids)
            await poller.look()
            async with _beside(poller.run(POLL_MINUTES * race.seconds_per_minute)):
                ledgers = await race.buy(stores)
        return Outcome(ledgers, poller.rounds)


async def by_quayside(race: Race, database_url: str, redis_url: str, folder: Path) -> Outcome:
    """The race with Quayside: API, worker and stores are processes of their own."""
    names = {"stores": ",".join(STORES), "products": 0, "orders": 0, "quota": 1_000_000}
    async with (
        site_with(PLATFORM, database_url, redis_url, folder, names) as running,
        lasting_worker(running),
        _controls(str(running.store.base_url).rstrip("/")) as stores,
    ):
        await stock_up(stores, race.crowds)
        channels = [await _connect(running, name, store) for name, store in stores.items()]
        for channel in channels:
            await _run(running, channel, "import_listings")
        await _set_up(running, channels, race.crowds)
        await asyncio.sleep(SETTLE_SECONDS)
        for channel in channels:
            await _run(running, channel, "sync_listings")
        outcome = Outcome([], 0)
        loops = [_sync(running, channel, race.seconds_per_minute, outcome) for channel in channels]
        async with _beside(*loops):
            outcome.ledgers = await race.buy(stores)
        return outcome


async def _sync(running: Site, channel: str, every: float, outcome: Outcome) -> None:
    """What a schedule of every minute does: begin a run when it is time, unless one is going on."""
    while True:
        began = time.monotonic()
        body = {"channel_id": channel, "integration": "sync_listings"}
        answer = await running.api.post("/v1/runs", json=body)
        if answer.status_code != httpx.codes.CONFLICT:
            await _end(running, answer.raise_for_status().json()["id"])
            outcome.rounds += 1
            outcome.seconds.append(time.monotonic() - began)
        await asyncio.sleep(max(began + every - time.monotonic(), 0))


async def _connect(running: Site, name: str, store: httpx.AsyncClient) -> str:
    state = (await store.get("sandbox/state")).json()
    made = await running.api.post("/v1/channels", json={"name": name})
    channel = str(made.raise_for_status().json()["id"])
    body = {
        "channel_id": channel,
        "method": "api_token",
        "store_hash": state["store_hash"],
        "access_token": state["access_token"],
    }
    (await running.api.post("/v1/connections", json=body)).raise_for_status()
    address = f"/v1/channels/{channel}/integrations/get_orders"
    (await running.api.patch(address, json={"enabled": True})).raise_for_status()
    return channel


async def _set_up(running: Site, channels: Sequence[str], crowds: Sequence[Crowd]) -> None:
    """Count what is on hand, and keep back what is to be kept back."""
    levels = [{"sku": sku, "quantity": crowd.units} for crowd in crowds for sku in crowd.own_skus]
    answer = await running.api.put("/v1/stock", json={"levels": levels})
    if answer.raise_for_status().json()["failed"]:
        raise RuntimeError(answer.text)
    for channel in channels:
        await _run(running, channel, "get_orders")
        for buffer in {crowd.buffer for crowd in crowds} - {0}:
            brand = {"field": "listing.brand", "op": "equals", "value": f"Buffer {buffer}"}
            rule = {
                "channel_id": channel,
                "kind": "quantity",
                "name": f"Keep {buffer} back",
                "definition": {"buffer": buffer, "when": brand},
            }
            (await running.api.post("/v1/rules", json=rule)).raise_for_status()


async def _run(running: Site, channel: str, integration: str) -> None:
    body = {"channel_id": channel, "integration": integration}
    answer = await running.api.post("/v1/runs", json=body)
    run = await _end(running, answer.raise_for_status().json()["id"])
    if run["status"] != "succeeded":
        raise RuntimeError(str(run))


async def _end(running: Site, run_id: str) -> dict[str, Any]:
    while True:
        run: dict[str, Any] = (await running.api.get(f"/v1/runs/{run_id}")).json()
        if run["finished_at"] is not None:
            return run
        await asyncio.sleep(0.02)


@asynccontextmanager
async def _beside(*works: Any) -> AsyncIterator[None]:
    """Let things go on beside the block; what goes wrong in them is raised at its end."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task


@asynccontextmanager
async def _controls(url: str) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    """Clients of the stores' control APIs, once they answer."""
    # Less than the seconds after which the server hangs up on an idle connection.
    limits = httpx.Limits(max_connections=50, keepalive_expiry=2)
    async with AsyncExitStack() as stack:
        clients = {
            name: await stack.enter_async_context(
                httpx.AsyncClient(base_url=f"{url}/control/{name}/", timeout=60, limits=limits)
            )
            for name in STORES
        }
        async with asyncio.timeout(START_SECONDS):
            for client in clients.values():
                while not await _answers(client):
                    await asyncio.sleep(0.05)
        yield clients


async def _answers(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("sandbox/state")).is_success
    except httpx.TransportError:
        return False


async def _api(url: str, name: str, store: httpx.AsyncClient) -> httpx.AsyncClient:
    """A client of a store's own API."""
    state = (await store.get("sandbox/state")).json()
    headers = {"X-Auth-Token": state["access_token"], "Accept": "application/json"}
    return httpx.AsyncClient(base_url=f"{url}/stores/{name}/", headers=headers, timeout=60)

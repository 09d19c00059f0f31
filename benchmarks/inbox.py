"""The webhook inbox: durable answers per second against bare inserts, and latency at a pace.

Bare inserts are measured in the same run, on the same server and as many at a time, each with a
commit of its own: by an asyncpg pool, which is as bare as a program with a pool gets, and by
SQLAlchemy. The inbox pays for HTTP, verification, duplicates and ten columns on top.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

import asyncpg
import httpx
import uvloop
from cryptography.fernet import Fernet
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from app.accounts.service import Principal, Scope, ensure_account
from app.channels.schemas import ChannelRequest
from app.channels.service import create_channel
from app.connections.client import SECRET_HEADER
from app.connections.models import Connection
from app.core.resources import Resources, open_resources
from app.core.settings import Settings
from app.local.services import LocalServices
from app.templates.directory import Directory
from benchmarks.stage import services

SECONDS = 5.0
ROUNDS = 3
CONNECTIONS = 64
INSERTERS = 16
PACE = 200
PACE_SECONDS = 15
SECRET = "benchmark-secret"
STORE = "bench1"
POOL = "bare insert, asyncpg pool"
CORE = "bare insert, SQLAlchemy"


def measure(console: Console) -> None:
    """Print throughput and latency."""
    with services() as started:
        uvloop.run(_measure(console, started))


async def _measure(console: Console, started: LocalServices) -> None:
    settings = Settings(
        database_url=started.database_url,
        redis_url=started.redis_url,
        secret_keys=(SecretStr(Fernet.generate_key().decode()),),
    )
    async with open_resources(settings) as resources:
        await _connect(resources)
        await _bare_table(resources)
        rates: dict[str, list[float]] = {}
        async with _serving(settings) as port:
            measured: dict[str, Callable[[], Awaitable[float]]] = {
                POOL: partial(_pool_inserts, settings),
                CORE: partial(_sqlalchemy_inserts, resources),
                "inbox": partial(_deliveries, port),
            }
            for _ in range(ROUNDS):
                for name, run in measured.items():
                    rates.setdefault(name, []).append(await run())
            waits = await _paced(port)
    console.print(_rates(rates))
    console.print(_latencies(waits))


def _rates(rates: dict[str, list[float]]) -> Table:
    table = Table(title=f"Durable events per second (median of {ROUNDS})")
    for column in ("what", "per second", "of the asyncpg pool", "of SQLAlchemy"):
        table.add_column(column, justify="right")
    median = {name: statistics.median(values) for name, values in rates.items()}
    pool, core = median[POOL], median[CORE]
    for name, rate in median.items():
        table.add_row(name, f"{rate:.0f}", f"{rate / pool:.2f}", f"{rate / core:.2f}")
    return table


def _latencies(waits: list[float]) -> Table:
    table = Table(title=f"Milliseconds to answer at {PACE} events a second")
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    for name in shares:
        table.add_column(name, justify="right")
    waits.sort()
    last = len(waits) - 1
    table.add_row(*(f"{waits[round(last * share)] * 1000:.1f}" for share in shares.values()))
    return table


async def _connect(resources: Resources) -> None:
    seal = resources.keyring.encrypt
    async with resources.unit_of_work() as uow:
        account_id = await ensure_account(uow, "Benchmark")
        caller = Principal(account_id, Scope.ADMIN, "benchmark")
        channel = await create_channel(uow, caller, ChannelRequest(name="Shop"), Directory())
        uow.session.add(
            Connection(
                account_id=account_id,
                channel_id=channel.id,
                method="api_token",
                store_hash=STORE,
                status="active",
                sealed_access_token=seal("token"),
                sealed_webhook_secret=seal(SECRET),
                store={},
            )
        )


async def _bare_table(resources: Resources) -> None:
    async with resources.unit_of_work() as uow:
        await uow.session.execute(
            text("CREATE TABLE bare (id uuid PRIMARY KEY, body jsonb NOT NULL, at timestamptz)")
        )


BARE = "INSERT INTO bare (id, body, at) VALUES ($1, $2, now())"


async def _pool_inserts(settings: Settings) -> float:
    pool = await asyncpg.create_pool(settings.database_url, min_size=INSERTERS, max_size=INSERTERS)

    async def insert(body: bytes) -> None:
        await pool.execute(BARE, uuid4(), body.decode())

    try:
        return await _rate(insert, INSERTERS)
    finally:
        await pool.close()


async def _sqlalchemy_inserts(resources: Resources) -> float:
    statement = text("INSERT INTO bare (id, body, at) VALUES (:id, CAST(:body AS jsonb), now())")

    async def insert(body: bytes) -> None:
        async with resources.engine.begin() as connection:
            await connection.execute(statement, {"id": uuid4(), "body": body.decode()})

    return await _rate(insert, INSERTERS)


async def _deliveries(port: int) -> float:
    clients = asyncio.Queue[_Client]()
    for _ in range(CONNECTIONS):
        clients.put_nowait(await _Client.connect(port))

    async def deliver(body: bytes) -> None:
        client = await clients.get()
        await client.post(body)
        clients.put_nowait(client)

    try:
        return await _rate(deliver, CONNECTIONS)
    finally:
        while not clients.empty():
            clients.get_nowait().close()


async def _rate(act: Callable[[bytes], Awaitable[None]], at_a_time: int) -> float:
    """Do something for some seconds, so many at a time; returns how often per second."""
    end = time.perf_counter() + SECONDS
    done = 0

    async def go_on() -> None:
        nonlocal done
        while time.perf_counter() < end:
            await act(_event())
            done += 1

    began = time.perf_counter()
    await asyncio.gather(*(go_on() for _ in range(at_a_time)))
    return done / (time.perf_counter() - began)


async def _paced(port: int) -> list[float]:
    clients = asyncio.Queue[_Client]()
    for _ in range(CONNECTIONS):
        clients.put_nowait(await _Client.connect(port))
    waits: list[float] = []

    async def deliver() -> None:
        began = time.perf_counter()
        client = await clients.get()
        await client.post(_event())
        clients.put_nowait(client)
        waits.append(time.perf_counter() - began)

    began = time.perf_counter()
    tasks = []
    for number in range(PACE * PACE_SECONDS):
        await asyncio.sleep(max(began + number / PACE - time.perf_counter(), 0))
        tasks.append(asyncio.create_task(deliver()))
    await asyncio.gather(*tasks)
    return waits


@dataclass
class _Client:
    """A connection that is kept open; checks each answer."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def connect(cls, port: int) -> _Client:
        """Connect to the service."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def post(self, body: bytes) -> None:
        """Send an event and wait for its 200."""
        self.writer.write(
            b"POST /bigcommerce/webhooks HTTP/1.1\r\nHost: bench\r\n"
            b"Content-Type: application/json\r\n%b: %b\r\nContent-Length: %d\r\n\r\n%b"
            % (SECRET_HEADER.encode(), SECRET.encode(), len(body), body)
        )
        head = await self.reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200") or b"content-length: 0" not in head.lower():
            raise RuntimeError(f"unexpected answer {head!r}")

    def close(self) -> None:
        """Hang up."""
        self.writer.close()


def _event() -> bytes:
    number = uuid4()
    body = {
        "scope": "store/order/created",
        "store_id": "1025646",
        "data": {"type": "order", "id": number.int % 1_000_000 + 1},
        "hash": hashlib.sha1(number.bytes, usedforsecurity=False).hexdigest(),
        "created_at": 1_795_000_000,
        "producer": f"stores/{STORE}",
    }
    return json.dumps(body).encode()


@asynccontextmanager
async def _serving(settings: Settings) -> AsyncIterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {
        **os.environ,
        "QUAYSIDE_DATABASE_URL": settings.database_url,
        "QUAYSIDE_REDIS_URL": settings.redis_url,
        "QUAYSIDE_SECRET_KEYS": settings.secret_keys[0].get_secret_value(),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "api", "--port", str(port)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            for _ in range(300):
                try:
                    (await client.get("/healthz")).raise_for_status()
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(10)

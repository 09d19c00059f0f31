"""What a process opens once at start: API, worker and commands alike."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from arq.connections import ArqRedis
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from app.core.background import Background
from app.core.clock import Clock, SystemClock
from app.core.crypto import KeyRing
from app.core.db import make_engine, make_sessions
from app.core.queue import ArqQueue, Queue, make_arq
from app.core.settings import Settings
from app.core.uow import UnitOfWork


@dataclass(frozen=True)
class Resources:
    """Process-wide things. `unit_of_work()` opens a transaction."""

    settings: Settings
    engine: AsyncEngine
    sessions: async_sessionmaker[AsyncSession]
    redis: ArqRedis
    queue: Queue
    http: httpx.AsyncClient
    keyring: KeyRing
    clock: Clock
    background: Background

    def unit_of_work(self) -> UnitOfWork:
        """Return a fresh unit of work, to be used with `async with`."""
        return UnitOfWork(self.sessions, self.queue, self.clock)


@asynccontextmanager
async def open_resources(
    settings: Settings,
    *,
    clock: Clock | None = None,
    queue: Queue | None = None,
    http: httpx.AsyncClient | None = None,
) -> AsyncIterator[Resources]:
    """Open everything, and close it in reverse order."""
    engine = make_engine(settings.database_url, pool_size=settings.database_pool_size)
    redis = make_arq(settings.redis_url)
    client = http or httpx.AsyncClient(
        timeout=httpx.Timeout(60.0, connect=10.0, pool=30.0),
        limits=httpx.Limits(max_connections=100, max_keepalive_connections=20),
        follow_redirects=False,
    )
    background = Background()
    try:
        yield Resources(
            settings=settings,
            engine=engine,
            sessions=make_sessions(engine),
            redis=redis,
            queue=queue or ArqQueue(redis),
            http=client,
            keyring=KeyRing(settings.secret_keys),
            clock=clock or SystemClock(),
            background=background,
        )
    finally:
        await background.close()
        await client.aclose()
        await redis.aclose(close_connection_pool=True)
        await engine.dispose()

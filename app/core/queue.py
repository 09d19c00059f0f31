"""The doorbell: wake-ups for workers.

Losing one is harmless, because whatever it announces is a row in PostgreSQL that the worker's
sweeper finds by itself. This file and `worker/` are the only ones that know arq.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog
from arq.connections import ArqRedis
from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

log = structlog.get_logger(__name__)

BULK_QUEUE = "quayside:bulk"
FAST_QUEUE = "quayside:fast"


@dataclass(frozen=True)
class WakeUp:
    """One ring: which job, with which arguments, on which queue, how many seconds from now."""

    job: str
    arguments: dict[str, Any] = field(default_factory=dict)
    queue: str = BULK_QUEUE
    delay: float = 0.0


class Queue(Protocol):
    """Where wake-ups are sent."""

    async def ring(self, wakeups: list[WakeUp]) -> None:
        """Send wake-ups; never raises."""
        ...


def serialize(value: dict[str, Any]) -> bytes:
    """Write a job as JSON, because arq's default would let writers of Redis run code."""
    return json.dumps(value, default=str).encode()


def deserialize(value: bytes) -> dict[str, Any]:
    """Read a job, with the tuples that arq expects."""
    document: dict[str, Any] = json.loads(value)
    if isinstance(document.get("a"), list):
        document["a"] = tuple(document["a"])
    return document


def make_arq(url: str) -> ArqRedis:
    """Open a lazy connection pool; a request never waits long for Redis."""
    return _arq(ConnectionPool.from_url(url, socket_connect_timeout=1, socket_timeout=2))


def make_worker_arq(url: str) -> ArqRedis:
    """Open a lazy connection pool for a worker, which outlives a restart of Redis.

    Made here and not by arq's `create_pool`, which loses the pool when it is cancelled.
    """
    return _arq(
        ConnectionPool.from_url(
            url,
            socket_connect_timeout=5,
            retry_on_timeout=True,
            retry_on_error=[RedisConnectionError, RedisTimeoutError, OSError],
            retry=Retry(ExponentialBackoff(cap=1, base=0.1), 30),
        )
    )


def _arq(pool: ConnectionPool) -> ArqRedis:
    return ArqRedis(
        connection_pool=pool,
        job_serializer=serialize,
        job_deserializer=deserialize,
        default_queue_name=BULK_QUEUE,
    )


class ArqQueue:
    """Wake-ups by arq."""

    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis

    async def ring(self, wakeups: list[WakeUp]) -> None:
        """Send wake-ups; a Redis that is away is noted and forgiven."""
        for wakeup in wakeups:
            try:
                await self._redis.enqueue_job(
                    wakeup.job,
                    wakeup.arguments,
                    _queue_name=wakeup.queue,
                    _defer_by=wakeup.delay or None,
                )
            except (RedisError, OSError) as error:
                log.warning("wake_up_lost", job=wakeup.job, reason=type(error).__name__)
                return


class SilentQueue:
    """Remembers wake-ups instead of sending them."""

    def __init__(self) -> None:
        self.rung: list[WakeUp] = []

    async def ring(self, wakeups: list[WakeUp]) -> None:
        """Keep the wake-ups."""
        self.rung.extend(wakeups)

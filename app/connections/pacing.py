"""Where all workers of an installation share what they know of each store's quota.

The state lives in Redis. A step is pure, so it is applied here and written back only if nobody
was faster (compare and set in one script), else applied again to what the other one wrote. Redis'
own clock is the shared clock. While Redis is away each process paces by itself, which may use a
store's quota faster than intended but never stops work; the reserve and the 429 handling remain.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import TypeVar, cast

import msgspec
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.bigcommerce.pacing import MemoryPacingStore, PacingState

log = structlog.get_logger(__name__)

T = TypeVar("T")
PREFIX = "quayside:pacing:"
LIFE_MS = 3_600_000
MOST_TRIES = 200
READ = """
local t = redis.call('TIME')
return {redis.call('GET', KEYS[1]) or '', t[1], t[2]}
"""
COMPARE_AND_SET = """
local found = redis.call('GET', KEYS[1]) or ''
if found == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
  return {}
end
local t = redis.call('TIME')
return {found, t[1], t[2]}
"""


class RedisPacingStore:
    """A `PacingStore` in Redis that falls back to the process's memory."""

    def __init__(self, redis: Redis, *, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._redis = redis
        self._sleep = sleep
        self._alone = MemoryPacingStore(time.monotonic)
        self._warned = False

    async def transact(
        self, key: str, step: Callable[[PacingState, float], tuple[PacingState, T]]
    ) -> T:
        """Apply `step` atomically among all processes; among this one's tasks without Redis."""
        try:
            result = await self._shared(key, step)
        except (RedisError, OSError) as error:
            if not self._warned:
                log.warning("pacing_without_redis", reason=type(error).__name__)
                self._warned = True
            return await self._alone.transact(key, step)
        self._warned = False
        return result

    async def _shared(
        self, key: str, step: Callable[[PacingState, float], tuple[PacingState, T]]
    ) -> T:
        name = PREFIX + key
        found = await self._run(READ, name)
        for _ in range(MOST_TRIES):
            before, now = found[0], int(found[1]) + int(found[2]) / 1_000_000
            state, result = step(_decode(before), now)
            found = await self._run(
                COMPARE_AND_SET, name, before, msgspec.json.encode(state), LIFE_MS
            )
            if not found:
                return result
            await self._sleep(random.uniform(0.0, 0.01))
        raise RedisError("the pacing state is changing too fast")

    async def _run(self, script: str, name: str, *arguments: bytes | int) -> list[bytes]:
        answer = self._redis.eval(script, 1, name, *arguments)  # type: ignore[arg-type]  # the stubs know text only, bytes are sent as they are
        return cast("list[bytes]", await cast("Awaitable[object]", answer))


def _decode(stored: bytes) -> PacingState:
    """A state written by another version of the program is as good as none."""
    if not stored:
        return PacingState()
    try:
        return msgspec.json.decode(stored, type=PacingState)
    except msgspec.MsgspecError:
        return PacingState()


@lru_cache(maxsize=4)
def pacing_of(redis: Redis) -> RedisPacingStore:
    """Return the store of a Redis pool, one per process and pool, so that its memory is shared."""
    return RedisPacingStore(redis, sleep=asyncio.sleep)

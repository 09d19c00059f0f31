"""Group commit: what many requests want to write goes into one statement.

Batches form by themselves while the one before is being written; nobody waits for a timer.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

MOST_AT_ONCE = 256
WRITERS = 2
MOST_WAITING = 20_000


class TooBusy(Exception):
    """More is waiting to be written than can be promised to be written soon."""


class Batcher(Generic[T, R]):
    """Collects items and writes them in batches; `write` returns one result per item, in order.

    Belongs to one event loop; `spawn` begins the tasks that write.
    """

    def __init__(
        self,
        write: Callable[[Sequence[T]], Awaitable[Sequence[R]]],
        *,
        most_at_once: int = MOST_AT_ONCE,
        writers: int = WRITERS,
        most_waiting: int = MOST_WAITING,
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]] = asyncio.create_task,
    ) -> None:
        self._write = write
        self._spawn = spawn
        self._most_at_once = most_at_once
        self._writers = writers
        self._most_waiting = most_waiting
        self._waiting: deque[tuple[T, asyncio.Future[R]]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()

    async def add(self, item: T) -> R:
        """Return when the item is written; raises what writing its batch raised, or `TooBusy`."""
        if len(self._waiting) >= self._most_waiting:
            raise TooBusy
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if len(self._tasks) < self._writers:
            task = self._spawn(self._drain())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await future

    async def _drain(self) -> None:
        while self._waiting:
            count = min(len(self._waiting), self._most_at_once)
            batch = [self._waiting.popleft() for _ in range(count)]
            try:
                results = await self._write([item for item, _ in batch])
            except BaseException as error:
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)
                if not isinstance(error, Exception):
                    raise
            else:
                for (_, future), result in zip(batch, results, strict=True):
                    if not future.done():
                        future.set_result(result)

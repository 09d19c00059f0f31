"""Waking a worker for a connection's events, once for all that arrive within a moment.

The moment lets the several events of one change (an order is created, updated and given a status
at once) be answered by one request to the store. Nothing depends on the ring: the worker's
sweeper finds events that nobody was woken for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from app.core.background import Background
from app.core.queue import BULK_QUEUE, FAST_QUEUE, Queue, WakeUp
from app.webhooks.kinds import EventEntity

INBOX_JOB = "process_inbox"
MOMENT_SECONDS = 0.15
CATALOGUE_MOMENT_SECONDS = 1.5
"""Products may be a little late, and they change in crowds."""


def inbox_wake_up(connection_id: UUID, entity: EventEntity, delay: float = 0.0) -> WakeUp:
    """Return the ring for a connection's events of one kind; products are bulk work."""
    queue = BULK_QUEUE if entity is EventEntity.PRODUCT else FAST_QUEUE
    arguments = {"connection_id": str(connection_id), "entity": entity.value}
    return WakeUp(INBOX_JOB, arguments, queue, delay)


class Doorbell:
    """Rings at most once per connection, kind and moment; belongs to one event loop."""

    def __init__(
        self, queue: Queue, background: Background, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._queue = queue
        self._background = background
        self._sleep = sleep
        self._about_to_ring: set[tuple[UUID, EventEntity]] = set()

    def announce(self, connection_id: UUID, entity: EventEntity) -> None:
        """Ring after the moment, unless that is about to happen anyway; never waits."""
        key = (connection_id, entity)
        if entity is EventEntity.OTHER or key in self._about_to_ring:
            return
        self._about_to_ring.add(key)
        self._background.spawn(self._ring(connection_id, entity))

    async def _ring(self, connection_id: UUID, entity: EventEntity) -> None:
        product = entity is EventEntity.PRODUCT
        await self._sleep(CATALOGUE_MOMENT_SECONDS if product else MOMENT_SECONDS)
        # Taken off before the ring, so that whatever arrives during it rings again.
        self._about_to_ring.discard((connection_id, entity))
        await self._queue.ring([inbox_wake_up(connection_id, entity)])

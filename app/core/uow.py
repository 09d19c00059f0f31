"""Unit of work: one transaction, and the wake-ups to send after it commits."""

from __future__ import annotations

from types import TracebackType

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.clock import Clock
from app.core.queue import Queue, WakeUp


class UnitOfWork:
    """Async context manager: commits on success, rolls back on any error.

    Nobody else calls `commit()`. No network call is made while one is open.
    """

    def __init__(
        self, sessions: async_sessionmaker[AsyncSession], queue: Queue, clock: Clock
    ) -> None:
        self._sessions = sessions
        self._queue = queue
        self._wakeups: list[WakeUp] = []
        self.clock = clock
        self.session: AsyncSession

    async def __aenter__(self) -> UnitOfWork:
        self.session = self._sessions()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                await self.session.commit()
            else:
                await self.session.rollback()
        finally:
            await self.session.close()
        if kind is None and self._wakeups:
            await self._queue.ring(self._wakeups)

    def ring_after_commit(self, wakeup: WakeUp) -> None:
        """Remember a wake-up; it is dropped when the transaction rolls back."""
        self._wakeups.append(wakeup)

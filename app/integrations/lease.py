"""Keeping hold of a run while it is worked on."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from types import TracebackType
from uuid import UUID

import structlog

from app.core.resources import Resources
from app.runs.claims import renew_lease

log = structlog.get_logger(__name__)


class Lease:
    """Async context manager that renews a claim in the background.

    `cancelled` is set when somebody asked the run to stop; `lost` when another worker has it.
    """

    def __init__(self, res: Resources, run_id: UUID, claim: UUID) -> None:
        self._res = res
        self._run_id = run_id
        self._claim = claim
        self._length = timedelta(seconds=res.settings.run_lease_seconds)
        self._task: asyncio.Task[None] | None = None
        self.cancelled = asyncio.Event()
        self.lost = asyncio.Event()

    async def __aenter__(self) -> Lease:
        self._task = asyncio.create_task(self._beat())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _beat(self) -> None:
        while not self.lost.is_set():
            await asyncio.sleep(self._length.total_seconds() / 3)
            try:
                async with self._res.unit_of_work() as uow:
                    held, stop = await renew_lease(uow, self._run_id, self._claim, self._length)
            except Exception as error:
                # The lease simply runs out if the database stays away; pages check the claim.
                log.warning("lease_not_renewed", reason=type(error).__name__)
                continue
            if stop:
                self.cancelled.set()
            if not held:
                self.lost.set()

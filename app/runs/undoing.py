"""Taking back what a run has written to the store, by a run of its own."""

from __future__ import annotations

from typing import Final

from app.channels.kinds import IntegrationType
from app.channels.models import Channel
from app.core.errors import Conflict
from app.core.uow import UnitOfWork
from app.runs.errors import RunNotFinished
from app.runs.kinds import ACTIVE, RunMode
from app.runs.models import Run
from app.runs.service import Order, start_run

UNDOABLE: Final = frozenset({IntegrationType.SYNC_LISTINGS, IntegrationType.PUBLISH_LISTINGS})
"""Integrations whose parameters know `undo_of`."""


class NothingToUndo(Conflict):
    """The run has written nothing that could be taken back."""

    code = "nothing_to_undo"
    title = "This run has changed nothing that can be taken back"


async def undo_run(
    uow: UnitOfWork, channel: Channel, run: Run, mode: RunMode, runnable: frozenset[IntegrationType]
) -> Run:
    """Start a run that restores what a finished run has changed, unless it was changed since.

    Raises `RunNotFinished`, `NothingToUndo` and what `start_run` raises.
    """
    if run.status in ACTIVE:
        raise RunNotFinished("Wait until the run is finished, or cancel it.")
    integration = IntegrationType(run.integration)
    if integration not in UNDOABLE or run.mode != RunMode.EXECUTE:
        raise NothingToUndo("Only runs that have synced or published listings can be taken back.")
    if integration is IntegrationType.PUBLISH_LISTINGS and "undo_of" in run.params:
        raise NothingToUndo(
            "This run has itself taken a publication back. Publish the listings again instead."
        )
    order = Order(integration=integration, mode=mode, params={"undo_of": str(run.id)})
    return await start_run(uow, channel, order, runnable)

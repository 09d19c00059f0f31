"""Queries of runs."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, func, select

from app.channels.kinds import IntegrationType
from app.core.errors import NotFound
from app.core.uow import UnitOfWork
from app.runs.kinds import ACTIVE, Outcome, RunStatus
from app.runs.models import Run, RunItem, RunLog


def runs_of(
    account_id: UUID,
    channel_id: UUID | None = None,
    integration: IntegrationType | None = None,
    status: RunStatus | None = None,
) -> Select[Run]:
    """Select an account's runs, newest first."""
    query = select(Run).where(Run.account_id == account_id)
    if channel_id is not None:
        query = query.where(Run.channel_id == channel_id)
    if integration is not None:
        query = query.where(Run.integration == integration.value)
    if status is not None:
        query = query.where(Run.status == status.value)
    return query.order_by(Run.id.desc())


async def get_run(uow: UnitOfWork, account_id: UUID, run_id: UUID, *, lock: bool = False) -> Run:
    """Return a run of the account; raises `NotFound`."""
    query = select(Run).where(Run.account_id == account_id, Run.id == run_id)
    run: Run | None = await uow.session.scalar(query.with_for_update() if lock else query)
    if run is None:
        raise NotFound("There is no run with that id.")
    return run


async def find_active(
    uow: UnitOfWork, channel_id: UUID, integration: IntegrationType
) -> UUID | None:
    """Return the id of the run that is not finished, if any."""
    found: UUID | None = await uow.session.scalar(
        select(Run.id).where(
            Run.channel_id == channel_id,
            Run.integration == integration.value,
            Run.status.in_(ACTIVE),
        )
    )
    return found


async def waits_in_a_row(uow: UnitOfWork, run_id: UUID) -> int:
    """Return how often a run has waited since its last page that got through."""
    return int(await uow.session.scalar(select(Run.waits).where(Run.id == run_id)) or 0)


def items_of(run_id: UUID, outcome: Outcome | None = None) -> Select[RunItem]:
    """Select a run's items in the order in which they were made."""
    query = select(RunItem).where(RunItem.run_id == run_id)
    if outcome is not None:
        query = query.where(RunItem.outcome == outcome.value)
    return query.order_by(RunItem.id)


async def subjects(
    uow: UnitOfWork,
    run_id: UUID,
    *,
    outcome: Outcome | None = None,
    item_ids: Sequence[UUID] | None = None,
) -> tuple[list[int], list[UUID]]:
    """Return what a run's items are about: ids of the store, and ids of ours, each once."""
    query = select(RunItem.external_id, RunItem.subject_id).where(RunItem.run_id == run_id)
    if outcome is not None:
        query = query.where(RunItem.outcome == outcome.value)
    if item_ids is not None:
        query = query.where(RunItem.id.in_(item_ids))
    rows = list(await uow.session.execute(query))
    theirs = {int(external) for external, _ in rows if external and external.isdigit()}
    ours = {subject for _, subject in rows if subject is not None}
    return sorted(theirs), sorted(ours)


def log_of(run_id: UUID, after: int = 0) -> Select[RunLog]:
    """Select a run's log lines in their order."""
    return select(RunLog).where(RunLog.run_id == run_id, RunLog.id > after).order_by(RunLog.id)


async def count_active(uow: UnitOfWork) -> list[tuple[str, str, int]]:
    """Count unfinished runs by integration and status, over all accounts."""
    rows = await uow.session.execute(
        select(Run.integration, Run.status, func.count())
        .where(Run.status.in_(ACTIVE))
        .group_by(Run.integration, Run.status)
    )
    return [(integration, status, count) for integration, status, count in rows]

"""Starting, cancelling and retrying runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.channels.kinds import IntegrationType
from app.channels.models import Channel, ChannelIntegration
from app.channels.repository import get_integration
from app.connections.repository import connection_of_channel
from app.core.ids import new_id
from app.core.uow import UnitOfWork
from app.runs.claims import wake_up
from app.runs.errors import (
    ConnectionNotActive,
    IntegrationNotAvailable,
    IntegrationPaused,
    NotAPlan,
    NothingToRetry,
    RunActive,
    RunFinished,
    RunNotFinished,
)
from app.runs.kinds import ACTIVE, Entity, Outcome, RunMode, RunStatus, RunTrigger
from app.runs.models import Run
from app.runs.recording import LogLine, add_log
from app.runs.repository import find_active, subjects
from app.templates.runs import take_snapshot

UNITS: dict[IntegrationType, Entity] = {
    IntegrationType.IMPORT_LISTINGS: Entity.LISTING,
    IntegrationType.LINK_LISTINGS: Entity.LISTING,
    IntegrationType.PUBLISH_LISTINGS: Entity.LISTING,
    IntegrationType.SYNC_LISTINGS: Entity.VARIANT,
    IntegrationType.GET_ORDERS: Entity.ORDER,
    IntegrationType.SYNC_ORDERS: Entity.SHIPMENT,
}


@dataclass(frozen=True)
class Order:
    """What is asked for; `only` restricts a run to these ids of the store."""

    integration: IntegrationType
    mode: RunMode = RunMode.EXECUTE
    trigger: RunTrigger = RunTrigger.MANUAL
    params: dict[str, Any] = field(default_factory=dict)
    retry_of: UUID | None = None
    plan_run_id: UUID | None = None


async def start_run(
    uow: UnitOfWork, channel: Channel, order: Order, runnable: frozenset[IntegrationType]
) -> Run:
    """Write a run down and ring for a worker.

    Raises `IntegrationNotAvailable`, `IntegrationPaused`, `ConnectionNotActive`, `RunActive`.
    """
    if order.integration not in runnable:
        raise IntegrationNotAvailable(f"{order.integration} cannot be run by this installation.")
    integration = await get_integration(uow, channel.id, order.integration)
    if integration.paused:
        reason = integration.pause_reason or "paused"
        raise IntegrationPaused(f"The integration is paused: {reason}.", reason=reason)
    connection = await connection_of_channel(uow, channel.id)
    if connection is None or connection.status != "active":
        state = connection.status if connection else "missing"
        raise ConnectionNotActive(f"The connection of this channel is {state}.")
    run_id = await _insert(uow, channel, integration, order)
    run = await uow.session.get_one(Run, run_id)
    uow.ring_after_commit(wake_up(run.id, run.integration))
    return run


async def _insert(
    uow: UnitOfWork, channel: Channel, integration: ChannelIntegration, order: Order
) -> UUID:
    snapshot = {
        "settings": integration.settings,
        "template": await take_snapshot(
            uow, channel.account_id, integration.template_id, order.integration
        ),
    }
    run_id: UUID | None = await uow.session.scalar(
        insert(Run)
        .values(
            id=new_id(),
            account_id=channel.account_id,
            channel_id=channel.id,
            integration=order.integration.value,
            mode=order.mode.value,
            trigger=order.trigger.value,
            status=RunStatus.QUEUED.value,
            params=order.params,
            snapshot=snapshot,
            progress_unit=UNITS[order.integration].value,
            retry_of=order.retry_of,
            plan_run_id=order.plan_run_id,
            created_at=uow.clock.now(),
            rung_at=uow.clock.now(),
        )
        .on_conflict_do_nothing()
        .returning(Run.id)
    )
    if run_id is None:
        active = await find_active(uow, channel.id, order.integration)
        raise RunActive(
            "A run of this channel and integration is not finished yet.",
            run_id=str(active) if active else None,
        )
    return run_id


async def retry_run(
    uow: UnitOfWork, channel: Channel, run: Run, runnable: frozenset[IntegrationType]
) -> Run:
    """Start a run over the items of a finished run that failed."""
    if run.status in ACTIVE:
        raise RunNotFinished("Wait until the run is finished, or cancel it.")
    restriction = _restriction(run, await subjects(uow, run.id, outcome=Outcome.FAILED))
    if restriction is None:
        raise NothingToRetry("No item of this run failed.")
    order = Order(
        integration=IntegrationType(run.integration),
        mode=RunMode(run.mode),
        params=restriction,
        retry_of=run.id,
    )
    return await start_run(uow, channel, order, runnable)


async def execute_plan(
    uow: UnitOfWork,
    channel: Channel,
    plan: Run,
    item_ids: list[UUID] | None,
    runnable: frozenset[IntegrationType],
) -> Run:
    """Start a run that does what a finished dry run predicted, for all or some of its items."""
    done = {RunStatus.SUCCEEDED, RunStatus.COMPLETED_WITH_ERRORS}
    if plan.mode != RunMode.DRY_RUN or plan.status not in done:
        raise NotAPlan("Name a dry run that has succeeded.")
    restriction = _restriction(plan, await subjects(uow, plan.id, item_ids=item_ids))
    if restriction is None:
        raise NotAPlan("The plan holds none of these items.")
    if item_ids is not None:
        restriction["item_ids"] = [str(item_id) for item_id in item_ids]
    order = Order(
        integration=IntegrationType(plan.integration),
        params=restriction,
        plan_run_id=plan.id,
    )
    return await start_run(uow, channel, order, runnable)


_RESTRICTED_BY = {
    IntegrationType.IMPORT_LISTINGS: "external_ids",
    IntegrationType.GET_ORDERS: "external_ids",
    IntegrationType.SYNC_ORDERS: "shipment_ids",
}


def _restriction(run: Run, found: tuple[list[int], list[UUID]]) -> dict[str, Any] | None:
    """Return a run's parameters, narrowed to the subjects of items; None when there are none."""
    theirs, ours = found
    key = _RESTRICTED_BY.get(IntegrationType(run.integration), "listing_ids")
    chosen: list[Any] = theirs if key == "external_ids" else [str(subject) for subject in ours]
    if not chosen:
        return None
    kept = {name: value for name, value in run.params.items() if name != "full"}
    return {**kept, key: chosen}


async def cancel_run(uow: UnitOfWork, run: Run) -> None:
    """Stop a run: at once when nobody holds it, else at its next page."""
    if run.status not in ACTIVE:
        raise RunFinished("The run is finished already.")
    run.cancel_requested = True
    run.revision += 1
    await uow.session.flush()
    await finish_cancelled(uow, run.id)
    await uow.session.refresh(run)


async def finish_cancelled(uow: UnitOfWork, run_id: UUID | None = None) -> list[UUID]:
    """Finish runs that were asked to stop and that nobody holds."""
    query = (
        update(Run)
        .where(Run.cancel_requested, Run.claim.is_(None), Run.status.in_(ACTIVE))
        .values(
            status=RunStatus.CANCELLED.value,
            waiting_for=None,
            resume_at=None,
            finished_at=uow.clock.now(),
            revision=Run.revision + 1,
        )
        .returning(Run.id)
        .execution_options(synchronize_session=False)
    )
    if run_id is not None:
        query = query.where(Run.id == run_id)
    finished = list(await uow.session.scalars(query))
    for finished_id in finished:
        add_log(uow, finished_id, [LogLine("The run was cancelled.")])
    return finished


async def cancel_channel_runs(uow: UnitOfWork, channel_id: UUID) -> None:
    """Ask every unfinished run of a channel to stop."""
    await uow.session.execute(
        update(Run)
        .where(Run.channel_id == channel_id, Run.status.in_(ACTIVE))
        .values(cancel_requested=True, revision=Run.revision + 1)
    )
    for run_id in await uow.session.scalars(
        select(Run.id).where(Run.channel_id == channel_id, Run.status.in_(ACTIVE))
    ):
        await finish_cancelled(uow, run_id)


def estimate_end(run: Run, now: datetime) -> datetime | None:
    """Guess when a run will be finished, from its pace so far; None when nothing is known."""
    if run.status not in ACTIVE or not run.progress_total or not run.progress_done:
        return None
    if run.started_at is None:
        return None
    share = min(run.progress_done / run.progress_total, 1.0)
    base = max(now, run.resume_at) if run.resume_at else now
    try:
        return base + (now - run.started_at) * ((1 - share) / share)
    except OverflowError:
        return None

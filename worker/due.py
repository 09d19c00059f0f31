"""Starting what has come due: comparisons with the store, integrations, and syncs after sales.

An integration's occurrence that finds its run still active is skipped: the run under way does the
same. A comparison and a sync do not, though both are runs of Sync Listings, so of these two the one
that finds the other is put off by a minute. Comparisons come first in a round: put off, they would
else find the next sync of a busy schedule under way, time after time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog

from app.channels.drift import PUT_OFF, policy_of
from app.channels.kinds import IntegrationType
from app.channels.models import Channel, ChannelDrift, ChannelIntegration
from app.channels.repository import due_drifts, due_integrations
from app.channels.schedule import next_due, parse_schedule
from app.core.errors import AppError
from app.core.uow import UnitOfWork
from app.integrations.registry import RUNNABLE
from app.integrations.syncing.sales import channels_to_tell, params_of_sync, told
from app.runs.errors import RunActive
from app.runs.kinds import RunTrigger
from app.runs.models import Run
from app.runs.service import Order, start_run

log = structlog.get_logger(__name__)

AT_ONCE: Final = 50


async def start_due(uow: UnitOfWork) -> None:
    """Start what is due."""
    now = uow.clock.now()
    for drift in await due_drifts(uow, now, AT_ONCE):
        await _compare(uow, drift, now)
    for integration in await due_integrations(uow, now, AT_ONCE):
        await _run(uow, integration, now)


async def start_after_sales(uow: UnitOfWork) -> None:
    """Start syncs of channels whose stock has moved because others sold of it."""
    kind = IntegrationType.SYNC_LISTINGS
    for moved in await channels_to_tell(uow):
        params = await params_of_sync(uow, moved)
        if params is not None:
            try:
                await _start(uow, moved.channel_id, kind, params, RunTrigger.WEBHOOK)
            except RunActive:
                continue
            except AppError as error:
                log.info("sync_after_sales_skipped", reason=error.code)
        await told(uow, moved)


async def _compare(uow: UnitOfWork, drift: ChannelDrift, now: datetime) -> None:
    kind = IntegrationType.SYNC_LISTINGS
    drift.next_due_at = _following(drift.schedule, now, kind)
    if drift.next_due_at is None:
        return
    params = {"drift": policy_of(drift).model_dump()}
    try:
        drift.last_run_id = await _start(uow, drift.channel_id, kind, params)
    except RunActive:
        drift.next_due_at = min(drift.next_due_at, now + PUT_OFF)
    except AppError as error:
        log.info("scheduled_drift_run_skipped", reason=error.code)


async def _run(uow: UnitOfWork, integration: ChannelIntegration, now: datetime) -> None:
    kind = IntegrationType(integration.type)
    integration.next_due_at = _following(integration.schedule, now, kind)
    if integration.next_due_at is None:
        return
    try:
        await _start(uow, integration.channel_id, kind, {})
    except RunActive as error:
        active = error.extra.get("run_id")
        if active is not None and "drift" in (await uow.session.get_one(Run, UUID(active))).params:
            integration.next_due_at = min(integration.next_due_at, now + PUT_OFF)
        else:
            log.info("scheduled_run_skipped", integration=kind.value, reason=error.code)
    except AppError as error:
        log.info("scheduled_run_skipped", integration=kind.value, reason=error.code)


def _following(
    schedule: Mapping[str, Any] | None, now: datetime, kind: IntegrationType
) -> datetime | None:
    if schedule is None:
        return None
    try:
        return next_due(parse_schedule(dict(schedule)), now)
    except ValueError as error:
        # E.g. a time zone that was renamed: one bad schedule must not stop all others.
        log.error("schedule_unusable", integration=kind.value, reason=str(error)[:200])
        return None


async def _start(
    uow: UnitOfWork,
    channel_id: UUID,
    kind: IntegrationType,
    params: dict[str, Any],
    trigger: RunTrigger = RunTrigger.SCHEDULE,
) -> UUID:
    channel = await uow.session.get_one(Channel, channel_id)
    order = Order(kind, trigger=trigger, params=params)
    async with uow.session.begin_nested():
        return (await start_run(uow, channel, order, RUNNABLE)).id

"""When a channel's listings are compared with the store, and what is done about what differs.

A comparison is a run of Sync Listings and follows its switches: it rests while that is disabled or
paused, and nothing is started while the connection is not active. One run of an integration goes
on at a time, so an occurrence that finds one active is put off by a minute, again and again until
it has had its turn: comparisons are rare, and one that is skipped may be missed for a whole day.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from app.accounts.audit import changed, record_change
from app.accounts.service import Principal
from app.channels.models import ChannelDrift
from app.channels.repository import find_drift, get_channel, lock_drift
from app.channels.schedule import next_due, parse_schedule
from app.channels.schemas import DriftPatch, DriftPolicy, DriftView
from app.core.uow import UnitOfWork

PUT_OFF: Final = timedelta(minutes=1)


async def show_drift(uow: UnitOfWork, caller: Principal, channel_id: UUID) -> DriftView:
    """Return what a channel says of drift."""
    await get_channel(uow, caller.account_id, channel_id)
    return _view(await find_drift(uow, channel_id))


async def change_drift(
    uow: UnitOfWork, caller: Principal, channel_id: UUID, body: DriftPatch
) -> DriftView:
    """Change schedule and policy; `schedule: null` takes the schedule away."""
    await get_channel(uow, caller.account_id, channel_id)
    row = await lock_drift(uow, channel_id)
    before = _settable(row)
    if body.policy is not None:
        row.policy = {**before["policy"], **body.policy.model_dump(exclude_unset=True)}
    if "schedule" in body.model_fields_set:
        row.schedule = body.schedule.model_dump() if body.schedule else None
        row.next_due_at = next_due(body.schedule, uow.clock.now()) if body.schedule else None
    changes = changed(before, _settable(row))
    if changes:
        record_change(uow, caller, "update", "drift", channel_id, changes)
    await uow.session.flush()
    return _view(row)


async def begin_anew(uow: UnitOfWork, channel_id: UUID) -> None:
    """Count the schedule from now on, as those of integrations are after a pause by hand."""
    row = await find_drift(uow, channel_id)
    if row is not None and row.schedule is not None:
        row = await lock_drift(uow, channel_id)
        if row.schedule is not None:
            row.next_due_at = next_due(parse_schedule(row.schedule), uow.clock.now())


def policy_of(row: ChannelDrift | None) -> DriftPolicy:
    """What is done about each kind."""
    return DriftPolicy.model_validate(row.policy if row is not None else {})


def _view(row: ChannelDrift | None) -> DriftView:
    return DriftView(
        schedule=row.schedule if row is not None else None,
        policy=policy_of(row),
        next_due_at=row.next_due_at if row is not None else None,
        last_run_id=row.last_run_id if row is not None else None,
    )


def _settable(row: ChannelDrift) -> dict[str, Any]:
    return {"schedule": row.schedule, "policy": policy_of(row).model_dump()}

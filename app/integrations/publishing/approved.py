"""Carrying out an approved dry run: exactly what it predicted, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.core.uow import UnitOfWork
from app.integrations.context import RunContext
from app.integrations.publishing.plan import Change, NotPublishable
from app.runs.kinds import Outcome
from app.runs.models import RunItem


@dataclass(frozen=True)
class Approved:
    """What the plan says of a listing."""

    outcome: Outcome
    changes: list[Change]


async def approved_items(
    uow: UnitOfWork, context: RunContext, listing_ids: Sequence[UUID]
) -> Mapping[UUID, Approved] | None:
    """Return the plan's items of these listings; None for a run that carries out no plan."""
    plan = context.run.plan_run_id
    if plan is None:
        return None
    rows = await uow.session.scalars(
        select(RunItem).where(RunItem.run_id == plan, RunItem.subject_id.in_(listing_ids))
    )
    return {
        row.subject_id: Approved(Outcome(row.outcome), list(row.changes or []))
        for row in rows
        if row.subject_id is not None
    }


def stale(
    approved: Mapping[UUID, Approved] | None, listing_id: UUID, changes: Sequence[Change]
) -> NotPublishable | None:
    """Why a listing is left alone: it, or its product, is not what the plan has seen."""
    if approved is None:
        return None
    plan = approved.get(listing_id)
    if plan is not None and plan.outcome in (Outcome.CREATED, Outcome.UPDATED):
        moved = _differing(plan.changes, changes)
        if not moved:
            return None
        what = f"{', '.join(moved[:3])} changed since the dry run"
    else:
        what = "the dry run did not foresee this publication"
    text = f"Nothing was sent, because {what}. Run it again to see the present changes."
    return NotPublishable("plan_stale", text, None, Outcome.SKIPPED)


def _differing(plan: Sequence[Change], fresh: Sequence[Change]) -> list[str]:
    before = {row["field"]: (row["from"], row["to"]) for row in plan}
    now = {row["field"]: (row["from"], row["to"]) for row in fresh}
    fields = [*before, *(name for name in now if name not in before)]
    return [name for name in fields if before.get(name) != now.get(name)]

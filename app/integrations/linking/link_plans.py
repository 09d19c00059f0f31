"""What an approved dry run predicted, so that nothing else is carried out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.core.resources import Resources
from app.integrations.context import RunFacts
from app.runs.kinds import Outcome
from app.runs.models import RunItem
from app.runs.recording import ItemOutcome

PLAN_STALE = "plan_stale"


@dataclass(frozen=True)
class LinkPlan:
    """Changes by listing, as the plan's items tell them."""

    changes: Mapping[UUID, list[dict[str, Any]]]

    def agrees(self, item: ItemOutcome) -> bool:
        """Whether an item is what the plan said, old values and new ones."""
        if item.subject_id is None:
            return False
        planned = self.changes.get(item.subject_id, [])
        return _plain(planned) == _plain(item.changes or [])


def stale(item: ItemOutcome) -> ItemOutcome:
    """The item in place of one that the plan no longer fits; nothing is written for it."""
    return replace(
        item,
        outcome=Outcome.SKIPPED,
        code=PLAN_STALE,
        message="The store or the listing changed since the dry run. Make another one.",
        changes=None,
    )


async def load_plan(res: Resources, run: RunFacts) -> LinkPlan | None:
    """Return the plan that a run carries out, narrowed to the items that were chosen."""
    if run.plan_run_id is None:
        return None
    query = select(RunItem.subject_id, RunItem.changes).where(
        RunItem.run_id == run.plan_run_id, RunItem.subject_id.is_not(None)
    )
    chosen: Sequence[str] | None = run.params.get("item_ids")
    if chosen is not None:
        query = query.where(RunItem.id.in_([UUID(item_id) for item_id in chosen]))
    async with res.unit_of_work() as uow:
        rows = await uow.session.execute(query)
        return LinkPlan({subject: changes or [] for subject, changes in rows})


def _plain(changes: Sequence[Mapping[str, Any]]) -> list[str]:
    return sorted(json.dumps(change, sort_keys=True, default=str) for change in changes)

"""An approved dry run: exactly its changes are made, and only where they still hold."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app.core.uow import UnitOfWork
from app.integrations.context import RunFacts
from app.integrations.syncing.diff import VariantPlan
from app.integrations.syncing.items import skipped_item
from app.listings.writes import NewWrite
from app.listings.writes_models import Route
from app.runs.models import RunItem
from app.runs.recording import ItemOutcome

PLAN_STALE: Final = (
    "plan_stale",
    "Our values or the store's have changed since the dry run, so nothing was sent. Run it again.",
)
Changes = frozenset[tuple[str, str, str]]


@dataclass(frozen=True)
class Approved:
    """Changes that were approved, by listing and by the variant's id in the store."""

    changes: dict[UUID, dict[str, Changes]]

    def of(self, listing_id: UUID) -> dict[str, Changes]:
        """Those of one listing."""
        return self.changes.get(listing_id, {})

    def stale(
        self, plan: VariantPlan, whole: Sequence[NewWrite], shared: Collection[str] = ()
    ) -> ItemOutcome | None:
        """The item of a variant whose changes are not what was approved; None when they are.

        `shared` are prices of the product that another variant of it can no longer get.
        """
        approved = self.of(plan.known.row.listing_id).get(plan.known.row.external_id or "")
        now = _changes([write.change for write in [*plan.writes, *whole]])
        held_back = any(
            write.route is Route.PRODUCT and write.store_field in shared for write in plan.writes
        )
        if now == approved and not held_back:
            return None
        return skipped_item(plan.known.row, *PLAN_STALE)


async def approved_changes(uow: UnitOfWork, run: RunFacts) -> Approved | None:
    """Read what was approved; None when the run carries out no plan."""
    if run.plan_run_id is None:
        return None
    query = select(RunItem.subject_id, RunItem.external_id, RunItem.changes).where(
        RunItem.run_id == run.plan_run_id, RunItem.changes.is_not(None)
    )
    chosen = run.params.get("item_ids")
    if chosen is not None:
        query = query.where(RunItem.id.in_([UUID(item) for item in chosen]))
    found: dict[UUID, dict[str, Changes]] = {}
    for subject_id, external_id, changes in await uow.session.execute(query):
        if subject_id is not None and external_id is not None and changes:
            found.setdefault(subject_id, {})[external_id] = _changes(changes)
    return Approved(found)


def _changes(listed: Sequence[dict[str, Any]]) -> Changes:
    return frozenset(
        (str(change["field"]), repr(change["from"]), repr(change["to"])) for change in listed
    )

"""What a page of comparison found, written down and told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from uuid import UUID

from app.core.uow import UnitOfWork
from app.integrations.context import PageResult
from app.integrations.syncing.diff import VariantPlan
from app.integrations.syncing.drift_findings import SENTENCES, Drift, Policy, left_over, told
from app.integrations.syncing.items import skipped_item
from app.integrations.syncing.planning import PlanPage
from app.listings.drift import lock_prices
from app.listings.models import ListingVariant
from app.listings.repository import mark_deleted
from app.notifications.events import tell_drift_found
from app.runs.kinds import Outcome, RunMode
from app.runs.recording import ItemOutcome, LogLine


@dataclass
class DriftPage(PlanPage):
    """A page of comparison; saving it also adopts, marks what is gone, and at last tells of it."""

    policy: Policy = field(default_factory=Policy)
    found: Counter[str] = field(default_factory=Counter)
    """How much was found of each kind, on this page and those before."""
    locks: dict[UUID, dict[str, Decimal | None]] = field(default_factory=dict)
    gone: list[int] = field(default_factory=list)

    async def save(self, uow: UnitOfWork) -> PageResult:
        """Write down what was found; the last page of a run tells of all of it, once."""
        run = self.context.run
        if self.gone:
            await mark_deleted(uow, run.channel_id, self.gone)
        await lock_prices(uow, self.locks)
        if self.last and self.found and run.mode is RunMode.EXECUTE:
            await tell_drift_found(
                uow,
                run.account_id,
                run.channel_id,
                run.id,
                told(self.found, self.policy),
                settled=not left_over(self.found, self.policy),
            )
        return await super().save(uow)

    def tell(self, plan: VariantPlan, mine: Sequence[Drift]) -> None:
        """Report a variant's drift; with writes its item waits until they have arrived.

        An item says what was written; what is left as it is besides is in the log.
        """
        row = plan.known.row
        if not mine:
            self.items.append(unchanged_item(row))
            return
        kinds = {one.field: one.kind for one in mine}
        plan.writes = [
            replace(write, code=f"drift_{kind}", message=SENTENCES[kind])
            for write in plan.writes
            for kind in [kinds.get(write.field, "price")]
        ]
        written = {write.field for write in plan.writes}
        left = [one for one in mine if one.field not in written]
        name = row.sku or row.external_id
        self.log += [
            LogLine(f"{name}, {one.field}: {SENTENCES[one.kind]}", code=f"drift_{one.kind}")
            for one in left
        ]
        if plan.writes:
            self.add([plan], (), dry=self.context.run.mode is RunMode.DRY_RUN)
            return
        item = skipped_item(row, f"drift_{mine[0].kind}", SENTENCES[mine[0].kind])
        changes = [one.change for one in mine]
        self.items.append(replace(item, field=mine[0].field, changes=changes))


def missing_item(row: ListingVariant) -> ItemOutcome:
    """A variant whose product is gone."""
    return skipped_item(row, "drift_missing", SENTENCES["missing"])


def unchanged_item(row: ListingVariant) -> ItemOutcome:
    """A variant that is as we left it."""
    item = skipped_item(row, "", "")
    return replace(item, outcome=Outcome.UNCHANGED, code=None, message=None)

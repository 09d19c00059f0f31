"""Items of a sync: one per variant, whatever was written of it through whichever request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from app.integrations.syncing.diff import VariantPlan
from app.integrations.syncing.wanted import Problem
from app.listings.models import ListingVariant
from app.listings.writes import NewWrite
from app.listings.writes_models import ListingWrite, WriteStatus
from app.runs.kinds import Entity, Outcome
from app.runs.recording import ItemOutcome

LONGEST_MESSAGE: Final = 1000


def planned_item(plan: VariantPlan, whole: Sequence[NewWrite] = ()) -> ItemOutcome:
    """What a variant's plan amounts to; `whole` are writes of its product told of it."""
    writes = [*plan.writes, *whole]
    failed = [problem for problem in plan.problems if problem.failed]
    said: Problem | None = next(iter([*failed, *plan.problems, *plan.remarks]), None)
    if failed:
        outcome = Outcome.FAILED
    elif writes:
        outcome = Outcome.UPDATED
    else:
        outcome = Outcome.SKIPPED if said is not None else Outcome.UNCHANGED
    return ItemOutcome(
        Entity.VARIANT,
        plan.known.row.external_id,
        outcome,
        code=said.code if said else None,
        message=said.message if said else reasons_of(write.reason for write in writes),
        field=said.field if said else None,
        reference=plan.known.row.sku,
        subject_id=plan.known.row.listing_id,
        changes=[write.change for write in writes] or None,
    )


def reasons_of(reasons: Iterable[str | None]) -> str | None:
    """Why values are what they are, each reason once; None when nobody said."""
    told = " ".join(dict.fromkeys(reason for reason in reasons if reason))
    return told[:LONGEST_MESSAGE] or None


def settled_item(rows: Sequence[ListingWrite]) -> ItemOutcome:
    """What became of a variant of which nothing is open any more."""
    done = [row for row in rows if row.status == WriteStatus.DONE]
    failed = [row for row in rows if row.status == WriteStatus.FAILED]
    said = next(iter([*failed, *(row for row in rows if row.code is not None)]), None)
    outcome = Outcome.UPDATED if done else Outcome.SKIPPED
    return ItemOutcome(
        Entity.VARIANT,
        rows[0].variant_external_id,
        Outcome.FAILED if failed else outcome,
        code=said.code if said else None,
        message=said.message if said else reasons_of(row.reason for row in done),
        field=(said.field or None) if said else None,
        reference=rows[0].sku,
        subject_id=rows[0].listing_id,
        retryable=bool(failed) and all(row.retryable for row in failed),
        changes=[
            {"field": row.field, "from": row.before["shown"], "to": row.after["shown"]}
            for row in done
        ]
        or None,
    )


def skipped_item(
    row: ListingVariant, code: str, message: str, *, listing_id: UUID | None = None
) -> ItemOutcome:
    """A variant that was asked for and is left alone."""
    return ItemOutcome(
        Entity.VARIANT,
        row.external_id,
        Outcome.SKIPPED,
        code=code,
        message=message,
        reference=row.sku,
        subject_id=listing_id or row.listing_id,
    )

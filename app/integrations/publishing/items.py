"""Items of a publishing run."""

from __future__ import annotations

from collections.abc import Sequence

from app.integrations.publishing.plan import Change, NotPublishable, Remark, Source
from app.integrations.syncing.items import reasons_of
from app.runs.kinds import Entity, LogLevel, Outcome
from app.runs.recording import ItemOutcome, LogLine


def refused_item(source: Source, refusal: NotPublishable) -> ItemOutcome:
    """A listing that was not published."""
    return _item(
        source,
        refusal.outcome,
        [Remark(refusal.code, refusal.message, refusal.field)],
        external_number=source.listing.external_number,
        retryable=refusal.outcome is Outcome.FAILED,
    )


def published_item(
    source: Source,
    outcome: Outcome,
    remarks: Sequence[Remark],
    changes: Sequence[Change],
    external_number: int | None,
) -> ItemOutcome:
    """A listing that was published, or in a dry run would be."""
    return _item(
        source, outcome, remarks, external_number=external_number, changes=list(changes) or None
    )


def _item(
    source: Source,
    outcome: Outcome,
    remarks: Sequence[Remark],
    *,
    external_number: int | None,
    retryable: bool = False,
    changes: list[Change] | None = None,
) -> ItemOutcome:
    first = remarks[0] if remarks else None
    listing = source.listing
    return ItemOutcome(
        Entity.LISTING,
        str(external_number) if external_number is not None else None,
        outcome,
        code=first.code if first else None,
        message=reasons_of(remark.message for remark in remarks) or reasons_of(source.reasons),
        field=(first.field or "")[:200] or None if first else None,
        reference=(listing.sku or listing.title)[:300] or None,
        subject_id=listing.id,
        retryable=retryable,
        changes=changes,
    )


def lines_of(items: Sequence[ItemOutcome]) -> list[LogLine]:
    """Log lines of items that somebody should look at."""
    return [
        LogLine(
            f"Listing {item.reference or item.subject_id}: {item.message or item.code}",
            LogLevel.ERROR if item.outcome is Outcome.FAILED else LogLevel.WARNING,
            item.code,
        )
        for item in items
        if item.code is not None
    ]

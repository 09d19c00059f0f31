"""Answers about what was written to a store, and why a value is what it is."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from app.core.schemas import Id, Timestamp, View
from app.listings.writes_models import ListingWrite


class WriteView(View):
    """A value that a run wrote, or tried to."""

    id: Id
    run_id: Id
    listing_id: Id
    variant_id: Id | None
    field: str
    before: Any
    after: Any
    status: str
    code: str | None
    message: str | None
    reason: str | None
    sent_at: Timestamp | None
    settled_at: Timestamp | None


class StageView(View):
    """One stage on the way to a value."""

    stage: str
    sentence: str
    value: Any = None
    details: dict[str, Any] = Field(default_factory=dict)


class ExplanationView(View):
    """Where a value of a variant comes from, and what became of it in the store."""

    listing_id: Id
    variant_id: Id
    sku: str | None
    field: str
    wanted: Any
    """What the next sync would have in the store; null when it says nothing."""
    in_store: Any
    """What the store had at the last look or has acknowledged since."""
    inherited: bool
    stages: list[StageView]
    problems: list[dict[str, str]]
    sent: list[WriteView]
    """Newest first."""


def write_view(row: ListingWrite) -> WriteView:
    """Shape a write for an answer."""
    shown: dict[str, Any] = {
        name: getattr(row, name) for name in WriteView.model_fields if name not in _VALUES
    }
    return WriteView(**shown, before=row.before["shown"], after=row.after["shown"])


_VALUES = frozenset({"before", "after"})

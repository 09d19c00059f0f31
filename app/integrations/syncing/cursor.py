"""Where a sync stands; kept as JSON with the run."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from app.listings.writes import MOST_TARGETS
from app.listings.writes_models import Route


class SyncCursor(msgspec.Struct, frozen=True):
    """First everything is planned, listing by listing; then it is sent, request by request.

    `after` is the last listing that was planned; `targets` counts the objects of the store that
    will be written, by route; `location` is where stock is kept, of how many `places`, once that
    was looked up; `found` counts what a comparison found, by kind of drift.
    """

    phase: Literal["plan", "send"] = "plan"
    after: str | None = None
    targets: dict[str, int] = msgspec.field(default_factory=dict)
    location: int | None = None
    places: int = 1
    found: dict[str, int] = msgspec.field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The cursor as JSON values."""
        document: dict[str, Any] = msgspec.to_builtins(self)
        return document

    def counting(self, more: dict[Route, int]) -> dict[str, int]:
        """The targets with those of another page."""
        counted = dict(self.targets)
        for route, number in more.items():
            counted[route.value] = counted.get(route.value, 0) + number
        return counted


def estimate(targets: dict[str, int]) -> int:
    """How many requests the writes will take; stock needs one more to learn its location."""
    requests = sum(-(-number // MOST_TARGETS[Route(route)]) for route, number in targets.items())
    return requests + (1 if targets.get(Route.INVENTORY.value) else 0)

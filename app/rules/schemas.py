"""Bodies of the rule routes."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from app.core.schemas import Body, GivenId, Id, Timestamp, View
from app.rules.kinds import RuleKind, Subject

MAX_SUBJECTS = 200
EXAMPLE = {
    "base": {"kind": "markup", "on": "cost", "percent": 50},
    "rounding": {"mode": "ending", "value": "0.99"},
}
RuleName = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
Rank = Annotated[int, Field(ge=0, le=1_000_000)]


class RuleRequest(Body):
    """A new rule. Without `rank` it comes last; docs/rules.md shows definitions of each kind."""

    channel_id: GivenId
    kind: RuleKind
    name: RuleName
    definition: Annotated[dict[str, Any], Field(examples=[EXAMPLE])]
    rank: Rank | None = None
    enabled: bool = True


class RuleChange(Body):
    """New values of a rule; absent ones stay. Channel and kind are fixed.

    With `version` the change is made only if the rule still has that version.
    """

    channel_id: GivenId | None = None
    kind: RuleKind | None = None
    name: RuleName | None = None
    definition: dict[str, Any] | None = None
    rank: Rank | None = None
    enabled: bool | None = None
    version: Annotated[int, Field(ge=1, le=2_147_483_647)] | None = None


class ProblemView(View):
    """A finding that does not stop the rule."""

    field: str
    severity: str
    code: str
    message: str


class HitTotalsView(View):
    """How often the rule applied in all, and how often it changed something."""

    matched: int
    changed: int
    last_at: Timestamp | None


class RuleView(View):
    """A rule."""

    id: Id
    channel_id: Id
    kind: RuleKind
    name: str
    rank: int
    enabled: bool
    definition: dict[str, Any]
    version: int
    problems: list[ProblemView]
    hits: HitTotalsView
    created_at: Timestamp
    updated_at: Timestamp


class HitView(View):
    """What a rule did in one run, or for one order or listing."""

    id: Id
    subject: Subject
    subject_id: Id
    matched: int
    changed: int
    detail: str
    at: Timestamp


class RuleTrial(Body):
    """What to try a rule on; without anything the channel's first listings or latest orders.

    `skus` and `listing_ids` are for rules about listings, `order_ids` for rules about orders,
    `texts` for shipping mappings, `records` for any: nested as `{"listing": {…}, "listing_variant":
    {…}}` or `{"order": {…}, "line_items": […]}`. `definition` tries a draft in place of the
    rule's own.
    """

    skus: Annotated[list[str], Field(max_length=MAX_SUBJECTS)] | None = None
    listing_ids: Annotated[list[GivenId], Field(max_length=MAX_SUBJECTS)] | None = None
    order_ids: Annotated[list[GivenId], Field(max_length=MAX_SUBJECTS)] | None = None
    texts: Annotated[list[str], Field(max_length=MAX_SUBJECTS)] | None = None
    records: Annotated[list[dict[str, Any]], Field(max_length=MAX_SUBJECTS)] | None = None
    definition: dict[str, Any] | None = None


class ChangeView(View):
    """One field that the rule changes."""

    field: str
    from_: Any = Field(serialization_alias="from", validation_alias="from")
    to: Any


class StepView(View):
    """A step on the way to a value, with the value after it."""

    what: str
    value: str


class TrialResult(View):
    """What the rule does with one subject."""

    reference: str
    subject_id: Id | None = None
    matched: bool
    before: dict[str, Any]
    after: dict[str, Any]
    changes: list[ChangeView]
    code: str | None
    """Why no value may be sent; null when there is no such reason."""
    reason: str
    steps: list[StepView]


class TrialAnswer(View):
    """What the rule does with each subject, and how many it concerns."""

    results: list[TrialResult]
    matched: int
    changed: int

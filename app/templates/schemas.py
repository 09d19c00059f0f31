"""Bodies of the template routes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from app.channels.kinds import IntegrationType
from app.core.schemas import Body, GivenId, Id, Timestamp, View
from app.templates.kinds import TemplateKind

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Mappings = dict[str, Any]


class TemplateRequest(Body):
    """A template to create; also the whole new content on PUT."""

    name: Name
    integration: TemplateKind
    mappings: Mappings


class CopyRequest(Body):
    """How to name a copy; by default the name is counted on."""

    name: Name | None = None


class UseView(View):
    """An integration that a template is attached to."""

    channel_id: Id
    integration: IntegrationType


class TemplateView(View):
    """A template with the mappings of its present version."""

    id: Id
    name: str
    integration: TemplateKind
    mappings: Mappings
    version: int
    is_default: bool
    in_use_by: list[UseView]
    created_at: Timestamp
    updated_at: Timestamp


class VersionSummary(View):
    """One version of a template, without its mappings."""

    version: int
    actor: str
    created_at: Timestamp


class VersionView(VersionSummary):
    """One version of a template."""

    mappings: Mappings


class ProblemView(View):
    """One finding about a target field."""

    field: str
    severity: Literal["error", "warning", "info"]
    code: str
    message: str


class LintView(View):
    """What the linter has to say; an empty list is the best it can."""

    problems: list[ProblemView]


class FieldList(View):
    """The fields that a template of an integration may read and fill."""

    source: list[dict[str, Any]]
    target: list[dict[str, Any]]


class PreviewRequest(Body):
    """One record, one live record of the store, or many records: exactly one of the three.

    A record has its groups as objects (lists where a group repeats) or its keys flat.
    `mappings`, when given, is tried in place of the saved ones.
    """

    record: dict[str, Any] | None = None
    records: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=1000)] | None = None
    external_id: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    channel_id: GivenId | None = None
    mappings: Mappings | None = None


class PreviewProblem(ProblemView):
    """A finding in one record; `entry` counts from 0 inside a repeated group."""

    entry: int | None


class FieldPreview(View):
    """A target's value and how it came about."""

    value: Any
    cleared: bool
    added: bool
    kind: str
    source: str | None
    steps: list[str]
    rules: list[str]
    sets: list[dict[str, Any]]
    rates: list[dict[str, Any]]


class RecordPreview(View):
    """What one record becomes; `record` is what was fetched from the store, if it was.

    Targets stand under their key. A repeated group given as a list stands under the group's name
    as a list of objects keyed by the part after the dot.
    """

    outcome: Literal["mapped", "skipped", "failed"]
    reason: str
    result: dict[str, Any]
    problems: list[PreviewProblem]
    fields: dict[str, FieldPreview | list[dict[str, FieldPreview]]]
    record: dict[str, Any] | None = None


class RuleCount(View):
    """How often a rule held, and how often the target came out otherwise for it."""

    rule: str
    matched: int
    changed: int


class TargetCount(View):
    """What the rules of one target did."""

    target: str
    evaluated: int
    no_match: int
    rules: list[RuleCount]


class RecordCounts(View):
    """How the records ended."""

    records: int
    mapped: int
    skipped: int
    failed: int
    with_errors: int


class CountedProblem(ProblemView):
    """A finding with the number of times it came up; null for the template's own."""

    count: int | None


class UnmatchedValue(View):
    """A value that a mapping set does not list."""

    mapping_set_id: str
    value: str
    count: int


class BadRecord(View):
    """One of the worst records; `index` counts from 0 in the request."""

    index: int
    outcome: Literal["mapped", "skipped", "failed"]
    reason: str
    error_count: int
    problems: list[ProblemView]
    result: dict[str, Any]


class RecordsPreview(View):
    """What many records become, in numbers."""

    counts: RecordCounts
    rules: list[TargetCount]
    problems: list[CountedProblem]
    unmatched: list[UnmatchedValue]
    worst: list[BadRecord]

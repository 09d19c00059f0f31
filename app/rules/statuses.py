"""The status that a channel's rules want a listing to have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from app.mapping.engine.context import Context
from app.rules.definitions import ListingStatusDefinition
from app.rules.reading import ActiveRule


@dataclass(frozen=True, slots=True)
class StatusDecision:
    """What the deciding rule says, in words for people."""

    to: Literal["listed", "hidden", "paused", "delisted"]
    rule_id: UUID
    rule_name: str
    reason: str


def decide_status(
    rules: Sequence[ActiveRule], record: Mapping[str, Any], context: Context
) -> StatusDecision | None:
    """Return the decision of the last rule that applies to a nested listing; None: no opinion."""
    decision: StatusDecision | None = None
    for rule in rules:
        definition = rule.definition
        if isinstance(definition, ListingStatusDefinition) and rule.applies(record, context):
            reason = f"Rule “{rule.name}” wants the listing to be {definition.to}."
            decision = StatusDecision(definition.to, rule.id, rule.name, reason)
    return decision

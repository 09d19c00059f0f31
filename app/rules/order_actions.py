"""What a channel's rules do with an order that comes in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.mapping.engine.context import Context
from app.rules.definitions import Alert, Cancel, Hold, Note, OrderImportDefinition, Tag
from app.rules.reading import ActiveRule


@dataclass(frozen=True, slots=True)
class OrderActions:
    """Everything that rules ask for, each thing once, in the order of the rules.

    `matched` are the ids of the rules whose condition held.
    """

    hold_reasons: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    cancelled_by: str | None = None
    """Name of the first rule that cancels."""
    matched: tuple[UUID, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def cancel(self) -> bool:
        """Whether the order is to be cancelled here."""
        return self.cancelled_by is not None


def apply_order_rules(
    rules: Sequence[ActiveRule], record: Mapping[str, Any], context: Context
) -> OrderActions:
    """Return what is to be done with a nested order; it may have been applied before."""
    holds: dict[str, None] = {}
    tags: dict[str, None] = {}
    notes: dict[str, None] = {}
    alerts: dict[str, None] = {}
    cancelled_by: str | None = None
    matched: list[UUID] = []
    reasons: list[str] = []
    for rule in rules:
        definition = rule.definition
        if not isinstance(definition, OrderImportDefinition):
            continue
        if not rule.applies(record, context):
            continue
        matched.append(rule.id)
        done = ", ".join(action.do for action in definition.actions)
        reasons.append(f"Rule “{rule.name}” applies: {done}.")
        for action in definition.actions:
            match action:
                case Hold():
                    holds[action.reason] = None
                case Tag():
                    tags[action.tag] = None
                case Note():
                    notes[action.text] = None
                case Alert():
                    alerts[action.message] = None
                case Cancel():
                    cancelled_by = cancelled_by or rule.name
    return OrderActions(
        tuple(holds),
        tuple(tags),
        tuple(notes),
        tuple(alerts),
        cancelled_by,
        tuple(matched),
        tuple(reasons),
    )

"""Which shipping policy a text of the store's checkout stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.mapping.engine.patterns import compiled_pattern
from app.rules.definitions import Match, ShippingMappingDefinition
from app.rules.reading import ActiveRule

NO_SHIPPING_POLICY = "no_shipping_policy"
"""Reason of a hold: no mapping knows the order's shipping text."""


@dataclass(frozen=True, slots=True)
class ShippingChoice:
    """The policy and what chose it; `hold` when mappings exist and none of them fits."""

    policy: str | None
    hold: bool = False
    rule_id: UUID | None = None
    rule_name: str = ""
    reason: str = ""


def shipping_policy(rules: Sequence[ActiveRule], method_text: str | None) -> ShippingChoice:
    """Return the policy of the first match over all rules, else of the first default.

    Without any shipping mapping nothing is chosen and nothing held.
    """
    mappings = [
        (rule, rule.definition)
        for rule in rules
        if isinstance(rule.definition, ShippingMappingDefinition)
    ]
    if not mappings:
        return ShippingChoice(None, reason="The channel has no shipping mapping.")
    text = " ".join((method_text or "").split())
    for rule, definition in mappings:
        for match in definition.matches:
            if text and _fits(match, text):
                reason = f"“{text}” fits “{match.text}” ({match.match}) of “{rule.name}”."
                return ShippingChoice(match.policy, False, rule.id, rule.name, reason)
    for rule, definition in mappings:
        if definition.default is not None:
            reason = f"Nothing fits “{text}”; “{rule.name}” has a default."
            return ShippingChoice(definition.default, False, rule.id, rule.name, reason)
    reason = f"No shipping mapping knows “{text}”. Add one, or a default."
    return ShippingChoice(None, True, reason=reason)


def _fits(match: Match, text: str) -> bool:
    if match.match == "regex":
        pattern = compiled_pattern(match.text, case_sensitive=match.case_sensitive)
        return pattern.search(text) is not None
    wanted, given = " ".join(match.text.split()), text
    if not match.case_sensitive:
        wanted, given = wanted.casefold(), given.casefold()
    return wanted == given if match.match == "exact" else wanted in given

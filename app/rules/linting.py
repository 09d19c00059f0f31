"""What is wrong with a definition beyond its form."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any
from uuid import UUID

import re2

from app.core.errors import FieldProblem
from app.mapping.engine.patterns import compiled_pattern
from app.mapping.lint.pricing import lint_pricing
from app.mapping.problems import Problem
from app.mapping.values import as_text
from app.rules.definitions import (
    AmountTier,
    Definition,
    InvoiceAdjustmentDefinition,
    Match,
    PricingDefinition,
    QuantityDefinition,
    ShippingMappingDefinition,
    TieredAmount,
)
from app.rules.errors import RuleInvalid
from app.rules.kinds import RuleKind
from app.rules.reading import DefinitionInvalid, compile_rule

_NOBODY = UUID(int=0)


def check_definition(kind: RuleKind, name: str, raw: dict[str, Any]) -> list[Problem]:
    """Return warnings; raises `RuleInvalid` with a sentence for each error."""
    try:
        rule = compile_rule(_NOBODY, name, kind, raw)
    except DefinitionInvalid as error:
        raise RuleInvalid.found(error.problems) from error
    problems = lint(rule.definition)
    errors = [
        FieldProblem(field=f"definition.{item.field}", code=item.code, message=item.message)
        for item in problems
        if item.severity == "error"
    ]
    if errors:
        raise RuleInvalid.found(errors)
    return problems


def lint(definition: Definition) -> list[Problem]:
    """Findings about a definition of the right form."""
    if isinstance(definition, PricingDefinition):
        return lint_pricing(definition)
    if isinstance(definition, ShippingMappingDefinition):
        return _shipping_problems(definition)
    if isinstance(definition, InvoiceAdjustmentDefinition) and isinstance(
        definition.amount, TieredAmount
    ):
        return _tier_problems(definition.amount.tiers)
    if isinstance(definition, QuantityDefinition):
        return _quantity_problems(definition)
    return []


def _quantity_problems(definition: QuantityDefinition) -> list[Problem]:
    said = "recent_sales_minutes" in definition.model_fields_set
    if not said or definition.subtract_recent_sales:
        return []
    message = (
        "Minutes are given, but recent sales are not subtracted. Set `subtract_recent_sales`, or "
        "leave the minutes out."
    )
    return [Problem("recent_sales_minutes", "warning", "without_effect", message)]


def _shipping_problems(definition: ShippingMappingDefinition) -> list[Problem]:
    problems: list[Problem] = []
    seen: dict[tuple[str, str], int] = {}
    for place, match in enumerate(definition.matches):
        field = f"matches.{place}.text"
        if match.match == "regex":
            try:
                compiled_pattern(match.text, case_sensitive=match.case_sensitive)
            except re2.error:
                message = f"“{match.text}” is not a pattern. Correct it, or use `contains`."
                problems.append(Problem(field, "error", "invalid_pattern", message))
            continue
        if not match.text.strip():
            message = "White space alone fits every text or none. Write the text of a method."
            problems.append(Problem(field, "error", "empty_text", message))
            continue
        earlier = _decided_before(match, definition.matches[:place])
        key = (match.match, match.text.casefold())
        if key in seen:
            message = f"“{match.text}” stands in the list twice; the second is never reached."
            problems.append(Problem(field, "error", "duplicate_match", message))
        elif earlier is not None:
            message = f"“{match.text}” is never reached: “{earlier.text}” comes before it."
            problems.append(Problem(field, "warning", "unreachable_match", message))
        seen.setdefault(key, place)
    return problems


def _decided_before(match: Match, earlier: Sequence[Match]) -> Match | None:
    text = match.text.casefold()
    for other in earlier:
        if other.match == "contains" and not other.case_sensitive and other.text.casefold() in text:
            return other
    return None


def _tier_problems(tiers: Sequence[AmountTier]) -> list[Problem]:
    place = "amount.tiers"
    problems = [
        Problem(
            place,
            "error",
            "tier_empty",
            f"The tier from {as_text(tier.from_)} ends at {as_text(tier.to)}, before it begins. "
            "Exchange the two numbers.",
        )
        for tier in tiers
        if tier.to is not None and tier.to <= tier.from_
    ]
    ordered = sorted(tiers, key=lambda tier: tier.from_)
    for lower, upper in pairwise(ordered):
        if lower.to is None or lower.to > upper.from_:
            message = (
                f"Two tiers cover {as_text(upper.from_)}. End the one from "
                f"{as_text(lower.from_)} there."
            )
            problems.append(Problem(place, "error", "tiers_overlap", message))
        elif lower.to < upper.from_:
            message = (
                f"No tier covers {as_text(lower.to)} to {as_text(upper.from_)}: nothing is added "
                "there. Close the gap, if that is not meant."
            )
            problems.append(Problem(place, "warning", "tiers_gap", message))
    return problems

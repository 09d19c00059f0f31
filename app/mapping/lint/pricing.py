"""Checks of price rules: tiers without gaps or overlaps, discounts that leave something."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Final

from app.mapping.pricing_rules import Base, Discount, PricingRule, Tier, Tiers
from app.mapping.problems import Problem
from app.mapping.values import as_text

HUNDRED: Final = Decimal(100)


def lint_pricing(rule: PricingRule) -> list[Problem]:
    """Tiers that overlap, leave gaps or have no values in them."""
    bases: list[tuple[str, Base]] = [("base", rule.base)]
    bases += [(f"overrides.{n}.base", o.base) for n, o in enumerate(rule.overrides)]
    problems = [
        problem
        for place, base in bases
        if isinstance(base, Tiers)
        for problem in _tier_problems(f"{place}.tiers", base.tiers)
    ]
    for place, base in bases:
        if isinstance(base, Discount) and base.percent is not None and base.percent >= HUNDRED:
            message = "A discount of 100 percent or more leaves no price. Lower it."
            problems.append(Problem(f"{place}.percent", "error", "discount_too_high", message))
    return problems


def _tier_problems(place: str, tiers: Sequence[Tier]) -> list[Problem]:
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
    if ordered[0].from_ > 0:
        problems.append(_gap(place, Decimal(0), ordered[0].from_))
    for lower, upper in pairwise(ordered):
        if lower.to is None or lower.to > upper.from_:
            problems.append(
                Problem(
                    place,
                    "error",
                    "tiers_overlap",
                    f"Two tiers cover {as_text(upper.from_)}. End the one from "
                    f"{as_text(lower.from_)} there.",
                )
            )
        elif lower.to < upper.from_:
            problems.append(_gap(place, lower.to, upper.from_))
    if ordered[-1].to is not None:
        message = (
            f"No tier covers {as_text(ordered[-1].to)} and more. Leave the end of the last tier "
            "open, if that is not meant."
        )
        problems.append(Problem(place, "warning", "tiers_end", message))
    return problems


def _gap(place: str, low: Decimal, high: Decimal) -> Problem:
    message = f"No tier covers {as_text(low)} to {as_text(high)}. Close the gap."
    return Problem(place, "error", "tiers_gap", message)

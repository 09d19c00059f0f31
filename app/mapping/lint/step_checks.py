"""Checks of the steps: arithmetic that cannot work, units that do not belong, dead ends."""

import re
from typing import Final

from app.mapping import units
from app.mapping.catalogue import Field, FieldType
from app.mapping.conditions import FieldReference
from app.mapping.lint.findings import Entry, Findings, Surroundings, leaves
from app.mapping.mapping import FromField, FromSet, FromValue
from app.mapping.steps import (
    Affix,
    Arithmetic,
    Clamp,
    ConvertCurrency,
    ConvertUnit,
    Round,
    Step,
    Stop,
    Truncate,
)

CURRENCY: Final = re.compile(r"^[A-Za-z]{3}$")
DIMENSIONS: Final = {FieldType.WEIGHT: "weight", FieldType.LENGTH: "length"}


def check_steps(entry: Entry, around: Surroundings, findings: Findings) -> None:
    """Every step of every leaf; then what the leaf as a whole does to units."""
    for leaf in leaves(entry.mapping):
        for position, step in enumerate(leaf.steps):
            _check_step(step, entry, findings)
            if isinstance(step, Stop) and position + 1 < len(leaf.steps):
                findings.add(
                    entry.key,
                    "warning",
                    "unreachable_step",
                    f"The steps after “{step.do}” never run. Remove them.",
                )
            if isinstance(step, Stop) and leaf is entry.mapping:
                findings.add(
                    entry.key,
                    "error",
                    "stops_everything",
                    f"“{step.do}” without a condition stops every record. Put it into a rule.",
                )
        _check_units(leaf, entry, around, findings)


def _check_step(step: Step, entry: Entry, findings: Findings) -> None:
    match step:
        case Arithmetic():
            _check_arithmetic(step, entry, findings)
        case Clamp():
            low, high = step.min, step.max
            if _above(low, high):
                findings.add(
                    entry.key,
                    "error",
                    "clamp_bounds",
                    "The lower bound is above the upper bound. Exchange them.",
                )
            if low is None and high is None:
                findings.add(
                    entry.key, "warning", "step_without_effect", "“clamp” has no bounds. Give one."
                )
        case Truncate() | Affix():
            _check_length(step, entry, findings)
        case Round():
            if entry.field.type is FieldType.MONEY and step.places > 4:
                findings.add(
                    entry.key,
                    "info",
                    "places_not_kept",
                    f"{entry.field.label} keeps 4 decimal places, not {step.places}.",
                )
        case ConvertCurrency():
            _check_currency(step, entry, findings)


def _above(low: object, high: object) -> bool:
    if low is None or high is None:
        return False
    if isinstance(low, FieldReference) or isinstance(high, FieldReference):
        return False
    return bool(low > high)  # type: ignore[operator]  # both are decimals here


def _check_arithmetic(step: Arithmetic, entry: Entry, findings: Findings) -> None:
    if isinstance(step.value, FieldReference):
        return
    if step.do == "divide" and step.value == 0:
        findings.add(
            entry.key,
            "error",
            "division_by_zero",
            "Dividing by zero has no result. Correct the number.",
        )
    elif step.do == "multiply" and step.value == 0:
        findings.add(
            entry.key,
            "warning",
            "always_zero",
            f"Multiplying by zero makes {entry.field.label} 0 everywhere. Correct the number.",
        )
    elif step.do == "multiply" and step.value < 0 and entry.field.type is FieldType.MONEY:
        findings.add(
            entry.key,
            "warning",
            "negative_factor",
            f"A negative factor makes {entry.field.label} negative. Correct the number.",
        )


def _check_length(step: Truncate | Affix, entry: Entry, findings: Findings) -> None:
    limit = entry.field.max_length
    if limit is None:
        return
    if isinstance(step, Truncate) and step.length > limit:
        findings.add(
            entry.key,
            "warning",
            "truncate_too_long",
            f"{entry.field.label} takes at most {limit} characters, but the text is cut at "
            f"{step.length}. Cut it at {limit}.",
        )
    elif isinstance(step, Truncate) and len(step.ellipsis) >= step.length:
        findings.add(
            entry.key,
            "warning",
            "nothing_left",
            "Nothing is left of the text beside the ellipsis. Cut later.",
        )
    elif isinstance(step, Affix) and len(step.text) > limit:
        findings.add(
            entry.key,
            "error",
            "too_long",
            f"The text of “{step.do}” alone is longer than the {limit} characters that "
            f"{entry.field.label} takes. Shorten it.",
        )


def _check_currency(step: ConvertCurrency, entry: Entry, findings: Findings) -> None:
    for code in (step.from_, step.to):
        if isinstance(code, str) and not CURRENCY.match(code.strip()):
            findings.add(
                entry.key,
                "error",
                "bad_currency",
                f"“{code}” is not a currency code. Use three letters such as USD.",
            )
    if step.rate is not None and not isinstance(step.rate, FieldReference) and step.rate <= 0:
        findings.add(
            entry.key,
            "error",
            "bad_rate",
            "An exchange rate must be above zero. Correct it.",
        )
    if step.rate is None and step.from_ is None:
        findings.add(
            entry.key,
            "error",
            "currency_unknown",
            "The currency to convert from is not given. Add “from” or a rate.",
        )
    if isinstance(step.from_, str) and step.from_ == step.to:
        findings.add(
            entry.key,
            "warning",
            "step_without_effect",
            f"Converting from {step.from_} to itself changes nothing. Remove the step.",
        )


def _check_units(
    leaf: FromField | FromValue | FromSet, entry: Entry, around: Surroundings, findings: Findings
) -> None:
    conversions = [step for step in leaf.steps if isinstance(step, ConvertUnit)]
    wanted = DIMENSIONS.get(entry.field.type)
    for step in conversions:
        names = [units.unit_of(name) for name in (step.from_, step.to)]
        kinds = {units.dimension_of(name) for name in names if name}
        if wanted and kinds and kinds != {wanted}:
            findings.add(
                entry.key,
                "error",
                "unit_mismatch",
                f"{entry.field.label} is a {wanted}, but the step converts "
                f"“{step.from_}” to “{step.to}”. Correct the units.",
            )
            return
    if wanted and conversions:
        _check_last_unit(conversions[-1], wanted, entry.field, entry, findings)
    elif wanted and isinstance(leaf, FromField):
        _check_unconverted(leaf, wanted, entry, around, findings)
    if len(conversions) > 1 and conversions[0] == conversions[1]:
        findings.add(
            entry.key,
            "warning",
            "converted_twice",
            f"{entry.field.label} is converted twice in the same way. Remove one step.",
        )


def _check_last_unit(
    step: ConvertUnit, wanted: str, target: Field, entry: Entry, findings: Findings
) -> None:
    own = "kg" if wanted == "weight" else "cm"
    in_store = target.group.startswith("bigcommerce_")
    last = units.unit_of(step.to) or step.to.strip().lower()
    kept_in_store_units = target.group == "line_item"
    if in_store or kept_in_store_units or last == own:
        return
    findings.add(
        entry.key,
        "warning",
        "unexpected_unit",
        f"{target.label} is kept in {own}, but the step ends in “{step.to}”. Convert to {own}.",
    )


def _check_unconverted(
    leaf: FromField, wanted: str, entry: Entry, around: Surroundings, findings: Findings
) -> None:
    name = around.weight_unit if wanted == "weight" else around.dimension_unit
    own = "kg" if wanted == "weight" else "cm"
    store = units.unit_of(name) if name else None
    source = around.catalogue.source(leaf.source)
    if source is None or source.type not in DIMENSIONS or entry.field.group == "line_item":
        return
    if store is not None and store != own:
        findings.add(
            entry.key,
            "warning",
            "unit_not_converted",
            f"The store measures {wanted} in {store}, Quayside in {own}, and {source.label} is "
            "taken as it is. Add a “convert_unit” step.",
        )

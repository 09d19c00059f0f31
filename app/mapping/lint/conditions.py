"""Checks of single conditions: operators that fit the field, operands that can be met."""

from decimal import Decimal
from typing import Final

from app.mapping.catalogue import Field
from app.mapping.catalogue.fields import LIST_TYPES, NUMBER_TYPES, FieldType
from app.mapping.conditions import (
    DURATIONS,
    UNARY,
    AllOf,
    Comparison,
    Condition,
    FieldReference,
    NotOf,
    comparisons,
)
from app.mapping.lint.findings import Entry, Findings, Surroundings, rule_lists
from app.mapping.values import as_text, datetime_or_none, decimal_or_none, is_blank, shortened

ORDERED: Final = frozenset({"gt", "gte", "lt", "lte", "between"})
TEXTUAL: Final = frozenset({"starts_with", "ends_with", "matches"})
EQUALITIES: Final = frozenset({"equals", "in"})


def check_conditions(entry: Entry, around: Surroundings, findings: Findings) -> None:
    """Every condition of every rule."""
    for rules in rule_lists(entry.mapping):
        for number, rule in enumerate(rules.rules, start=1):
            if rule.when is None:
                continue
            for comparison in comparisons(rule.when):
                _check_comparison(comparison, number, entry, around, findings)
            contradiction = never_true(rule.when)
            if contradiction:
                findings.add(
                    entry.key,
                    "error",
                    "rule_never_true",
                    f"Rule {number} can never apply: {contradiction} Correct or remove it.",
                )


def _check_comparison(
    comparison: Comparison, number: int, entry: Entry, around: Surroundings, findings: Findings
) -> None:
    source = around.catalogue.source(comparison.field)
    label = source.label if source else comparison.field
    if comparison.op in UNARY:
        return
    if comparison.value is None:
        findings.add(
            entry.key,
            "error",
            "condition_without_value",
            f"Rule {number} compares {label} with nothing, which is never true. "
            "Give a value, or use “exists” or “is_empty”.",
        )
        return
    if source is None or source.named:
        return
    fault = _misfit(comparison, source)
    if fault:
        findings.add(entry.key, "error", "condition_type", f"Rule {number}: {fault}")
    hint = _outside_choices(comparison, source)
    if hint:
        findings.add(entry.key, "warning", "condition_value", f"Rule {number}: {hint}")


def _misfit(comparison: Comparison, source: Field) -> str:
    op, kind = comparison.op, source.type
    if op in DURATIONS and kind is not FieldType.DATETIME:
        return f"{source.label} is not a date, so “{op}” is never true. Choose a date field."
    if op in ORDERED and kind in LIST_TYPES | {FieldType.BOOLEAN, FieldType.HTML}:
        return f"{source.label} cannot be greater or less than something. Choose another field."
    values = comparison.value if isinstance(comparison.value, tuple) else (comparison.value,)
    constants = [value for value in values if not isinstance(value, FieldReference)]
    if kind in NUMBER_TYPES and op in ORDERED | EQUALITIES | {"not_equals", "not_in"}:
        wrong = [value for value in constants if decimal_or_none(value) is None]
        if wrong:
            return (
                f"{source.label} is a number and is compared with “{as_text(wrong[0])}”. "
                "Enter a number without currency or unit."
            )
    if kind is FieldType.DATETIME and op in ORDERED:
        wrong = [value for value in constants if datetime_or_none(value) is None]
        if wrong:
            return (
                f"{source.label} is a date and is compared with “{as_text(wrong[0])}”. "
                "Enter a date such as 2026-01-31."
            )
    return ""


def _outside_choices(comparison: Comparison, source: Field) -> str:
    if not source.enumeration or comparison.op not in EQUALITIES:
        return ""
    values = comparison.value if isinstance(comparison.value, tuple) else (comparison.value,)
    known = {choice.casefold() for choice in source.enumeration}
    for value in values:
        if isinstance(value, str) and value.casefold() not in known:
            return (
                f"{source.label} is never “{shortened(value)}”; it is one of "
                f"{', '.join(source.enumeration)}."
            )
    return ""


def never_true(condition: Condition) -> str:
    """Why a condition can never hold, or an empty text when it may."""
    if isinstance(condition, Comparison):
        return _empty_range(condition)
    if isinstance(condition, NotOf):
        return "it negates what always holds." if always_true(condition.not_) else ""
    if isinstance(condition, AllOf):
        inner = next((reason for part in condition.all if (reason := never_true(part))), "")
        return inner or _contradiction(condition)
    if not condition.any:
        return "it has no conditions."
    reasons = [never_true(part) for part in condition.any]
    return reasons[0] if all(reasons) else ""


def always_true(condition: Condition) -> bool:
    """True for conditions that hold whatever the record says."""
    if isinstance(condition, AllOf):
        return all(always_true(part) for part in condition.all)
    if isinstance(condition, Comparison):
        return False
    if isinstance(condition, NotOf):
        return bool(never_true(condition.not_))
    return any(always_true(part) for part in condition.any)


def _empty_range(comparison: Comparison) -> str:
    value = comparison.value
    if comparison.op == "between" and isinstance(value, tuple) and len(value) == 2:
        low, high = (None if isinstance(v, FieldReference) else decimal_or_none(v) for v in value)
        if low is not None and high is not None and low > high:
            return f"{as_text(low)} is above {as_text(high)}."
    if comparison.op == "in" and isinstance(value, tuple) and not value:
        return "its list is empty."
    return ""


def _contradiction(condition: AllOf) -> str:
    """Two demands on one field that exclude each other."""
    fixed: dict[str, str] = {}
    low: dict[str, Decimal] = {}
    high: dict[str, Decimal] = {}
    absent = {
        part.not_.field
        for part in condition.all
        if isinstance(part, NotOf)
        and isinstance(part.not_, Comparison)
        and part.not_.op == "exists"
    }
    for part in condition.all:
        if not isinstance(part, Comparison) or isinstance(part.value, FieldReference):
            continue
        if part.field in absent and part.op not in ("is_empty", "not_equals", "not_contains"):
            return "it wants a field to be missing and to have a value."
        if part.op == "equals" and not is_blank(part.value):
            text = as_text(part.value).casefold()
            if fixed.setdefault(part.field, text) != text:
                return f"a field cannot be “{fixed[part.field]}” and “{text}” at once."
        number = decimal_or_none(part.value) if part.op in ORDERED else None
        if number is not None and part.op in ("gt", "gte"):
            low[part.field] = number
        elif number is not None and part.op in ("lt", "lte"):
            high[part.field] = number
    for field, lower in low.items():
        upper = high.get(field)
        if upper is not None and lower > upper:
            return f"a number cannot be above {as_text(lower)} and below {as_text(upper)}."
    return ""

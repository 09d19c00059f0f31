"""Conditions compiled to functions.

A comparison with a missing value is false and its negation true; `exists` alone tells a missing
value from an empty one. `is_empty` holds for missing, blank and empty-list values.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import re2

from app.mapping.catalogue.fields import FieldType
from app.mapping.conditions import (
    AllOf,
    AnyOf,
    Comparison,
    FieldReference,
    NotOf,
    duration_of,
)
from app.mapping.engine.compare import elements, equal, folded, order
from app.mapping.engine.context import Reader, Record, Run, Test
from app.mapping.engine.patterns import compiled_pattern
from app.mapping.engine.read import Scope, reader
from app.mapping.errors import TemplateInvalid
from app.mapping.values import as_text, datetime_or_none, is_absent, is_blank

Predicate = Callable[[object, Record, Run], bool]

NEGATIONS: Final = {"not_equals": "equals", "not_contains": "contains", "not_in": "in"}
TEXT_TESTS: Final[dict[str, Callable[[str, str], bool]]] = {
    "contains": lambda text, part: part in text,
    "starts_with": lambda text, part: text.startswith(part),
    "ends_with": lambda text, part: text.endswith(part),
}
ORDERINGS: Final = {
    "gt": (1,),
    "gte": (0, 1),
    "lt": (-1,),
    "lte": (-1, 0),
}


def compile_condition(condition: AllOf | AnyOf | NotOf | Comparison, scope: Scope) -> Test:
    """A condition as a function of the record; raises TemplateInvalid for bad operands."""
    if isinstance(condition, Comparison):
        return _comparison(condition, scope)
    if isinstance(condition, NotOf):
        inner = compile_condition(condition.not_, scope)
        return lambda record, run: not inner(record, run)
    if isinstance(condition, AllOf):
        parts = tuple(compile_condition(part, scope) for part in condition.all)
        return lambda record, run: all(part(record, run) for part in parts)
    parts = tuple(compile_condition(part, scope) for part in condition.any)
    return lambda record, run: any(part(record, run) for part in parts)


def _comparison(comparison: Comparison, scope: Scope) -> Test:
    read = reader(comparison.field, scope)
    wanted = comparison.value is not False
    if comparison.op == "exists":
        return lambda record, run: is_absent(read(record, run)) is not wanted
    if comparison.op == "is_empty":
        return lambda record, run: is_blank(read(record, run)) is wanted
    negated = comparison.op in NEGATIONS
    holds = _quantified(comparison, _predicate(comparison, scope))

    def test(record: Record, run: Run) -> bool:
        value = read(record, run)
        if value is None or is_absent(value):
            return negated
        return holds(value, record, run) is not negated

    return test


def _quantified(comparison: Comparison, predicate: Predicate) -> Predicate:
    quantifier = all if comparison.match == "all" else any

    def holds(value: object, record: Record, run: Run) -> bool:
        parts = elements(value)
        if parts is None:
            return predicate(value, record, run)
        return bool(parts) and quantifier(predicate(part, record, run) for part in parts)

    return holds


def _predicate(comparison: Comparison, scope: Scope) -> Predicate:
    op = NEGATIONS.get(comparison.op, comparison.op)
    kind = _element_type(scope.type_of(comparison.field))
    case = comparison.case_sensitive
    if op in ("older_than", "within_last"):
        return _age(comparison, scope)
    if op == "matches":
        return _matches(comparison, scope)
    if op == "in":
        return _member(comparison, scope, kind)
    if op == "between":
        return _between(comparison, scope, kind)
    right = operand(comparison.value, scope)
    if op == "equals":
        return lambda value, record, run: equal(value, right(record, run), kind, case=case)
    if op in ORDERINGS:
        wanted = ORDERINGS[op]
        return lambda value, record, run: order(value, right(record, run), kind) in wanted
    within = TEXT_TESTS[op]

    def text_test(value: object, record: Record, run: Run) -> bool:
        other = right(record, run)
        if is_absent(other):
            return False
        return within(folded(value, case=case), folded(other, case=case))

    return text_test


def _element_type(kind: FieldType | None) -> FieldType | None:
    return FieldType.STRING if kind and kind.value.startswith("list_of") else kind


def operand(value: object, scope: Scope) -> Reader:
    """A constant or another field as a function of the record."""
    if isinstance(value, FieldReference):
        return reader(value.field, scope)
    return lambda record, run: value


def _age(comparison: Comparison, scope: Scope) -> Predicate:
    span = duration_of(comparison.value)
    if span is None:
        raise _invalid(
            scope,
            f"“{comparison.op}” needs a length of time such as “14d” or “36h”, "
            f"not “{as_text(comparison.value)}”.",
        )
    return _older(span) if comparison.op == "older_than" else _recent(span)


def _older(span: timedelta) -> Predicate:
    def older(value: object, record: Record, run: Run) -> bool:
        time = datetime_or_none(value)
        return time is not None and time < run.context.now - span

    return older


def _recent(span: timedelta) -> Predicate:
    def recent(value: object, record: Record, run: Run) -> bool:
        time = datetime_or_none(value)
        now = run.context.now
        return time is not None and now - span <= time <= now

    return recent


def _matches(comparison: Comparison, scope: Scope) -> Predicate:
    if not isinstance(comparison.value, str):
        raise _invalid(scope, "“matches” needs a pattern in quotes.")
    try:
        pattern = compiled_pattern(comparison.value, case_sensitive=comparison.case_sensitive)
    except re2.error as error:
        raise _invalid(
            scope, f"The pattern “{comparison.value}” cannot be read: {error}.", "bad_pattern"
        ) from None
    return lambda value, record, run: pattern.search(as_text(value)) is not None


def _member(comparison: Comparison, scope: Scope, kind: FieldType | None) -> Predicate:
    case = comparison.case_sensitive
    value = comparison.value
    if isinstance(value, tuple):
        members = tuple(operand(item, scope) for item in value)
        if kind in (FieldType.STRING, FieldType.ENUM, FieldType.URL) and not any(
            isinstance(item, FieldReference) for item in value
        ):
            texts = frozenset(folded(item, case=case) for item in value)
            return lambda left, record, run: folded(left, case=case) in texts
        return lambda left, record, run: any(
            equal(left, member(record, run), kind, case=case) for member in members
        )
    if not isinstance(value, FieldReference):
        raise _invalid(scope, f"“{comparison.op}” needs a list of values.")
    read = reader(value.field, scope)

    def listed(left: object, record: Record, run: Run) -> bool:
        right = read(record, run)
        parts = elements(right)
        choices = [right] if parts is None else parts
        return any(equal(left, choice, kind, case=case) for choice in choices)

    return listed


def _between(comparison: Comparison, scope: Scope, kind: FieldType | None) -> Predicate:
    value = comparison.value
    if not isinstance(value, tuple) or len(value) != 2:
        raise _invalid(scope, "“between” needs two values, the lower and the upper one.")
    low, high = operand(value[0], scope), operand(value[1], scope)

    def between(left: object, record: Record, run: Run) -> bool:
        return order(left, low(record, run), kind) in (0, 1) and order(
            left, high(record, run), kind
        ) in (-1, 0)

    return between


def _invalid(scope: Scope, message: str, code: str = "bad_condition") -> TemplateInvalid:
    return TemplateInvalid(scope.template, scope.target.key, message, code)

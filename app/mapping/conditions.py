"""The condition language, as it is written in a template and in every kind of rule.

`{"all": […]}`, `{"any": […]}`, `{"not": …}` or `{"field", "op", "value"?, "case_sensitive"?}`.
`exists` and `is_empty` with the value false ask for the opposite. For list fields `match` says
whether any element (the default) or all of them must satisfy. Lengths of time (`older_than`,
`within_last`) are `"14d"`, `"36h"`, `"30m"`, a number of days, or `{"days": 14}`.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

MAX_DEPTH: Final = 8
MAX_CONDITIONS: Final = 200
MAX_LIST: Final = 5_000
MAX_OPERAND_TEXT: Final = 10_000
MAX_LEVELS: Final = 10

Operator = Literal[
    "exists",
    "is_empty",
    "equals",
    "not_equals",
    "contains",
    "not_contains",
    "starts_with",
    "ends_with",
    "matches",
    "in",
    "not_in",
    "gt",
    "gte",
    "lt",
    "lte",
    "between",
    "older_than",
    "within_last",
]
UNARY: Final = frozenset({"exists", "is_empty"})
LISTS: Final = frozenset({"in", "not_in", "between"})
DURATIONS: Final = frozenset({"older_than", "within_last"})


class Model(BaseModel):
    """A closed, immutable piece of a template."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def without_floats(value: object) -> object:
    """JSON numbers with a fraction arrive as floats; their text is the number meant."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, list):
        return [without_floats(item) for item in value]
    if isinstance(value, dict):
        return {key: without_floats(item) for key, item in value.items()}
    return value


def bounded(value: object) -> object:
    """Refuses operands that no field could hold."""
    if isinstance(value, str) and len(value) > MAX_OPERAND_TEXT:
        raise ValueError(f"a text may have at most {MAX_OPERAND_TEXT} characters")
    if isinstance(value, list) and len(value) > MAX_LIST:
        raise ValueError(f"a list may have at most {MAX_LIST} entries")
    if _levels(value) > MAX_LEVELS:
        raise ValueError(f"a value may nest at most {MAX_LEVELS} deep")
    return without_floats(value)


def _levels(value: object) -> int:
    """How deep lists and objects nest, found level by level and no further than needed."""
    layer, levels = [value], 0
    while layer and levels <= MAX_LEVELS:
        inner: list[object] = []
        for item in layer:
            if isinstance(item, dict):
                inner.extend(item.values())
            elif isinstance(item, list):
                inner.extend(item)
        layer, levels = inner, levels + 1
    return levels - 1


class FieldReference(Model):
    """Another field's value in place of a constant."""

    field: str = Field(min_length=1, max_length=300)


Scalar = bool | int | Decimal | str | None


def _operand_kind(value: object) -> str:
    if isinstance(value, list | tuple):
        return "list"
    if isinstance(value, dict):
        return "field" if "field" in value else "duration"
    if isinstance(value, FieldReference):
        return "field"
    return "duration" if isinstance(value, Duration) else "scalar"


class Duration(Model):
    """A length of time, as `{"days": 14}` or in hours or minutes."""

    days: Decimal = Decimal(0)
    hours: Decimal = Decimal(0)
    minutes: Decimal = Decimal(0)


Operand = Annotated[
    Annotated[FieldReference, Tag("field")]
    | Annotated[Duration, Tag("duration")]
    | Annotated[tuple[Scalar | FieldReference, ...], Tag("list")]
    | Annotated[Scalar, Tag("scalar")],
    Discriminator(_operand_kind),
    BeforeValidator(bounded),
]


class Comparison(Model):
    """One field compared with a constant or with another field."""

    field: str = Field(min_length=1, max_length=300)
    op: Operator
    value: Operand = None
    case_sensitive: bool = False
    match: Literal["any", "all"] = "any"


class AllOf(Model):
    """True when every part is; true when there are none."""

    all: tuple["Condition", ...] = Field(max_length=MAX_CONDITIONS)


class AnyOf(Model):
    """True when one part is; false when there are none."""

    any: tuple["Condition", ...] = Field(max_length=MAX_CONDITIONS)


class NotOf(Model):
    """True when the part is not."""

    not_: "Condition" = Field(alias="not")


def _condition_kind(value: object) -> str:
    if isinstance(value, dict):
        return next((key for key in ("all", "any", "not") if key in value), "field")
    if isinstance(value, AllOf):
        return "all"
    if isinstance(value, AnyOf):
        return "any"
    return "not" if isinstance(value, NotOf) else "field"


Condition = Annotated[
    Annotated[AllOf, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[NotOf, Tag("not")]
    | Annotated[Comparison, Tag("field")],
    Discriminator(_condition_kind),
]

AllOf.model_rebuild()
AnyOf.model_rebuild()
NotOf.model_rebuild()

_SHORT = re.compile(r"^\s*(\d{1,6}(?:\.\d{1,3})?)\s*(d|h|m|w)[a-z]*\s*$", re.IGNORECASE)
_ISO = re.compile(r"^P(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?)?$", re.IGNORECASE)


def duration_of(value: object) -> timedelta | None:
    """The length of time an operand means, or None when it means none."""
    if isinstance(value, Duration):
        minutes = value.days * 1_440 + value.hours * 60 + value.minutes
        return _in_seconds(minutes, 60)
    if isinstance(value, bool):
        return None
    if isinstance(value, int | Decimal):
        return _in_seconds(Decimal(value), 86_400)
    if not isinstance(value, str):
        return None
    short = _SHORT.match(value)
    if short:
        unit = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60}[short[2].lower()]
        return _in_seconds(Decimal(short[1]), unit)
    iso = _ISO.match(value.strip())
    if iso and any(iso.groups()):
        days, hours, rest = (int(part or 0) for part in iso.groups())
        return _in_seconds(Decimal(days * 1_440 + hours * 60 + rest), 60)
    return _in_seconds(Decimal(value), 86_400) if value.strip().isdigit() else None


def _in_seconds(amount: Decimal, unit: int) -> timedelta | None:
    if not 0 <= amount * unit <= 100_000 * 86_400:
        return None
    return timedelta(microseconds=int(amount * unit * 1_000_000))


def comparisons(condition: "AllOf | AnyOf | NotOf | Comparison") -> Iterator[Comparison]:
    """Every comparison in a condition, from left to right."""
    if isinstance(condition, Comparison):
        yield condition
    elif isinstance(condition, NotOf):
        yield from comparisons(condition.not_)
    else:
        for part in condition.all if isinstance(condition, AllOf) else condition.any:
            yield from comparisons(part)


def fields_read(condition: "AllOf | AnyOf | NotOf | Comparison") -> Iterator[str]:
    """Every field that a condition looks at."""
    for comparison in comparisons(condition):
        yield comparison.field
        operands = comparison.value if isinstance(comparison.value, tuple) else (comparison.value,)
        for operand in operands:
            if isinstance(operand, FieldReference):
                yield operand.field


def depth(condition: "AllOf | AnyOf | NotOf | Comparison") -> int:
    """How deep a condition nests; a comparison alone is 1."""
    if isinstance(condition, Comparison):
        return 1
    if isinstance(condition, NotOf):
        return 1 + depth(condition.not_)
    parts = condition.all if isinstance(condition, AllOf) else condition.any
    return 1 + max((depth(part) for part in parts), default=0)

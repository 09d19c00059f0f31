"""A value in the type of its target: plain types in, plain types out, nothing shared.

`coercion(field)` gives the function for a target. None means that there is no value. Money is
kept at up to 4 decimal places, weights and lengths at up to 6, other decimals at up to 12.
"""

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from functools import partial
from typing import Final

from app.mapping.catalogue.fields import Field, FieldType
from app.mapping.coerce_lists import LISTS
from app.mapping.errors import FieldFailure
from app.mapping.values import (
    ARITHMETIC,
    as_boolean,
    as_datetime,
    as_decimal,
    as_text,
    bounded_text,
    is_blank,
    shortened,
)

Coercion = Callable[[object], object]
Check = Callable[[object], tuple[str, str] | None]

PLACES: Final[Mapping[FieldType, int]] = {
    FieldType.MONEY: 4,
    FieldType.WEIGHT: 6,
    FieldType.LENGTH: 6,
    FieldType.DECIMAL: 12,
}


def coercion(field: Field) -> Coercion:
    """The function that turns a value into the target's type; it raises FieldFailure."""
    kind = field.type
    if kind in PLACES:
        return partial(_number, places=PLACES[kind])
    if kind in LISTS:
        return LISTS[kind]
    if kind is FieldType.ENUM:
        return partial(_choice, field=field)
    simple: dict[FieldType, Coercion] = {
        FieldType.INTEGER: _integer,
        FieldType.BOOLEAN: _boolean,
        FieldType.DATETIME: _datetime,
        FieldType.URL: _url,
    }
    return simple.get(kind, _text)


def _text(value: object) -> object:
    if value.__class__ is str and len(value) < 10_000:
        return value
    return bounded_text(as_text(value))


def _number(value: object, places: int) -> object:
    if value.__class__ is str and not value.strip():
        return None
    number = as_decimal(value)
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -places:
        return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN, ARITHMETIC)
    return number


def _integer(value: object) -> object:
    if value.__class__ is int:
        return value
    if is_blank(value):
        return None
    number = as_decimal(value)
    whole = int(number)
    if whole != number:
        raise FieldFailure("not_an_integer", f"“{shortened(value)}” is not a whole number.")
    return whole


def _boolean(value: object) -> object:
    return None if is_blank(value) else as_boolean(value)


def _datetime(value: object) -> object:
    return None if is_blank(value) else as_datetime(value)


def _url(value: object) -> object:
    text = as_text(value).strip()
    if text and not text.lower().startswith(("http://", "https://")):
        raise FieldFailure("not_a_url", f"“{shortened(text)}” is not a web address (https://…).")
    return bounded_text(text)


def _choice(value: object, field: Field) -> object:
    text = as_text(value)
    if text in field.enumeration or not field.enumeration:
        return text
    wanted = text.strip().casefold()
    for choice in field.enumeration:
        if choice.casefold() == wanted:
            return choice
    if field.open_enumeration or not wanted:
        return text
    raise FieldFailure(
        "not_in_enumeration",
        f"“{shortened(text)}” is not one of {', '.join(field.enumeration)}.",
    )


def check(field: Field) -> Check | None:
    """The function that judges a coerced value against the target's limits, if it has any."""
    if field.max_length is not None:
        return partial(_check_length, limit=field.max_length)
    if field.minimum is not None or field.maximum is not None:
        return partial(_check_range, minimum=field.minimum, maximum=field.maximum)
    return None


def _check_length(value: object, limit: int) -> tuple[str, str] | None:
    texts = value if isinstance(value, list) else [value]
    for text in texts:
        parts = (
            text.values() if isinstance(text, dict) else text if isinstance(text, list) else [text]
        )
        longest = max((len(as_text(part)) for part in parts), default=0)
        if longest > limit:
            return "too_long", (
                f"The text has {longest} characters, the limit is {limit}. "
                "Shorten it, or add a “truncate” step."
            )
    return None


def _check_range(
    value: object, minimum: Decimal | None, maximum: Decimal | None
) -> tuple[str, str] | None:
    if not isinstance(value, int | Decimal):
        return None
    if minimum is not None and value < minimum:
        return "too_small", f"{as_text(value)} is below {as_text(minimum)}, the least allowed."
    if maximum is not None and value > maximum:
        return "too_large", f"{as_text(value)} is above {as_text(maximum)}, the most allowed."
    return None

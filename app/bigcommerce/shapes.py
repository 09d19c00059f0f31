"""Build msgspec Structs from what stores really send (FACTS 8 "Data shapes").

A store sends numbers as strings, "" for no date, [] for no object, null anywhere, and new fields
without notice. `build` therefore coerces field by field: a field that cannot be read takes its
default, a field without default (an id) must be readable, and unknown fields are ignored. JSON
numbers arrive as Decimal by their digits, so money never passes through a binary float.
"""

import types
import typing
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, TypeVar, cast

import msgspec

T = TypeVar("T")
Coercer = Callable[[object], object]

JSON = msgspec.json.Decoder(float_hook=Decimal)
LONGEST_NUMBER = 40
TRUE = frozenset({"true", "1", "yes"})
FALSE = frozenset({"false", "0", "no", ""})


class Unreadable(ValueError):
    """A value that cannot be what the field says."""


class Shape(msgspec.Struct, kw_only=True):
    """A record of the store; subclasses with a ``raw`` field also keep what was sent."""


def decode(body: bytes) -> object:
    """JSON with every fraction as Decimal; raises msgspec.DecodeError, UnicodeDecodeError."""
    return JSON.decode(body)


def build(value: object, expect: type[T]) -> T:
    """``value`` (decoded JSON) as ``expect``: a Shape, list, dict or scalar; raises Unreadable."""
    return cast(T, _coercer(cast(Any, expect))(value))


@cache
def _coercer(expect: Any) -> Coercer:
    origin, arguments = typing.get_origin(expect), typing.get_args(expect)
    if expect in SCALARS:
        return SCALARS[expect]
    if origin in (typing.Union, types.UnionType):
        inner = next(a for a in arguments if a is not type(None))
        return _optional(_coercer(inner), blank=inner is not str)
    if origin is list:
        return _list(_coercer(arguments[0]))
    if origin is dict:
        return _mapping
    if isinstance(expect, type) and issubclass(expect, Shape):
        return _shape(expect)
    raise TypeError(f"no way to read {expect!r}")


def _optional(inner: Coercer, *, blank: bool) -> Coercer:
    def read(value: object) -> object:
        if value is None or (blank and value in ("", [])):
            return None
        return inner(value)

    return read


def _list(inner: Coercer) -> Coercer:
    def read(value: object) -> object:
        if value is None or value == "" or value == {}:
            return []
        if not isinstance(value, list):
            raise Unreadable("not a list")
        return [inner(entry) for entry in value if entry is not None]

    return read


def _mapping(value: object) -> object:
    if value is None or value == []:
        return {}
    if not isinstance(value, dict):
        raise Unreadable("not an object")
    return value


def _shape(expect: type[Shape]) -> Coercer:
    plan: list[tuple[str, str, Coercer, bool]] = []

    def read(value: object) -> object:
        if not isinstance(value, dict):
            raise Unreadable(f"not an object for {expect.__name__}")
        if not plan:
            plan.extend(_plan(expect))
        found: dict[str, object] = {}
        for name, key, coerce, required in plan:
            if key in value:
                try:
                    found[name] = coerce(value[key])
                except Unreadable:
                    if required:
                        raise Unreadable(f"{expect.__name__}.{key}") from None
            elif required:
                raise Unreadable(f"{expect.__name__}.{key} is missing")
        if "raw" in expect.__struct_fields__:
            found["raw"] = value
        return expect(**found)

    return read


def _plan(expect: type[Shape]) -> list[tuple[str, str, Coercer, bool]]:
    hints = typing.get_type_hints(expect)
    return [
        (field.name, field.encode_name, _coercer(hints[field.name]), field.required)
        for field in msgspec.structs.fields(expect)
        if field.name != "raw"
    ]


def _int(value: object) -> object:
    if isinstance(value, int):
        return int(value)
    amount = cast(Decimal, _decimal(value))
    if amount != amount.to_integral_value():
        raise Unreadable("not a whole number")
    return int(amount)


def _decimal(value: object) -> object:
    if isinstance(value, Decimal | int):
        amount = Decimal(value)
    elif isinstance(value, float):
        amount = Decimal(repr(value))
    elif isinstance(value, str) and len(value) <= LONGEST_NUMBER:
        try:
            amount = Decimal(value.strip())
        except InvalidOperation:
            raise Unreadable("not a number") from None
    else:
        raise Unreadable("not a number")
    if not amount.is_finite() or abs(amount.adjusted()) > LONGEST_NUMBER:
        raise Unreadable("not a usable number")
    return amount


def _bool(value: object) -> object:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | Decimal):
        return value != 0
    if isinstance(value, str) and value.strip().lower() in TRUE | FALSE:
        return value.strip().lower() in TRUE
    raise Unreadable("not a boolean")


def _str(value: object) -> object:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Unreadable("not a text")
    return str(value)


def _datetime(value: object) -> object:
    """ISO (v3), RFC-2822 (v2) or Unix seconds (hooks); without a zone it is UTC."""
    try:
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return datetime.fromtimestamp(float(value), UTC)
        if not isinstance(value, str) or not value.strip():
            raise Unreadable("not a date")
        text = value.strip()
        moment = datetime.fromisoformat(text) if text[0].isdigit() else parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, OSError, IndexError):
        raise Unreadable("not a date") from None


def _anything(value: object) -> object:
    return value


def _nothing(value: object) -> object:
    return None


SCALARS: dict[Any, Coercer] = {
    int: _int,
    Decimal: _decimal,
    bool: _bool,
    str: _str,
    datetime: _datetime,
    object: _anything,
    Any: _anything,
    type(None): _nothing,
}

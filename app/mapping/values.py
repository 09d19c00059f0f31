"""Reading plain values as text, number, truth or time, without ever passing through a float."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Final

from app.mapping.errors import FieldFailure


class Missing(Enum):
    """The type of `MISSING`: a source that the record does not mention at all."""

    MISSING = "missing"

    def __bool__(self) -> bool:
        return False


MISSING: Final = Missing.MISSING

MAX_TEXT: Final = 200_000
MAX_ITEMS: Final = 5_000
MAX_EXPONENT: Final = 30
"""Numbers beyond 10^30 are mistakes; refusing them keeps their text and arithmetic small."""

ARITHMETIC: Final = Context(prec=38, traps=[InvalidOperation, DivisionByZero, Overflow])

PLAIN: Final = frozenset({str, int, bool, Decimal, type(None), datetime, Missing})
"""Types that contain no float and nothing that could be shared by accident."""

TRUE_WORDS: Final = frozenset({"true", "yes", "y", "1", "on"})
FALSE_WORDS: Final = frozenset({"false", "no", "n", "0", "off", ""})


def exact(value: object) -> object:
    """The value with every float turned into the decimal of its JSON text, at any depth."""
    if type(value) in PLAIN:
        return value
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, Mapping):
        return {key: exact(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [exact(item) for item in value]
    return value


def is_absent(value: object) -> bool:
    """True for a value that is not there: unmentioned or null."""
    return value is None or value is MISSING


def is_blank(value: object) -> bool:
    """True for absent values, text of white space only, and empty lists."""
    if value is None or value is MISSING:
        return True
    if isinstance(value, str):
        return not value.strip()
    return isinstance(value, list | tuple | Mapping) and not value


def as_text(value: object) -> str:
    """Canonical text: plain decimals without exponent, ISO times, lists joined with a comma."""
    if isinstance(value, str):
        return value
    if value is None or value is MISSING:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return ", ".join(as_text(item) for item in value)
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {as_text(item)}" for name, item in value.items())
    return str(value)


def as_decimal(value: object) -> Decimal:
    """The number a value means; raises FieldFailure `not_a_number`."""
    if isinstance(value, Decimal):
        return _bounded(value, value)
    if isinstance(value, bool):
        return Decimal(int(value))
    if isinstance(value, int):
        return _bounded(Decimal(value), value)
    if isinstance(value, float):
        return as_decimal(exact(value))
    if isinstance(value, str):
        try:
            return _bounded(Decimal(value.strip()), value)
        except InvalidOperation:
            pass
    raise FieldFailure("not_a_number", f"“{shortened(value)}” is not a number.")


def decimal_or_none(value: object) -> Decimal | None:
    """The number a value means, or None when it means none."""
    try:
        return None if is_absent(value) else as_decimal(value)
    except FieldFailure:
        return None


def as_datetime(value: object) -> datetime:
    """An aware UTC time from ISO 8601 or RFC 2822 text; a time without zone is taken as UTC."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, str):
        text = value.strip()
        for parse in (datetime.fromisoformat, parsedate_to_datetime):
            try:
                return as_datetime(parse(text))
            except (ValueError, TypeError, OverflowError):
                continue
    raise FieldFailure("not_a_date", f"“{shortened(value)}” is not a date.")


def datetime_or_none(value: object) -> datetime | None:
    """The time a value means, or None when it means none."""
    try:
        return None if is_absent(value) else as_datetime(value)
    except FieldFailure:
        return None


def as_boolean(value: object) -> bool:
    """Truth from true/false, yes/no, on/off, 1/0; raises FieldFailure `not_a_boolean`."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | Decimal):
        return value != 0
    if isinstance(value, str):
        word = value.strip().casefold()
        if word in TRUE_WORDS:
            return True
        if word in FALSE_WORDS:
            return False
    raise FieldFailure("not_a_boolean", f"“{shortened(value)}” is neither yes nor no.")


def shortened(value: object, limit: int = 60) -> str:
    """Text of a value for a message, cut so that a message stays readable."""
    text = as_text(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def bounded_text(text: str) -> str:
    """The text itself; raises FieldFailure `too_large` beyond what any field can hold."""
    if len(text) > MAX_TEXT:
        raise FieldFailure("too_large", f"The text has {len(text)} characters, over {MAX_TEXT}.")
    return text


def _bounded(number: Decimal, original: object) -> Decimal:
    if not number.is_finite() or (number and abs(number.adjusted()) > MAX_EXPONENT):
        raise FieldFailure("not_a_number", f"“{shortened(original)}” is not a usable number.")
    return number

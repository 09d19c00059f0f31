"""Query filters of v3 lists; a filter nobody knows is refused with 422 (FACTS 2.4)."""

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.call import Call
from sandbox.clock import parse_date
from sandbox.errors import JSON, Refused, invalid

LIST_PARAMETERS = frozenset({"page", "limit"})
FIELD_PARAMETERS = frozenset({"include_fields", "exclude_fields"})


@dataclass(frozen=True)
class Filter:
    """Compares what `read` takes from a row with the parsed value of the query."""

    read: Callable[[Any], Any]
    parse: Callable[[str], Any]
    test: Callable[[Any, Any], bool]


def is_in(value: Any, wanted: Any) -> bool:
    """Membership, the row's value first."""
    return value in wanted


def is_not_in(value: Any, wanted: Any) -> bool:
    """No membership."""
    return value not in wanted


TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "": operator.eq,
    "in": is_in,
    "not_in": is_not_in,
    "min": operator.ge,
    "max": operator.le,
    "greater": operator.gt,
    "less": operator.lt,
}


def many(parse: Callable[[str], Any]) -> Callable[[str], frozenset[Any]]:
    """A parser of comma separated values."""

    def parse_all(text: str) -> frozenset[Any]:
        return frozenset(parse(part) for part in text.split(",") if part != "")

    return parse_all


def boolean(text: str) -> bool:
    """`true`, `false`, `1` or `0`. Raises ValueError."""
    try:
        return {"true": True, "1": True, "false": False, "0": False}[text.strip().lower()]
    except KeyError:
        raise ValueError(text) from None


def instant(text: str) -> float:
    """A date or moment as Unix seconds."""
    return parse_date(text).timestamp()


def lowered(text: str) -> str:
    """Text compared without regard to case."""
    return text.strip().lower()


def family(
    name: str, read: Callable[[Any], Any], parse: Callable[[str], Any], *operators: str
) -> dict[str, Filter]:
    """Filters `name`, `name:in`, ... of one field; an empty operator is plain equality."""
    found: dict[str, Filter] = {}
    for operator_name in operators:
        key = f"{name}:{operator_name}" if operator_name else name
        parser = many(parse) if operator_name in ("in", "not_in") else parse
        found[key] = Filter(read, parser, TESTS[operator_name])
    return found


def field(name: str) -> Callable[[JSON], Any]:
    """Reads a field of a row that is a plain dict."""
    return operator.itemgetter(name)


def lower_field(name: str) -> Callable[[JSON], str]:
    """Reads a text field of a plain dict in lower case."""

    def read(row: JSON) -> str:
        return str(row[name]).lower()

    return read


def select(call: Call, rows: Iterable[Any], filters: dict[str, Filter], *other: str) -> list[Any]:
    """The rows that pass the query's filters. `other` names parameters handled elsewhere."""
    known = LIST_PARAMETERS.union(other)
    unknown = [name for name in call.query if name not in filters and name not in known]
    if unknown:
        listed = ", ".join(unknown)
        raise Refused(422, f"The filter(s): {listed} are not valid filter parameter(s).", {})
    active: list[tuple[Filter, Any]] = []
    for name, text in call.query.items():
        if name in filters:
            try:
                active.append((filters[name], filters[name].parse(text)))
            except ValueError:
                raise invalid(name, f"The filter {name} has an invalid value.") from None
    found = list(rows)
    for entry, wanted in active:
        found = [row for row in found if entry.test(entry.read(row), wanted)]
    return found


def ordered(call: Call, rows: list[Any], allowed: dict[str, Callable[[Any], Any]]) -> list[Any]:
    """Sort by `sort` and `direction`; refuses sort fields the resource does not have."""
    name = call.query.get("sort", "id")
    direction = call.query.get("direction", "asc")
    if name not in allowed:
        raise invalid("sort", f"The sort parameter '{name}' is not valid.")
    if direction not in ("asc", "desc"):
        raise invalid("direction", "The direction must be asc or desc.")
    if name == "id" and direction == "asc":
        return rows
    return sorted(rows, key=allowed[name], reverse=direction == "desc")


def fields_filter(call: Call, *always: str) -> Callable[[JSON], JSON]:
    """Applies `include_fields` or `exclude_fields` to a row; `always` cannot be dropped."""
    included = call.query.get("include_fields")
    excluded = call.query.get("exclude_fields")
    if included is not None:
        wanted = {*included.split(","), *always}
        return lambda row: {name: value for name, value in row.items() if name in wanted}
    if excluded is not None:
        dropped = set(excluded.split(",")) - set(always)
        return lambda row: {name: value for name, value in row.items() if name not in dropped}
    return lambda row: row

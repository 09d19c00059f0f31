"""What would change: target records compared field by field."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.mapping.values import MISSING, as_text, datetime_or_none, decimal_or_none


@dataclass(frozen=True, slots=True)
class Change:
    """One field whose value would change."""

    field: str
    old: object
    new: object

    def as_dict(self) -> dict[str, object]:
        """`{"field", "from", "to"}` with JSON values; numbers are text."""
        return {"field": self.field, "from": as_json(self.old), "to": as_json(self.new)}


def diff(
    old: Mapping[str, object], new: Mapping[str, object], *, added: Set[str] = frozenset()
) -> list[Change]:
    """The changes from old to new; fields that new does not mention stay untouched.

    Lists in `added` are completed instead of replaced.
    """
    changes = []
    for field, value in new.items():
        before = old.get(field, MISSING)
        after = merged(before, value) if field in added else value
        if not same(before, after):
            changes.append(Change(field, None if before is MISSING else before, after))
    return changes


def merged(old: object, new: object) -> object:
    """A list with what is new behind what is there; an object with new names on top."""
    if isinstance(new, Mapping):
        return {**old, **new} if isinstance(old, Mapping) else dict(new)
    if not isinstance(new, list | tuple):
        return new
    kept = list(old) if isinstance(old, list | tuple) else []
    names = {_name(item) for item in new} - {None}
    kept = [item for item in kept if _name(item) is None or _name(item) not in names]
    return kept + [item for item in new if not any(same(item, other) for other in kept)]


def _name(item: object) -> tuple[object, object] | None:
    if not isinstance(item, Mapping):
        return None
    return item.get("namespace"), item.get("name", item.get("key"))


def same(old: object, new: object) -> bool:
    """Equality of meaning: 19.9 is "19.90", a time is itself in any zone, absent is null."""
    if old is MISSING or old is None:
        return new is None or new is MISSING
    if new is None or new is MISSING:
        return False
    if isinstance(old, bool) or isinstance(new, bool):
        return old is new
    if isinstance(old, int | Decimal) or isinstance(new, int | Decimal):
        one, other = decimal_or_none(old), decimal_or_none(new)
        return one is not None and one == other
    if isinstance(old, datetime) or isinstance(new, datetime):
        earlier, later = datetime_or_none(old), datetime_or_none(new)
        return earlier is not None and earlier == later
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return old.keys() == new.keys() and all(same(old[key], new[key]) for key in old)
    if isinstance(old, list | tuple) and isinstance(new, list | tuple):
        return _same_list(list(old), list(new))
    return old == new


def _same_list(old: list[object], new: list[object]) -> bool:
    """Images keep their order; named values are the same in any order."""
    if len(old) != len(new):
        return False
    if all(isinstance(item, Mapping) for item in old + new):
        rest = list(new)
        for item in old:
            match = next((other for other in rest if same(item, other)), None)
            if match is None:
                return False
            rest.remove(match)
        return True
    return all(same(one, other) for one, other in zip(old, new, strict=True))


def as_json(value: object) -> object:
    """A value for JSON: decimals as plain text, times as RFC 3339, the rest as it is."""
    if isinstance(value, Decimal | datetime):
        return as_text(value)
    if isinstance(value, Mapping):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [as_json(item) for item in value]
    return None if value is MISSING else value

"""Lists that a template adds to, instead of replacing them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.mapping.engine.evaluate import Evaluated
from app.mapping.records import local_values

_NAME: Final = "name"


@dataclass(frozen=True, slots=True)
class Addition:
    """Entries to add to a list, or options to a group of options.

    An entry with a name takes the place of the one that has it; `gone` are names to take out.
    """

    entries: Any
    gone: frozenset[str] = frozenset()

    def onto(self, stored: Any) -> Any:
        """What there is with the additions behind it."""
        if isinstance(self.entries, Mapping):
            kept = {key: value for key, value in (stored or {}).items() if key not in self.gone}
            return {**kept, **self.entries}
        entries = list(self.entries or ())
        named = {_name_of(entry) for entry in entries} - {None} | self.gone
        kept_entries = [
            entry for entry in stored or () if _name_of(entry) not in named and entry not in entries
        ]
        return [*kept_entries, *entries]


def with_additions(evaluated: Evaluated) -> dict[str, Any]:
    """Values by the key's part after the dot; lists that are added to are `Addition`s."""
    values: dict[str, Any] = local_values(evaluated)
    for key in evaluated.added:
        name = key.partition(".")[2]
        if name in values:
            values[name] = Addition(values[name], blank_names(evaluated, key))
    return values


def blank_names(evaluated: Evaluated, container: str) -> frozenset[str]:
    """Names of a list's family (`custom_field:Material`) that were mapped to nothing."""
    family = container.removesuffix("s")
    return frozenset(
        key.partition(":")[2]
        for key, value in evaluated.values.items()
        if key.partition(":")[0] == family
        and ":" in key
        and (key in evaluated.cleared or value in (None, ""))
    )


def _name_of(entry: object) -> str | None:
    found = entry.get(_NAME) if isinstance(entry, Mapping) else None
    return str(found) if found is not None else None

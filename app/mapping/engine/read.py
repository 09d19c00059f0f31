"""Reading a field of a flat record by its key."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.mapping.catalogue import Catalogue
from app.mapping.catalogue.fields import Field, FieldType
from app.mapping.engine.context import Reader, Record, Run
from app.mapping.mapping import ORIGINAL, PREVIOUS
from app.mapping.sets import MappingSet
from app.mapping.values import MISSING, as_text

NAME_KEYS: Final = ("name", "option_display_name", "display_name", "key")
VALUE_KEYS: Final = ("value", "label", "display_value")


@dataclass(frozen=True, slots=True)
class Scope:
    """What the compiler knows: the fields, the mapping sets, and where it is."""

    catalogue: Catalogue
    sets: Mapping[str, MappingSet]
    template: str
    target: Field

    def source(self, key: str) -> Field | None:
        """The source field of a key, or None for a key the catalogue does not know."""
        return self.catalogue.source(key)

    def type_of(self, key: str) -> FieldType | None:
        """The type of a source field; None for unknown ones and results of rules."""
        field = self.catalogue.source(key)
        return field.type if field else None


def reader(key: str, scope: Scope) -> Reader:
    """A function that reads this key; unknown keys read as missing unless the record has them."""
    if key == PREVIOUS:
        return lambda record, run: run.previous
    if key == ORIGINAL:
        return lambda record, run: run.original
    field = scope.source(key)
    if field is None:
        return lambda record, run: record.get(key, MISSING)
    canonical = field.key
    if not field.named:
        return lambda record, run: record.get(canonical, MISSING)
    family = scope.catalogue.sources.family(canonical)
    container = family.container if family else ""
    name = canonical.partition(":")[2]

    def read_named(record: Record, run: Run) -> object:
        direct = record.get(canonical, MISSING)
        return named_value(record.get(container), name) if direct is MISSING else direct

    return read_named


def named_value(container: object, name: str) -> object:
    """The entry of this name in a list of named values, or MISSING; exact case wins."""
    entries = dict(named_entries(container))
    if name in entries:
        return entries[name]
    wanted = name.casefold()
    return next((value for key, value in entries.items() if key.casefold() == wanted), MISSING)


def named_entries(container: object) -> list[tuple[str, object]]:
    """Name and value of each entry, from an object or from BigCommerce's lists of objects."""
    if isinstance(container, Mapping):
        return [(str(name), value) for name, value in container.items()]
    if not isinstance(container, list | tuple):
        return []
    entries = []
    for item in container:
        if not isinstance(item, Mapping):
            continue
        name = next((as_text(item[key]) for key in NAME_KEYS if item.get(key)), "")
        value = next((item[key] for key in VALUE_KEYS if key in item), MISSING)
        namespace = item.get("namespace")
        entries.append((f"{namespace}.{name}" if namespace else name, value))
    return entries

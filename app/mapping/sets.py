"""Mapping sets: two columns, exact look-up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.mapping.values import as_text, exact


@dataclass(frozen=True, slots=True)
class MappingSet:
    """A named table from one value to another; of equal `from` values the first counts."""

    id: str
    name: str
    entries: tuple[tuple[str, object], ...]
    index: Mapping[str, object] = field(default_factory=dict, compare=False)

    def find(self, key: str) -> tuple[bool, object]:
        """Whether the value is listed, and what stands beside it."""
        if key in self.index:
            return True, self.index[key]
        return False, None

    def folded(self, *, trim: bool, ignore_case: bool) -> "MappingSet":
        """The same set keyed without case or outer white space."""
        return _indexed(self.id, self.name, self.entries, trim=trim, ignore_case=ignore_case)


def mapping_set(set_id: str, name: str, entries: Iterable[Mapping[str, object]]) -> MappingSet:
    """A set from its JSON entries `[{"from": …, "to": …}]`."""
    pairs = tuple((as_text(entry.get("from")), exact(entry.get("to"))) for entry in entries)
    return _indexed(set_id, name, pairs, trim=False, ignore_case=False)


def fold(key: str, *, trim: bool, ignore_case: bool) -> str:
    """A value as it is compared with a set's entries."""
    text = key.strip() if trim else key
    return text.casefold() if ignore_case else text


def _indexed(
    set_id: str, name: str, pairs: tuple[tuple[str, object], ...], *, trim: bool, ignore_case: bool
) -> MappingSet:
    index: dict[str, object] = {}
    for key, value in pairs:
        index.setdefault(fold(key, trim=trim, ignore_case=ignore_case), value)
    return MappingSet(set_id, name, pairs, index)

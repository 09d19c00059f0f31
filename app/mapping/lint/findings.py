"""What the linter works on, and where it collects what it finds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from app.mapping.catalogue import Catalogue, Field
from app.mapping.mapping import (
    AnyMapping,
    FromField,
    FromRules,
    FromSet,
    FromValue,
)
from app.mapping.problems import Problem, Severity
from app.mapping.sets import MappingSet


@dataclass(frozen=True, slots=True)
class Entry:
    """One mapped target, read."""

    key: str
    field: Field
    mapping: AnyMapping


@dataclass(slots=True)
class Findings:
    """Problems in the order in which they are found, each once."""

    template: str
    problems: list[Problem] = field(default_factory=list)

    def add(self, key: str, severity: Severity, code: str, message: str) -> None:
        """Adds a problem about a target unless it is there already."""
        problem = Problem(key, severity, code, message, self.template)
        if problem not in self.problems:
            self.problems.append(problem)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything a check may look at besides one entry."""

    catalogue: Catalogue
    sets: Mapping[str, MappingSet]
    weight_unit: str | None
    dimension_unit: str | None


def leaves(mapping: AnyMapping) -> Iterable[FromField | FromValue | FromSet]:
    """Every place inside a mapping that produces a value."""
    if isinstance(mapping, FromField | FromValue | FromSet):
        yield mapping
    elif isinstance(mapping, FromRules):
        for inner in (mapping.start, *(rule.then for rule in mapping.rules), mapping.otherwise):
            if inner is not None:
                yield from leaves(inner)


def rule_lists(mapping: AnyMapping) -> Iterable[FromRules]:
    """Every list of rules inside a mapping, outermost first."""
    if isinstance(mapping, FromRules):
        yield mapping
        for inner in (mapping.start, *(rule.then for rule in mapping.rules), mapping.otherwise):
            if inner is not None:
                yield from rule_lists(inner)


def suggestion(key: str, known: Iterable[str]) -> str:
    """A sentence that offers the nearest known key, or an empty text."""
    close = get_close_matches(key, list(known), n=1, cutoff=0.6)
    return f" Did you mean “{close[0]}”?" if close else ""

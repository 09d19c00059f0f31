"""Checks of v3 bodies: types, ranges, lengths. Unknown fields pass unread (FACTS 8.5)."""

from dataclasses import dataclass
from typing import Any

from sandbox.errors import JSON, Refused
from sandbox.store.stock import INT32_MAX


@dataclass(frozen=True)
class Text:
    """A string of bounded length; `digits` refuses anything but digits, "" included."""

    least: int = 0
    most: int = 65_535
    digits: bool = False

    def problem(self, value: Any) -> str | None:
        """What is wrong with a value."""
        if not isinstance(value, str):
            return "must be a string"
        if not self.least <= len(value) <= self.most:
            return f"length must be between {self.least} and {self.most} characters"
        if self.digits and not value.isdecimal():
            return "must be numeric"
        return None


@dataclass(frozen=True)
class Number:
    """A number in a range; strings are not numbers."""

    least: float | None = 0
    most: float = 9_999_999_999
    whole: bool = False
    nullable: bool = False

    def problem(self, value: Any) -> str | None:
        """What is wrong with a value."""
        if value is None:
            return None if self.nullable else "must not be null"
        kinds = int if self.whole else int | float
        if isinstance(value, bool) or not isinstance(value, kinds):
            return "must be an integer" if self.whole else "must be a number"
        if value > self.most or (self.least is not None and value < self.least):
            return f"must be between {self.least} and {self.most}"
        return None


@dataclass(frozen=True)
class Flag:
    """True or false."""

    def problem(self, value: Any) -> str | None:
        """What is wrong with a value."""
        return None if isinstance(value, bool) else "must be a boolean"


@dataclass(frozen=True)
class Choice:
    """One of some words."""

    words: tuple[str, ...]

    def problem(self, value: Any) -> str | None:
        """What is wrong with a value."""
        return None if value in self.words else f"must be one of: {', '.join(self.words)}"


@dataclass(frozen=True)
class Listing:
    """An array of bounded size whose entries have one Python type."""

    entry: type
    most: int = 1000

    def problem(self, value: Any) -> str | None:
        """What is wrong with a value."""
        if not isinstance(value, list):
            return "must be an array"
        if len(value) > self.most:
            return f"must not have more than {self.most} items"
        if any(isinstance(item, bool) or not isinstance(item, self.entry) for item in value):
            return f"must hold only {self.entry.__name__} items"
        return None


@dataclass(frozen=True)
class Record:
    """An object, or null."""

    def problem(self, value: Any) -> str | None:
        """What is wrong with a value."""
        return None if isinstance(value, dict) else "must be an object"


Rule = Text | Number | Flag | Choice | Listing | Record
Rules = dict[str, Rule]

WHOLE = Number(whole=True, most=INT32_MAX)
LEVEL = Number(whole=True, least=None, most=2**63)  # the catalogue clamps, FACTS 5.10


def problems(body: JSON, rules: Rules, prefix: str = "") -> JSON:
    """Field path to message for every value that breaks its rule."""
    found: JSON = {}
    for name, rule in rules.items():
        if name in body:
            problem = rule.problem(body[name])
            if problem is not None:
                found[f"{prefix}{name}"] = f"{name} {problem}"
    return found


def missing(body: JSON, *names: str) -> JSON:
    """Field to message for required fields that are not there."""
    return {name: f"{name} is required" for name in names if body.get(name) is None}


def require(body: JSON, *names: str) -> None:
    """Raises Refused 422 when required fields are not there."""
    found = missing(body, *names)
    if found:
        raise Refused(422, "Missing Required Fields", found)


def check(body: JSON, rules: Rules, prefix: str = "") -> None:
    """Raises Refused 422 naming every field that breaks its rule."""
    found = problems(body, rules, prefix)
    if found:
        raise Refused(422, "JSON data is missing or invalid", found)


def objects(value: Any, name: str) -> list[JSON]:
    """An array of objects. Raises Refused 422."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise Refused(422, "JSON data is missing or invalid", {name: f"{name} must be an array"})
    return value


def at_most(rows: list[Any], most: int, status: int = 422) -> None:
    """Raises Refused when a batch is too large (413 or 422, FACTS 2.4)."""
    if len(rows) > most:
        if status == 413:
            raise Refused(413, f"maximum items allowed in the array is {most}", {})
        raise Refused(422, f"Max batch size allowed is {most}", {})

"""Reading mappings that came from outside, before anybody looks at what they mean."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from uuid import UUID

from app.core.errors import FieldProblem, ValidationFailed
from app.core.ids import parse_id
from app.mapping.errors import TemplateInvalid
from app.mapping.mapping import MAX_TARGETS, AnyMapping, parse_mapping, sets_used
from app.mapping.problems import Problem

MAX_CHARACTERS = 500_000
MAX_KEY = 300
MAX_NESTING = 40


def unstorable(mappings: Mapping[str, object]) -> list[Problem]:
    """Return what is beyond any size or depth, or no JSON, one problem per target."""
    if len(mappings) > MAX_TARGETS:
        return [_problem("", f"A template may map at most {MAX_TARGETS} fields.")]
    found = [
        _problem(key, sentence)
        for key, raw in mappings.items()
        if (sentence := _excessive(key, raw)) is not None
    ]
    # Only what nests sensibly and holds no infinite number can be written as JSON.
    if not found and len(json.dumps(mappings, ensure_ascii=False)) > MAX_CHARACTERS:
        found.append(_problem("", f"A template may have at most {MAX_CHARACTERS} characters."))
    return found


def malformed(mappings: Mapping[str, object]) -> list[Problem]:
    """Return what keeps mappings from being read at all, one problem per target."""
    found = unstorable(mappings)
    if found:
        return found
    for key, raw in mappings.items():
        try:
            parse_mapping(raw, field=key)
        except TemplateInvalid as invalid:
            found.append(_problem(key, invalid.message))
    return found


def require_readable(mappings: Mapping[str, object]) -> None:
    """Raise `ValidationFailed` naming every target whose mapping cannot be read."""
    found = malformed(mappings)
    if found:
        first = found[0]
        raise ValidationFailed(
            f"{first.field}: {first.message}" if first.field else first.message,
            errors=[
                FieldProblem(
                    field=f"mappings.{item.field}" if item.field else "mappings",
                    code=item.code,
                    message=item.message,
                )
                for item in found
            ],
        )


def set_ids_in(mappings: Mapping[str, object]) -> set[UUID]:
    """Return the mapping sets that readable mappings name; other mappings name none."""
    if len(mappings) > MAX_TARGETS:
        return set()
    return {
        set_id
        for mapping in _readable(mappings)
        for text in sets_used(mapping)
        if (set_id := parse_id(text)) is not None
    }


def _readable(mappings: Mapping[str, object]) -> Iterator[AnyMapping]:
    for key, raw in mappings.items():
        if _excessive(key, raw) is not None:
            continue
        try:
            yield parse_mapping(raw, field=key)
        except TemplateInvalid:
            continue


def excess(raw: object) -> str | None:
    """Say what of a document from outside is too deep, or is not JSON; None for nothing."""
    waiting = [(raw, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > MAX_NESTING:
            return f"It nests deeper than {MAX_NESTING} levels."
        if isinstance(value, float) and not math.isfinite(value):
            return "It contains a number that is not finite."
        if isinstance(value, dict):
            waiting.extend((item, depth + 1) for item in value.values())
        elif isinstance(value, list):
            waiting.extend((item, depth + 1) for item in value)
    return None


def _excessive(key: str, raw: object) -> str | None:
    if not 0 < len(key) <= MAX_KEY:
        return f"A field's key has 1 to {MAX_KEY} characters."
    return excess(raw)


def _problem(field: str, message: str) -> Problem:
    return Problem(field, "error", "malformed_mapping", message)

"""Trying a template on one record: what each target gets, how it came about, what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, is_dataclass
from dataclasses import fields as fields_of
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.core.errors import ValidationFailed
from app.mapping.catalogue import catalogue_of
from app.mapping.engine.compile import CompiledTemplate, Provenance, compile_template
from app.mapping.engine.context import Context
from app.mapping.engine.evaluate import Evaluated
from app.mapping.errors import FieldFailure, TemplateInvalid
from app.mapping.problems import Problem
from app.mapping.records import PLURALS, RecordSources, evaluate_sources, take_apart
from app.mapping.values import as_text
from app.templates.checking import EngineSets
from app.templates.reading import excess, unstorable

Json = dict[str, Any]


@dataclass(frozen=True)
class Tried:
    """A template ready to be tried, without the targets that cannot work at all."""

    compiled: CompiledTemplate
    problems: list[Problem]


def compile_what_works(
    integration: str, name: str, mappings: Mapping[str, object], sets: EngineSets
) -> Tried:
    """Compile a template; targets that cannot be compiled are left out and reported."""
    problems = unstorable(mappings)
    bad = {problem.field for problem in problems}
    usable = {} if "" in bad else {key: raw for key, raw in mappings.items() if key not in bad}
    try:
        return Tried(compile_template(integration, usable, sets, name=name), problems)
    except (TemplateInvalid, FieldFailure):
        pass  # the one bad target is not known to be the only one
    catalogue = catalogue_of(integration)
    good: dict[str, object] = {}
    seen: set[str] = set()
    for key, raw in usable.items():
        try:
            compile_template(integration, {key: raw}, sets, name=name)
            field = catalogue.target(key)
            if field is not None and field.key in seen:
                raise TemplateInvalid(name, key, f"“{field.label}” is mapped twice. Remove one.")
        except (TemplateInvalid, FieldFailure) as invalid:
            problems.append(Problem(key, "error", "invalid_mapping", invalid.message, name))
        else:
            good[key] = raw
            seen.add(field.key if field is not None else key)
    return Tried(compile_template(integration, good, sets, name=name), problems)


def nested_record(integration: str, record: Mapping[str, object]) -> dict[str, object]:
    """Gather flat keys of a repeated group into one entry; everything else stays."""
    repeated = {level.source for level in catalogue_of(integration).shape.repeated}
    nested: dict[str, object] = {}
    entries: dict[str, dict[str, object]] = {}
    for key, value in record.items():
        group, dot, name = key.partition(".")
        if dot and group in repeated:
            entries.setdefault(group, {})[name] = value
        else:
            nested[key] = value
    present = {PLURALS.get(key, key) for key in nested}
    return {**nested, **{group: entry for group, entry in entries.items() if group not in present}}


def taken_apart(integration: str, record: Mapping[str, object], place: str) -> RecordSources:
    """Take a record apart; raises `ValidationFailed` for what no store could have sent."""
    sentence = excess(record)
    if sentence is not None:
        raise ValidationFailed.of(place, "invalid_record", sentence)
    return take_apart(integration, nested_record(integration, record))


def preview_record(tried: Tried, record: Mapping[str, object], context: Context) -> Json:
    """Map one record for people: `{"outcome", "reason", "result", "fields", "problems"}`.

    Targets of a group that occurs once stand under their whole key. A repeated group given as a
    list stands under the group's name as a list of objects, keyed by the part after the dot.
    """
    sources = taken_apart(tried.compiled.integration, record, "record")
    mapped = evaluate_sources(tried.compiled, sources, context)
    result: Json = {}
    fields: Json = {}
    problems = [{**problem.as_dict(), "entry": None} for problem in tried.problems]
    for part in mapped.once.values():
        result.update(_values(part))
        fields.update(_fields(part))
        problems += _problems(part, None)
    lists = _groups_given_as_lists(tried.compiled, record)
    for group, parts in mapped.repeated.items():
        if group in lists:
            result[group] = [_local(_values(part)) for part in parts]
            fields[group] = [_local(_fields(part)) for part in parts]
        else:
            for part in parts:
                result.update(_values(part))
                fields.update(_fields(part))
        for index, part in enumerate(parts):
            problems += _problems(part, index)
    return {
        "outcome": mapped.outcome,
        "reason": mapped.reason,
        "result": result,
        "fields": fields,
        "problems": problems,
    }


def _groups_given_as_lists(compiled: CompiledTemplate, record: Mapping[str, object]) -> set[str]:
    given = {PLURALS.get(key, key) for key, value in record.items() if isinstance(value, list)}
    return {level.target for level in compiled.catalogue.shape.repeated if level.source in given}


def _values(part: Evaluated) -> Json:
    return {key: jsonable(value) for key, value in part.values.items()}


def _fields(part: Evaluated) -> Json:
    return {
        key: {
            "value": jsonable(value),
            "cleared": key in part.cleared,
            "added": key in part.added,
            **_provenance(part.provenance.get(key)),
        }
        for key, value in part.values.items()
    }


def _provenance(found: Provenance | None) -> Json:
    # A list that only gathers fields by name has no mapping of its own.
    known = found or Provenance("by_name")
    return {
        "kind": known.kind,
        "source": known.source or None,
        "steps": list(known.steps),
        "rules": list(known.rules),
        "sets": [jsonable(use) for use in known.sets],
        "rates": [jsonable(rate) for rate in known.rates],
    }


def _problems(part: Evaluated, entry: int | None) -> list[Json]:
    return [{**problem.as_dict(), "entry": entry} for problem in part.problems]


def _local(values: Json) -> Json:
    return {key.partition(".")[2]: value for key, value in values.items()}


def jsonable(value: object) -> Any:
    """A value of the engine as JSON; numbers with decimals become text, as money is written."""
    if isinstance(value, bool | int | str) or value is None:
        return value
    if isinstance(value, Decimal | datetime):
        return as_text(value)
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {part.name: jsonable(getattr(value, part.name)) for part in fields_of(value)}
    return str(value)

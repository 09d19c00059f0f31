"""The linter: bad templates are found before they touch a store."""

from collections.abc import Callable, Mapping
from typing import Final

from app.mapping.catalogue import Catalogue, Field, UnknownIntegration, catalogue_of
from app.mapping.engine.compile import compile_template
from app.mapping.errors import FieldFailure, TemplateInvalid
from app.mapping.lint.conditions import check_conditions
from app.mapping.lint.constants import check_constants
from app.mapping.lint.findings import Entry, Findings, Surroundings, suggestion
from app.mapping.lint.rules import check_rules
from app.mapping.lint.sets_checks import check_sets
from app.mapping.lint.sources import check_known, check_levels, check_privacy, check_types
from app.mapping.lint.step_checks import check_steps
from app.mapping.lint.targets import (
    check_clears,
    check_destinations,
    check_list_mode,
    check_required,
)
from app.mapping.mapping import MAX_TARGETS, parse_mapping
from app.mapping.problems import Problem
from app.mapping.sets import MappingSet

EntryCheck = Callable[[Entry, Surroundings, Findings], None]

MAX_NAME: Final = 200
RANK: Final = {"error": 0, "warning": 1, "info": 2}
ENTRY_CHECKS: Final[tuple[EntryCheck, ...]] = (
    check_known,
    check_clears,
    check_list_mode,
    check_types,
    check_constants,
    check_steps,
    check_sets,
    check_conditions,
    check_rules,
    check_privacy,
    check_levels,
)


def lint(
    integration: str,
    name: str,
    mappings: Mapping[str, object],
    sets: Mapping[str, MappingSet] | None = None,
    *,
    weight_unit: str | None = None,
    dimension_unit: str | None = None,
) -> list[Problem]:
    """Everything that is wrong with a template, the worst first; any JSON may come in.

    The units are the connected store's, when one is known. A template with an error must not
    be attached to an integration.
    """
    findings = Findings(name)
    _check_name(name, findings)
    try:
        catalogue = catalogue_of(integration)
    except UnknownIntegration:
        findings.add("", "error", "unknown_integration", f"There is no “{integration}”.")
        return findings.problems
    around = Surroundings(catalogue, sets or {}, weight_unit, dimension_unit)
    entries = _read(mappings, around, findings)
    unreadable = {problem.field for problem in findings.problems}
    for entry in entries:
        before = len(findings.problems)
        for check in ENTRY_CHECKS:
            check(entry, around, findings)
        if all(problem.severity != "error" for problem in findings.problems[before:]):
            _compile(entry, mappings, around, findings)
    _check_required(entries, unreadable, around, findings)
    check_destinations(entries, around, findings)
    return sorted(findings.problems, key=lambda problem: RANK[problem.severity])


def _check_name(name: str, findings: Findings) -> None:
    if not name.strip():
        findings.add("", "error", "name_missing", "The template has no name. Give it one.")
    elif len(name) > MAX_NAME:
        findings.add(
            "",
            "error",
            "name_too_long",
            f"The template's name is longer than {MAX_NAME} characters. Shorten it.",
        )


def _read(mappings: Mapping[str, object], around: Surroundings, findings: Findings) -> list[Entry]:
    entries: list[Entry] = []
    seen: dict[str, str] = {}
    if len(mappings) > MAX_TARGETS:
        findings.add(
            "",
            "error",
            "too_many_fields",
            f"The template maps more than {MAX_TARGETS} fields. Remove some.",
        )
        return entries
    for key, raw in mappings.items():
        field = _target(key, around.catalogue, findings)
        if field is None:
            continue
        if field.key in seen:
            findings.add(
                key,
                "error",
                "target_twice",
                f"{field.label} is mapped twice, as “{seen[field.key]}” and as “{key}”. "
                "Remove one.",
            )
            continue
        seen[field.key] = key
        try:
            entries.append(Entry(key, field, parse_mapping(raw, template="", field=key)))
        except TemplateInvalid as invalid:
            findings.add(key, "error", invalid.code, f"{field.label}: {invalid.message}")
        except FieldFailure as failure:
            findings.add(key, "error", failure.code, f"{field.label}: {failure.message}")
    return entries


def _target(key: str, catalogue: Catalogue, findings: Findings) -> Field | None:
    field = catalogue.target(key)
    if field is None:
        findings.add(
            key,
            "error",
            "unknown_target",
            f"There is no field “{key}” to map to."
            f"{suggestion(key, catalogue.targets.keys)} Remove it, or correct its name.",
        )
    return field


def _compile(
    entry: Entry, mappings: Mapping[str, object], around: Surroundings, findings: Findings
) -> None:
    """What only the engine can tell: patterns, lengths of time, units."""
    try:
        compile_template(
            around.catalogue.integration, {entry.key: mappings[entry.key]}, around.sets
        )
    except TemplateInvalid as invalid:
        findings.add(entry.key, "error", invalid.code, f"{entry.field.label}: {invalid.message}")
    except FieldFailure as failure:
        findings.add(entry.key, "error", failure.code, f"{entry.field.label}: {failure.message}")


def _check_required(
    entries: list[Entry], unreadable: set[str], around: Surroundings, findings: Findings
) -> None:
    """Required targets, but no second complaint about one that could not be read."""
    checked = Findings(findings.template)
    check_required(entries, around, checked)
    for problem in checked.problems:
        keys = {problem.field, *_aliases(around.catalogue, problem.field)}
        if not keys & unreadable:
            findings.add(problem.field, problem.severity, problem.code, problem.message)


def _aliases(catalogue: Catalogue, key: str) -> tuple[str, ...]:
    field = catalogue.target(key)
    return field.aliases if field else ()

"""Trying a template on many records: what its rules did, what failed, the worst records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.mapping.engine.compile import CompiledTemplate, compile_template
from app.mapping.engine.context import Context
from app.mapping.engine.evaluate import Explanation, explain
from app.mapping.mapping import FromRules, parse_mapping
from app.mapping.problems import Problem
from app.mapping.records import MappedRecord, RecordSources, evaluate_sources
from app.templates.checking import EngineSets
from app.templates.preview import Tried, jsonable, taken_apart

Json = dict[str, Any]

WORST = 20
SHOWN_PROBLEMS = 10
SHOWN_UNMATCHED = 50
_RULE = "rule "


@dataclass(slots=True)
class RuleTally:
    """What one rule did: how often it held, and how often the value was another for it."""

    matched: int = 0
    changed: int = 0


@dataclass(slots=True)
class TargetTally:
    """What the rules of one target did, by rule."""

    rules: dict[str, RuleTally]
    evaluated: int = 0
    no_match: int = 0

    def count(self, with_rules: Explanation | None, without: Explanation | None) -> None:
        """Count one evaluation; `without` is what comes out when no rule holds."""
        self.evaluated += 1
        names = {
            step.what.removeprefix(_RULE)
            for step in (with_rules.trace if with_rules else ())
            if step.what.startswith(_RULE)
        }
        acted = [self.rules[name] for name in self.rules if name in names]
        if not acted:
            self.no_match += 1
        changed = _outcome(with_rules) != _outcome(without)
        for tally in acted:
            tally.matched += 1
            tally.changed += changed

    def as_json(self, target: str) -> Json:
        """The tally as it is answered."""
        return {
            "target": target,
            "evaluated": self.evaluated,
            "no_match": self.no_match,
            "rules": [
                {"rule": name, "matched": rule.matched, "changed": rule.changed}
                for name, rule in self.rules.items()
            ],
        }


@dataclass(slots=True)
class Totals:
    """Everything counted over the records."""

    outcomes: Counter[str] = field(default_factory=Counter)
    with_errors: int = 0
    problems: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    samples: dict[tuple[str, str, str], str] = field(default_factory=dict)
    unmatched: Counter[tuple[str, str]] = field(default_factory=Counter)
    bad: list[tuple[int, MappedRecord]] = field(default_factory=list)

    def count(self, index: int, mapped: MappedRecord) -> None:
        """Count one record."""
        self.outcomes[mapped.outcome] += 1
        problems = mapped.problems
        self.with_errors += any(problem.severity == "error" for problem in problems)
        for problem in problems:
            kind = (problem.field, problem.severity, problem.code)
            self.problems[kind] += 1
            self.samples.setdefault(kind, problem.message)
        for part in mapped.parts():
            self.unmatched.update((use.mapping_set_id, use.value) for use in part.unmatched)
        if problems or mapped.outcome == "failed":
            self.bad.append((index, mapped))


def preview_records(
    tried: Tried,
    mappings: Mapping[str, object],
    sets: EngineSets,
    records: list[dict[str, Any]],
    context: Context,
) -> Json:
    """Map many records and count; raises `ValidationFailed` for an unusable one.

    Per rule: `matched` counts evaluations in which it held, `changed` those in which the target
    came out otherwise than if no rule had held. Entries of a repeated group count one by one.
    """
    compiled = tried.compiled
    ruled = dict(_ruled(compiled, mappings))
    without = compile_template(
        compiled.integration, {key: _without_rules(mappings[key]) for key in ruled}, sets
    )
    tallies = {key: TargetTally(_names(rules)) for key, rules in ruled.items()}
    totals = Totals()
    for index, record in enumerate(records):
        sources = taken_apart(compiled.integration, record, f"records.{index}")
        totals.count(index, evaluate_sources(compiled, sources, context, record_id=str(index)))
        for key, tally in tallies.items():
            for flat in _flat(compiled, sources, key):
                tally.count(
                    explain(compiled, flat, context, key), explain(without, flat, context, key)
                )
    return {
        "counts": _counts(totals, len(records)),
        "rules": [tally.as_json(key) for key, tally in tallies.items()],
        "problems": _problems(tried.problems, totals),
        "unmatched": [
            {"mapping_set_id": set_id, "value": value, "count": count}
            for (set_id, value), count in totals.unmatched.most_common(SHOWN_UNMATCHED)
        ],
        "worst": [_bad_record(index, mapped) for index, mapped in _worst(totals)],
    }


def _ruled(
    compiled: CompiledTemplate, mappings: Mapping[str, object]
) -> Iterator[tuple[str, FromRules]]:
    for key, raw in mappings.items():
        if compiled.target(key) is None:
            continue
        mapping = parse_mapping(raw, field=key)
        if isinstance(mapping, FromRules):
            yield key, mapping


def _without_rules(raw: object) -> object:
    return {**raw, "rules": []} if isinstance(raw, dict) else raw


def _names(mapping: FromRules) -> dict[str, RuleTally]:
    # Numbered as the engine does in its traces.
    return {
        f"{number} {rule.name}".strip(): RuleTally()
        for number, rule in enumerate(mapping.rules, start=1)
        if rule.enabled
    }


def _flat(compiled: CompiledTemplate, sources: RecordSources, key: str) -> list[dict[str, object]]:
    found = compiled.catalogue.target(key)
    group = found.group if found is not None else ""
    for level in compiled.catalogue.shape.repeated:
        if level.target == group:
            return [{**sources.base, **entry} for entry in sources.entries[level.source]]
    return [sources.root()]


def _outcome(found: Explanation | None) -> tuple[bool, object]:
    return (found.present, found.value) if found is not None else (False, None)


def _counts(totals: Totals, records: int) -> Json:
    return {
        "records": records,
        "mapped": totals.outcomes["mapped"],
        "skipped": totals.outcomes["skipped"],
        "failed": totals.outcomes["failed"],
        "with_errors": totals.with_errors,
    }


def _problems(of_template: list[Problem], totals: Totals) -> list[Json]:
    found: list[Json] = [{**problem.as_dict(), "count": None} for problem in of_template]
    for kind, count in totals.problems.most_common():
        target, severity, code = kind
        found.append(
            {
                "field": target,
                "severity": severity,
                "code": code,
                "message": totals.samples[kind],
                "count": count,
            }
        )
    return found


def _worst(totals: Totals) -> list[tuple[int, MappedRecord]]:
    def badness(item: tuple[int, MappedRecord]) -> tuple[bool, int, int]:
        index, mapped = item
        errors = sum(problem.severity == "error" for problem in mapped.problems)
        return mapped.outcome != "failed", -errors, index

    return sorted(totals.bad, key=badness)[:WORST]


def _bad_record(index: int, mapped: MappedRecord) -> Json:
    return {
        "index": index,
        "outcome": mapped.outcome,
        "reason": mapped.reason,
        "error_count": sum(problem.severity == "error" for problem in mapped.problems),
        "problems": [problem.as_dict() for problem in mapped.problems[:SHOWN_PROBLEMS]],
        "result": jsonable(mapped.nested()),
    }

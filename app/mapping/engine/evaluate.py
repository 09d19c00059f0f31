"""Evaluating a compiled template on one flat record.

A target whose source the record does not mention is left out. A null goes through where the
target accepts null and is left out elsewhere, so that our own gaps never clear the store. A
target that fails is left out with a problem; a required one without a value is a problem.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import DecimalException

from app.mapping.catalogue.fields import UNCLEARABLE
from app.mapping.engine.compile import CompiledTarget, CompiledTemplate, Provenance
from app.mapping.engine.context import CLEAR, IGNORE, Context, Record, Run, SetUse, TraceStep
from app.mapping.errors import FailRecord, FieldFailure, SkipRecord
from app.mapping.problems import Problem
from app.mapping.values import MISSING, exact


@dataclass(slots=True)
class Evaluated:
    """The result of one record in one target group.

    `values` holds payload values by target key; `cleared` says which of them are explicit
    clears, `added` which lists are to be added to what is there instead of replacing it.
    `outcome` is `skipped` or `failed` with a `reason` when the template stopped the record.
    """

    values: dict[str, object] = field(default_factory=dict)
    cleared: set[str] = field(default_factory=set)
    added: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    provenance: dict[str, Provenance] = field(default_factory=dict)
    unmatched: list[SetUse] = field(default_factory=list)
    outcome: str = "mapped"
    reason: str = ""

    @property
    def ok(self) -> bool:
        """True when the record was mapped without an error."""
        return self.outcome == "mapped" and not any(
            problem.severity == "error" for problem in self.problems
        )


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a target has its value, step by step."""

    target: str
    trace: tuple[TraceStep, ...]
    provenance: Provenance | None
    value: object
    present: bool
    problems: tuple[Problem, ...]


def evaluate(
    template: CompiledTemplate,
    record: Record,
    context: Context,
    *,
    group: str | None = None,
    record_id: str = "",
) -> Evaluated:
    """All targets of a group, or of all groups, for one flat record keyed by source keys."""
    result = Evaluated()
    run = Run(context)
    if group is not None:
        targets = template.groups.get(group, ())
    else:
        targets = tuple(target for part in template.groups.values() for target in part)
    try:
        for target in targets:
            _evaluate_target(target, record, run, result, template.name, record_id)
    except SkipRecord as skip:
        return Evaluated(outcome="skipped", reason=skip.reason, problems=result.problems)
    except FailRecord as failure:
        problem = Problem("", "error", "failed_by_rule", failure.reason, template.name, record_id)
        problems = [*result.problems, problem]
        return Evaluated(outcome="failed", reason=failure.reason, problems=problems)
    return result


def _evaluate_target(
    target: CompiledTarget, record: Record, run: Run, result: Evaluated, name: str, record_id: str
) -> None:
    key = target.field.key
    try:
        value = target.read(record, run)
        if value is not MISSING and value is not IGNORE and value is not CLEAR:
            value = None if value is None else target.coerce(value)
    except FieldFailure as failure:
        result.problems.append(_problem(target, failure.code, failure.message, name, record_id))
        value = MISSING
    except DecimalException:
        message = "The calculation has no usable result. Check the numbers of its steps."
        result.problems.append(_problem(target, "not_a_number", message, name, record_id))
        value = MISSING
    else:
        value = _judged(target, value, result, name, record_id)
    if value is not MISSING:
        result.values[key] = value
        result.provenance[key] = _provenance(target, run) if run.noted else target.provenance
        if target.adds:
            result.added.add(key)
    if run.noted:
        result.unmatched.extend(use for use in run.sets if not use.matched)
        _forget(run)


def _judged(
    target: CompiledTarget, value: object, result: Evaluated, name: str, record_id: str
) -> object:
    """The value to store, or MISSING; problems are added to the result."""
    field = target.field
    if value is CLEAR:
        if field.empty is not UNCLEARABLE and not field.required:
            result.cleared.add(field.key)
            return _fresh(field.empty)
        message = "The store has no empty value for it. Map a field or a value instead."
        result.problems.append(_problem(target, "cannot_be_empty", message, name, record_id))
        return MISSING
    if value is None or value is MISSING or value is IGNORE:
        if field.required:
            message = "It is required but has no value in this record. Fill in the source field."
            result.problems.append(_problem(target, "required_missing", message, name, record_id))
            return MISSING
        return None if value is None and field.nullable else MISSING
    if field.required and value.__class__ is str and not str(value).strip():
        message = "It is required but empty in this record. Fill in the source field."
        result.problems.append(_problem(target, "required_missing", message, name, record_id))
        return MISSING
    if field.omit_blank and value == "":
        return MISSING
    if target.check is not None:
        fault = target.check(value)
        if fault is not None:
            result.problems.append(_problem(target, *fault, name, record_id))
    return value


def _fresh(empty: object) -> object:
    if isinstance(empty, tuple):
        return []
    return dict(empty) if isinstance(empty, Mapping) else empty


def _problem(target: CompiledTarget, code: str, message: str, name: str, record: str) -> Problem:
    text = f"{target.field.label}: {message}"
    return Problem(target.field.key, "error", code, text, name, record)


def _provenance(target: CompiledTarget, run: Run) -> Provenance:
    return replace(
        target.provenance, rules=tuple(run.rules), sets=tuple(run.sets), rates=tuple(run.rates)
    )


def _forget(run: Run) -> None:
    run.rules.clear()
    run.sets.clear()
    run.rates.clear()
    run.previous = run.original = MISSING
    run.noted = False


def explain(
    template: CompiledTemplate, record: Record, context: Context, target_key: str
) -> Explanation | None:
    """The way to one target's value, step by step; None when the target is not mapped."""
    target = template.target(target_key)
    if target is None:
        return None
    run = Run(context, trace=[])
    result = Evaluated()
    try:
        _evaluate_target(target, record, run, result, template.name, "")
    except (SkipRecord, FailRecord) as stop:
        run.note("record stopped", stop.reason)
    key = target.field.key
    return Explanation(
        target=key,
        trace=tuple(run.trace or ()),
        provenance=result.provenance.get(key),
        value=exact(result.values.get(key)),
        present=key in result.values,
        problems=tuple(result.problems),
    )

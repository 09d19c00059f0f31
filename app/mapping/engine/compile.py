"""Mappings compiled to functions: a template is read once and then only called."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.mapping.catalogue import Catalogue, Field, catalogue_of
from app.mapping.coerce import Check, Coercion, check, coercion
from app.mapping.currency import AppliedRate
from app.mapping.engine.context import (
    CLEAR,
    IGNORE,
    Instruction,
    Reader,
    Record,
    Run,
    SetUse,
    StepFunction,
    Test,
)
from app.mapping.engine.predicates import compile_condition
from app.mapping.engine.read import Scope, reader
from app.mapping.engine.steps import compile_step, find_set, look_up
from app.mapping.errors import TemplateInvalid
from app.mapping.mapping import (
    AnyMapping,
    Empty,
    FromField,
    FromRules,
    FromSet,
    FromValue,
    Ignore,
    Rule,
    parse_mapping,
)
from app.mapping.sets import MappingSet
from app.mapping.steps import Step
from app.mapping.values import MISSING, exact


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a value came about: its kind and source, the steps, and what happened on the way.

    `rules` names the rules that acted (numbered from 1, `otherwise` when none did), `sets` the
    look-ups and `rates` the currency conversions of this very record.
    """

    kind: str
    source: str = ""
    steps: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    sets: tuple[SetUse, ...] = ()
    rates: tuple[AppliedRate, ...] = ()


@dataclass(frozen=True, slots=True)
class CompiledTarget:
    """One target: how to read its value, bring it into its type, and judge it."""

    field: Field
    read: Reader
    coerce: Coercion
    check: Check | None
    provenance: Provenance
    adds: bool


@dataclass(frozen=True, slots=True)
class CompiledTemplate:
    """A template ready to run, its targets by group in the catalogue's order."""

    name: str
    catalogue: Catalogue
    groups: Mapping[str, tuple[CompiledTarget, ...]]

    @property
    def integration(self) -> str:
        """The integration that the template is for."""
        return self.catalogue.integration

    def target(self, key: str) -> CompiledTarget | None:
        """The compiled target of a key or alias, or None when it is ignored or not mapped."""
        field = self.catalogue.target(key)
        if field is None:
            return None
        group = self.groups.get(field.group, ())
        return next((target for target in group if target.field.key == field.key), None)


def compile_template(
    integration: str,
    mappings: Mapping[str, object],
    sets: Mapping[str, MappingSet] | None = None,
    *,
    name: str = "",
) -> CompiledTemplate:
    """A template from its JSON mappings; raises TemplateInvalid naming template and field."""
    catalogue = catalogue_of(integration)
    groups: dict[str, list[CompiledTarget]] = {}
    seen: set[str] = set()
    for key, raw in mappings.items():
        field = catalogue.target(key)
        if field is None:
            raise TemplateInvalid(
                name, key, "This field does not exist. Remove it.", "unknown_target"
            )
        if field.key in seen:
            raise TemplateInvalid(
                name, key, f"“{field.label}” is mapped twice. Remove one.", "target_twice"
            )
        seen.add(field.key)
        mapping = parse_mapping(raw, template=name, field=key)
        if isinstance(mapping, Ignore):
            continue
        scope = Scope(catalogue, sets or {}, name, field)
        groups.setdefault(field.group, []).append(_target(mapping, scope))
    return CompiledTemplate(name, catalogue, {key: tuple(found) for key, found in groups.items()})


def _target(mapping: AnyMapping, scope: Scope) -> CompiledTarget:
    field = scope.target
    adds = not isinstance(mapping, Empty | Ignore) and mapping.list_mode == "add"
    return CompiledTarget(
        field=field,
        read=compile_mapping(mapping, scope),
        coerce=coercion(field),
        check=check(field),
        provenance=_provenance(mapping, scope),
        adds=adds,
    )


def _provenance(mapping: AnyMapping, scope: Scope) -> Provenance:
    if isinstance(mapping, FromField | FromSet):
        found = scope.source(mapping.source)
        source = found.key if found else mapping.source
        return Provenance(mapping.kind, source, tuple(step.do for step in mapping.steps))
    if isinstance(mapping, FromValue):
        return Provenance("value", "", tuple(step.do for step in mapping.steps))
    return Provenance(mapping.kind)


def compile_mapping(mapping: AnyMapping, scope: Scope) -> Reader:
    """A mapping as a function of the record that answers a value, IGNORE or CLEAR."""
    match mapping:
        case Ignore():
            return lambda record, run: IGNORE
        case Empty():
            return lambda record, run: CLEAR
        case FromField():
            return _piped(_noted(mapping.source, scope), mapping.steps, scope)
        case FromValue():
            constant = exact(mapping.value)
            return _piped(lambda record, run: constant, mapping.steps, scope)
        case FromSet():
            return _from_set(mapping, scope)
        case FromRules():
            return _from_rules(mapping, scope)


def _noted(key: str, scope: Scope) -> Reader:
    """A reader that also tells the trace; the usual case is one look-up and no further call."""
    field = scope.source(key)
    if field is None or field.named:
        return _noted_by(reader(key, scope), f"read {field.label if field else key}")
    canonical, label = field.key, f"read {field.group_label} – {field.label}"

    def read_field(record: Record, run: Run) -> object:
        value = record.get(canonical, MISSING)
        if run.trace is not None:
            run.note(label, value)
        return value

    return read_field


def _noted_by(read: Reader, label: str) -> Reader:
    def read_and_note(record: Record, run: Run) -> object:
        value = read(record, run)
        run.note(label, value)
        return value

    return read_and_note


def _piped(read: Reader, steps: tuple[Step, ...], scope: Scope) -> Reader:
    if not steps:
        return read
    functions: tuple[tuple[str, StepFunction], ...] = tuple(
        (step.do, compile_step(step, scope)) for step in steps
    )

    def piped(record: Record, run: Run) -> object:
        value = read(record, run)
        for name, function in functions:
            value = function(value, record, run)
            if run.trace is not None:
                run.note(name, value)
        return value

    return piped


def _from_set(mapping: FromSet, scope: Scope) -> Reader:
    read = _noted(mapping.source, scope)
    table = find_set(mapping.mapping_set_id, scope)
    find = look_up(
        table,
        mapping.no_match,
        mapping.fallback,
        trim=mapping.trim,
        ignore_case=mapping.ignore_case,
    )

    def looked_up(record: Record, run: Run) -> object:
        value = find(read(record, run), record, run)
        run.note(f"mapping set {table.name}", value)
        return value

    return _piped(looked_up, mapping.steps, scope)


@dataclass(frozen=True, slots=True)
class _CompiledRule:
    name: str
    when: Test | None
    then: Reader
    from_original: bool


def _from_rules(mapping: FromRules, scope: Scope) -> Reader:
    start = compile_mapping(mapping.start, scope) if mapping.start else None
    rules = tuple(
        _rule(number, rule, scope)
        for number, rule in enumerate(mapping.rules, start=1)
        if rule.enabled
    )
    otherwise = compile_mapping(mapping.otherwise, scope) if mapping.otherwise else None
    first_only = mapping.apply == "first"

    def decide(record: Record, run: Run) -> object:
        outer = run.previous, run.original
        run.noted = True
        begun = start(record, run) if start else MISSING
        original = _readable(begun)
        result, acted = begun, False
        for rule in rules:
            run.original = original
            run.previous = original if rule.from_original else _readable(result)
            if rule.when is not None and not rule.when(record, run):
                continue
            run.rules.append(rule.name)
            run.note(f"rule {rule.name}", run.previous)
            result, acted = rule.then(record, run), True
            if first_only:
                break
        if not acted:
            run.rules.append("otherwise")
            run.previous = run.original = original
            fallback = begun if start else IGNORE
            result = otherwise(record, run) if otherwise else fallback
        run.previous, run.original = outer
        return result

    return decide


def _readable(result: object) -> object:
    """A result as a later rule reads it: ignored and cleared read as missing."""
    return MISSING if isinstance(result, Instruction) else result


def _rule(number: int, rule: Rule, scope: Scope) -> _CompiledRule:
    return _CompiledRule(
        name=f"{number} {rule.name}".strip(),
        when=compile_condition(rule.when, scope) if rule.when is not None else None,
        then=compile_mapping(rule.then, scope),
        from_original=rule.input == "original",
    )

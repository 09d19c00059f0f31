"""Each step of a template as a function."""

from app.mapping.engine import number_steps, text_steps
from app.mapping.engine.context import Record, Run, SetUse, StepFunction
from app.mapping.engine.read import Scope, reader
from app.mapping.errors import FailRecord, FieldFailure, SkipRecord, TemplateInvalid
from app.mapping.sets import MappingSet, fold
from app.mapping.steps import (
    Affix,
    Arithmetic,
    Clamp,
    ConvertCurrency,
    ConvertUnit,
    Default,
    FirstNonEmpty,
    Join,
    Lookup,
    NoMatch,
    Plain,
    RegexReplace,
    Replace,
    Round,
    RoundUpTo,
    Split,
    Step,
    Stop,
    Truncate,
)
from app.mapping.values import as_text, is_absent, is_blank, shortened


def compile_step(step: Step, scope: Scope) -> StepFunction:
    """One step as a function of value and record; raises TemplateInvalid."""
    match step:
        case Plain():
            return text_steps.plain(step)
        case Affix():
            return text_steps.affix(step)
        case Replace():
            return text_steps.replace(step, scope)
        case RegexReplace():
            return text_steps.regex_replace(step, scope)
        case Truncate():
            return text_steps.truncate(step)
        case Split():
            return text_steps.split(step)
        case Join():
            return text_steps.join(step, scope)
        case Default() | FirstNonEmpty() | Lookup() | Stop():
            return _record_step(step, scope)
    return _number_step(step, scope)


def _number_step(
    step: Arithmetic | Round | RoundUpTo | Clamp | ConvertUnit | ConvertCurrency, scope: Scope
) -> StepFunction:
    match step:
        case Arithmetic():
            return number_steps.arithmetic(step, scope)
        case Round():
            return number_steps.round_to(step)
        case RoundUpTo():
            return number_steps.round_up_to(step, scope)
        case Clamp():
            return number_steps.clamp(step, scope)
        case ConvertUnit():
            return number_steps.convert_unit(step, scope)
        case ConvertCurrency():
            return number_steps.convert_currency(step, scope)


def _record_step(step: Default | FirstNonEmpty | Lookup | Stop, scope: Scope) -> StepFunction:
    match step:
        case Default():
            constant = step.value
            return lambda value, record, run: constant if is_blank(value) else value
        case FirstNonEmpty():
            return _first_non_empty(step, scope)
        case Stop():
            return _stop(step, scope)
        case Lookup():
            table = find_set(step.mapping_set_id, scope)
            return look_up(table, step.no_match, step.fallback)


def _first_non_empty(step: FirstNonEmpty, scope: Scope) -> StepFunction:
    readers = tuple(reader(key, scope) for key in step.fields)

    def apply(value: object, record: Record, run: Run) -> object:
        if not is_blank(value):
            return value
        found = (read(record, run) for read in readers)
        return next((candidate for candidate in found if not is_blank(candidate)), value)

    return apply


def _stop(step: Stop, scope: Scope) -> StepFunction:
    raised = SkipRecord if step.do == "skip_record" else FailRecord
    reason = step.reason or f"The template says so at “{scope.target.label}”."

    def stop(value: object, record: Record, run: Run) -> object:
        raise raised(reason)

    return stop


def find_set(set_id: str, scope: Scope) -> MappingSet:
    """The mapping set of this id; raises TemplateInvalid when there is none."""
    table = scope.sets.get(set_id)
    if table is None:
        message = f"The mapping set “{set_id}” does not exist. Choose another one."
        raise TemplateInvalid(scope.template, scope.target.key, message, "set_missing")
    return table


def look_up(
    table: MappingSet,
    no_match: NoMatch,
    fallback: object,
    *,
    trim: bool = False,
    ignore_case: bool = False,
) -> StepFunction:
    """A look-up with its policy for values that are not listed; every use is noted."""
    loose = trim or ignore_case
    keyed = table.folded(trim=trim, ignore_case=ignore_case) if loose else table

    def apply(value: object, record: Record, run: Run) -> object:
        if is_absent(value):
            return fallback if no_match == "fallback" else value
        if isinstance(value, list | tuple):
            return [apply(item, record, run) for item in value]
        text = as_text(value)
        matched, found = keyed.find(
            fold(text, trim=trim, ignore_case=ignore_case) if loose else text
        )
        run.sets.append(SetUse(table.id, text, matched))
        run.noted = True
        if matched:
            return found
        if no_match == "fail":
            raise FieldFailure(
                "not_in_mapping_set",
                f"“{shortened(value)}” is not in the mapping set “{table.name}”. Add it there.",
            )
        return fallback if no_match == "fallback" else value

    return apply

"""Definitions read and made ready to be evaluated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError

from app.core.errors import FieldProblem
from app.mapping.engine.context import Context, Record
from app.mapping.errors import TemplateInvalid
from app.mapping.rule_conditions import condition_test, subject_record
from app.rules.definitions import DEFINITIONS, Definition
from app.rules.kinds import ABOUT_LISTINGS, RuleKind

Nested = Mapping[str, Any]
Applies = Callable[[Nested, Context], bool]

_ENTRIES: Final = MappingProxyType({"listing": "listing_variant", "order": "line_item"})


class DefinitionInvalid(Exception):
    """A definition that cannot be used; `problems` say where and why."""

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        super().__init__("; ".join(problem.message for problem in problems[:3]))
        self.problems = list(problems)


@dataclass(frozen=True, slots=True)
class ActiveRule:
    """A rule that is switched on. `applies` takes a nested record (see `compile_rule`)."""

    id: UUID
    name: str
    kind: RuleKind
    definition: Definition
    applies: Applies


def parse_definition(kind: RuleKind, raw: object) -> Definition:
    """Read a definition; raises `DefinitionInvalid` with a sentence per fault."""
    try:
        return DEFINITIONS[kind].model_validate(raw)
    except ValidationError as error:
        raise DefinitionInvalid(
            [
                FieldProblem(
                    field=".".join(["definition", *map(str, item["loc"])]),
                    code="unknown_field" if item["type"] == "extra_forbidden" else item["type"],
                    message=item["msg"],
                )
                for item in error.errors(include_url=False, include_context=False)
            ]
        ) from error
    except RecursionError as error:
        problem = FieldProblem(
            field="definition.when", code="too_deep", message="The condition nests too deep."
        )
        raise DefinitionInvalid([problem]) from error


def compile_rule(rule_id: UUID, name: str, kind: RuleKind, raw: Mapping[str, Any]) -> ActiveRule:
    """Make a rule ready; raises `DefinitionInvalid`.

    Its `applies` takes `{"listing": {…}, "listing_variant": [{…}]}`, or an order as `{"order": {…},
    "billing_address": {…}, "line_items": [{…, "shipping_address": {…}}]}`, and tells whether the
    condition holds for any (or all) of the entries.
    """
    definition = parse_definition(kind, raw)
    return ActiveRule(rule_id, name, kind, definition, _applies(kind, name, definition, raw))


def _applies(kind: RuleKind, name: str, definition: Definition, raw: Mapping[str, Any]) -> Applies:
    if raw.get("when") is None:
        return lambda record, context: True
    about = kind in ABOUT_LISTINGS
    subject = "listing" if about else "order"
    try:
        test = condition_test(raw["when"], "listing" if about else "order", name=name)
    except TemplateInvalid as error:
        problem = FieldProblem(field="definition.when", code=error.code, message=error.message)
        raise DefinitionInvalid([problem]) from error
    which = getattr(definition, "variants" if about else "lines", "any")
    quantifier: Callable[[Iterable[object]], bool] = all if which == "all" else any

    def applies(record: Nested, context: Context) -> bool:
        taken = subject_record("listing" if about else "order", record)
        entries: list[Record] = [
            {**taken.base, **entry} for entry in taken.entries[_ENTRIES[subject]]
        ]
        return quantifier(test(entry, context) for entry in entries or [taken.base])

    return applies

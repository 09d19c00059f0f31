"""A template as the user writes it: for each target one mapping of six kinds.

`rules` runs its rules from top to bottom. With `"apply": "first"` (the default) the first rule
whose `when` holds decides; with `"apply": "all"` every rule whose `when` holds acts in turn on
the result so far. Inside a rule `@previous` is the result so far and `@original` the result of
`start`; both can be read as sources and in conditions. A rule with `"input": "original"` sees
the original in both places.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Literal

from pydantic import AliasChoices, BeforeValidator, Field, TypeAdapter, ValidationError

from app.mapping.conditions import MAX_DEPTH, Condition, Model, bounded, depth, fields_read
from app.mapping.errors import TemplateInvalid
from app.mapping.steps import MAX_STEPS, Constant, Key, Lookup, NoMatch, Step
from app.mapping.steps import fields_read as step_fields

MAX_RULES: Final = 200
MAX_TARGETS: Final = 1_000
MAX_RULES_DEPTH: Final = 4
PREVIOUS: Final = "@previous"
ORIGINAL: Final = "@original"

ListMode = Literal["replace", "add"]
Steps = Annotated[tuple[Step, ...], Field(max_length=MAX_STEPS)]


class Ignore(Model):
    """Leaves the target untouched: it is absent from the result."""

    kind: Literal["ignore"]


class Empty(Model):
    """Clears the target: its documented empty value is sent."""

    kind: Literal["empty"]


class FromField(Model):
    """Takes a field of the record."""

    kind: Literal["field"]
    source: Key
    steps: Steps = ()
    list_mode: ListMode = "replace"


class FromValue(Model):
    """Takes a constant."""

    kind: Literal["value"]
    value: Annotated[Constant | list[object] | dict[str, object], BeforeValidator(bounded)]
    steps: Steps = ()
    list_mode: ListMode = "replace"


class FromSet(Model):
    """Looks a field up in a mapping set."""

    kind: Literal["mapping_set"]
    source: Key
    mapping_set_id: Key = Field(validation_alias=AliasChoices("mapping_set_id", "set"))
    no_match: NoMatch = "pass_through"
    fallback: Constant = None
    trim: bool = False
    ignore_case: bool = False
    steps: Steps = ()
    list_mode: ListMode = "replace"


class Rule(Model):
    """When a condition holds, map so; a rule without `when` always holds."""

    when: Condition | None = None
    then: "AnyMapping"
    name: str = Field(default="", max_length=200)
    input: Literal["previous", "original"] = "previous"
    enabled: bool = True


class FromRules(Model):
    """Decides by conditions."""

    kind: Literal["rules"]
    rules: tuple[Rule, ...] = Field(max_length=MAX_RULES)
    otherwise: "AnyMapping | None" = None
    start: "AnyMapping | None" = None
    apply: Literal["first", "all"] = "first"
    list_mode: ListMode = "replace"


AnyMapping = Annotated[
    Ignore | Empty | FromField | FromValue | FromSet | FromRules, Field(discriminator="kind")
]

Rule.model_rebuild()
FromRules.model_rebuild()

_ADAPTER: Final[TypeAdapter[AnyMapping]] = TypeAdapter(AnyMapping)


def parse_mapping(raw: object, *, template: str = "", field: str = "") -> AnyMapping:
    """One mapping from JSON; raises TemplateInvalid with a sentence about the first fault."""
    try:
        mapping = _ADAPTER.validate_python(raw)
    except ValidationError as error:
        raise TemplateInvalid(template, field, explained(error)) from None
    except RecursionError:
        raise TemplateInvalid(template, field, "The mapping nests too deep.") from None
    _check_depth(mapping, template, field)
    return mapping


def parse_mappings(raw: Mapping[str, object], *, template: str = "") -> dict[str, AnyMapping]:
    """All mappings of a template; raises TemplateInvalid on the first bad one."""
    if len(raw) > MAX_TARGETS:
        raise TemplateInvalid(template, "", f"A template may map at most {MAX_TARGETS} fields.")
    return {
        key: parse_mapping(mapping, template=template, field=key) for key, mapping in raw.items()
    }


def explained(error: ValidationError) -> str:
    """The first validation fault as a sentence with its place."""
    first = error.errors(include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"] if not _is_tag(part))
    if first["type"] == "union_tag_not_found":
        return f"The mapping{_at(place)} needs a “kind” (or a step a “do”)."
    if first["type"] == "extra_forbidden":
        return f"“{place}” is not a known setting. Remove it or check its spelling."
    if first["type"] == "missing":
        return f"“{place}” is missing. Fill it in."
    return f"The mapping is not valid{_at(place)}: {first['msg']}."


def _at(place: str) -> str:
    return f" at “{place}”" if place else ""


def _is_tag(part: int | str) -> bool:
    return isinstance(part, str) and part in _TAGS


_TAGS: Final = frozenset(
    {"ignore", "empty", "field", "value", "mapping_set", "rules", "scalar", "list"}
) - {"field", "value", "rules"}


def nested(mapping: AnyMapping) -> Iterator[AnyMapping]:
    """The mapping itself and every mapping inside it."""
    yield mapping
    if isinstance(mapping, FromRules):
        for inner in (mapping.start, *(rule.then for rule in mapping.rules), mapping.otherwise):
            if inner is not None:
                yield from nested(inner)


def sources_read(mapping: AnyMapping) -> Iterator[str]:
    """Every field that a mapping reads, in conditions and steps too."""
    for inner in nested(mapping):
        if isinstance(inner, FromField | FromSet):
            yield inner.source
        if isinstance(inner, FromField | FromSet | FromValue):
            for step in inner.steps:
                yield from step_fields(step)
        if isinstance(inner, FromRules):
            for rule in inner.rules:
                if rule.when is not None:
                    yield from fields_read(rule.when)


def sets_used(mapping: AnyMapping) -> Iterator[str]:
    """Every mapping set that a mapping needs."""
    for inner in nested(mapping):
        if isinstance(inner, FromSet):
            yield inner.mapping_set_id
        if isinstance(inner, FromField | FromSet | FromValue):
            for step in inner.steps:
                if isinstance(step, Lookup):
                    yield step.mapping_set_id


def _check_depth(mapping: AnyMapping, template: str, field: str, level: int = 0) -> None:
    if level > MAX_RULES_DEPTH:
        raise TemplateInvalid(
            template, field, f"Rules may nest at most {MAX_RULES_DEPTH} deep. Use a flat list."
        )
    if not isinstance(mapping, FromRules):
        return
    for rule in mapping.rules:
        if rule.when is not None and depth(rule.when) > MAX_DEPTH:
            raise TemplateInvalid(
                template, field, f"Conditions may nest at most {MAX_DEPTH} deep. Simplify them."
            )
        _check_depth(rule.then, template, field, level + 1)
    for inner in (mapping.start, mapping.otherwise):
        if inner is not None:
            _check_depth(inner, template, field, level + 1)

"""Conditions outside templates: rules about listings, about orders, about shipments."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, Literal

from pydantic import TypeAdapter, ValidationError

from app.mapping.catalogue import CATALOGUES, Catalogue, Shape
from app.mapping.catalogue.fields import Field, FieldType, Level
from app.mapping.conditions import MAX_DEPTH, Condition, depth, fields_read
from app.mapping.engine.context import Context, Record, Run
from app.mapping.engine.predicates import compile_condition
from app.mapping.engine.read import Scope
from app.mapping.errors import TemplateInvalid
from app.mapping.mapping import explained
from app.mapping.records import RecordSources, apart

Subject = Literal["listing", "order"]
ConditionTest = Callable[[Record, Context], bool]

_ADAPTER: Final[TypeAdapter[Condition]] = TypeAdapter(Condition)
_RESULT: Final = Field("listing.rule", "Rule", FieldType.STRING)


def subject_catalogue(subject: Subject) -> Catalogue:
    """The fields a rule about listings or about our orders may look at, as sources."""
    if subject == "listing":
        return CATALOGUES["sync_listings"]
    orders = CATALOGUES["get_orders"]
    shape = orders.shape
    own = Shape(
        root=Level(shape.root.target, shape.root.target),
        once=tuple(Level(level.target, level.target) for level in shape.once),
        repeated=tuple(Level(level.target, level.target) for level in shape.repeated),
    )
    return replace(orders, shape=own, sources=orders.targets)


def subject_record(subject: Subject, record: Mapping[str, object]) -> RecordSources:
    """A nested listing or order as flat dictionaries; see `records.take_apart`."""
    return apart(subject_catalogue(subject), record)


def condition_test(raw: object, subject: Subject, *, name: str = "") -> ConditionTest:
    """A condition as a function of a flat record; raises TemplateInvalid with a sentence."""
    try:
        condition = _ADAPTER.validate_python(raw)
    except (ValidationError, RecursionError) as error:
        message = explained(error) if isinstance(error, ValidationError) else "It nests too deep."
        raise TemplateInvalid(name, "when", message) from None
    if depth(condition) > MAX_DEPTH:
        raise TemplateInvalid(name, "when", f"Conditions may nest at most {MAX_DEPTH} deep.")
    catalogue = subject_catalogue(subject)
    for key in fields_read(condition):
        if catalogue.source(key) is None:
            raise TemplateInvalid(name, "when", f"There is no field “{key}”.", "unknown_source")
    test = compile_condition(condition, Scope(catalogue, {}, name, _RESULT))
    return lambda record, context: test(record, Run(context))

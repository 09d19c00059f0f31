"""Short constructors that the field tables are written with."""

from decimal import Decimal
from typing import TypedDict, Unpack

from app.mapping.catalogue.fields import (
    Field,
    FieldType,
    NamedField,
    Sensitivity,
    default_empty,
)

INT32_MAX = Decimal(2_147_483_647)


class Details(TypedDict, total=False):
    """Everything of a field beyond key, label, type and example."""

    required: bool
    max_length: int | None
    enumeration: tuple[str, ...]
    open_enumeration: bool
    bigcommerce: str
    aliases: tuple[str, ...]
    empty: object
    nullable: bool
    minimum: Decimal | None
    maximum: Decimal | None
    sensitivity: Sensitivity | None
    public: bool
    protected: bool
    omit_blank: bool


def source(
    key: str, label: str, kind: FieldType, example: str = "", **details: Unpack[Details]
) -> Field:
    """A field that a template may read."""
    return Field(key, label, kind, example, **details)


def own(
    key: str, label: str, kind: FieldType, example: str = "", **details: Unpack[Details]
) -> Field:
    """A target among our own rows: null is accepted everywhere but in required fields."""
    details.setdefault("nullable", not details.get("required", False))
    details.setdefault("empty", default_empty(kind, in_store=False))
    return Field(key, label, kind, example, **details)


def store(
    key: str, label: str, kind: FieldType, example: str = "", **details: Unpack[Details]
) -> Field:
    """A target in the BigCommerce store: null only where the table says so."""
    details.setdefault("empty", default_empty(kind, in_store=True))
    if kind in (FieldType.MONEY, FieldType.WEIGHT, FieldType.LENGTH, FieldType.INTEGER):
        details.setdefault("minimum", Decimal(0))
    if kind is FieldType.INTEGER:
        details.setdefault("maximum", INT32_MAX)
    if kind is FieldType.STRING:
        details.setdefault("max_length", 255)
    return Field(key, label, kind, example, **details)


def named(
    key: str, label: str, container: str, example: str, **details: Unpack[Details]
) -> NamedField:
    """A family of text fields addressed by name, such as custom fields."""
    kind = FieldType.STRING
    return NamedField(Field(key, label, kind, example, named=True, **details), container)

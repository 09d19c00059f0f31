"""Get Orders: the store's orders, addresses and lines become ours.

Keys are snake case of the names; where source and target are named differently, the other name
is accepted as well, and so is BigCommerce's own. The line's weight stays in the store's unit.
"""

from typing import Final

from app.mapping.catalogue.build import named, own, source
from app.mapping.catalogue.fields import Field, Level, NamedField, Sensitivity, Shape
from app.mapping.catalogue.get_orders_rows import ADDRESS, LINE_ITEM, ORDER, SHIPPING_ONLY, Row

SHAPE: Final = Shape(
    root=Level("bigcommerce_order", "order"),
    once=(Level("bigcommerce_billing_address", "billing_address"),),
    repeated=(
        Level("bigcommerce_shipping_address", "shipping_address"),
        Level("bigcommerce_line_item", "line_item"),
    ),
)

PERSONAL: Final = frozenset(
    {
        "Company",
        "Email",
        "First Name",
        "Last Name",
        "Phone",
        "Street Address 1",
        "Street Address 2",
        "Zip",
        "Customer Message",
        "Staff Notes",
        "IP Address",
        "Wrapping Message",
        "Customer ID",
    }
)
CONFIDENTIAL: Final = frozenset(
    {"Base Cost Price", "Cost Price Ex Tax", "Cost Price Inc Tax", "Cost Price Tax"}
)
REQUIRED: Final = frozenset({"order.date_created", "line_item.quantity", "line_item.sku"})


def key_of(label: str) -> str:
    """Snake case of a field's name."""
    return "_".join(label.replace("(", " ").replace(")", " ").lower().split())


def _sensitivity(label: str) -> Sensitivity | None:
    if label in PERSONAL:
        return "personal"
    return "confidential" if label in CONFIDENTIAL else None


def _source(group: str, row: Row) -> Field:
    prefix = f"bigcommerce_{group}"
    key = f"{prefix}.{key_of(row.label)}"
    others = (f"{prefix}.{key_of(row.target)}", f"{prefix}.{row.native}")
    return source(
        key,
        row.label,
        row.type,
        row.example,
        bigcommerce=row.native,
        aliases=tuple(dict.fromkeys(alias for alias in others if alias != key)),
        sensitivity=_sensitivity(row.label),
        enumeration=row.enumeration,
    )


def _target(group: str, row: Row) -> Field:
    key = f"{group}.{key_of(row.target)}"
    alias = f"{group}.{key_of(row.label)}"
    return own(
        key,
        row.target,
        row.type,
        row.example,
        required=key in REQUIRED,
        bigcommerce=row.native,
        aliases=() if alias == key else (alias,),
        protected=group.endswith("address") or row.label in PERSONAL,
    )


GROUPS: Final[tuple[tuple[str, tuple[Row, ...]], ...]] = (
    ("billing_address", ADDRESS),
    ("shipping_address", ADDRESS + SHIPPING_ONLY),
    ("line_item", LINE_ITEM),
    ("order", ORDER),
)

SOURCES: Final[tuple[Field, ...]] = tuple(
    _source(group, row) for group, rows in GROUPS for row in rows
)
TARGETS: Final[tuple[Field, ...]] = tuple(
    _target(group, row) for group, rows in GROUPS for row in rows if row.stored
)

NAMED_SOURCES: Final[tuple[NamedField, ...]] = (
    named(
        "bigcommerce_line_item.option",
        "Option by Name",
        "bigcommerce_line_item.product_options",
        "Engraving",
        sensitivity="personal",
    ),
    named(
        "bigcommerce_billing_address.form_field",
        "Form Field by Name",
        "bigcommerce_billing_address.form_fields",
        "Tax Number",
        sensitivity="personal",
    ),
    named(
        "bigcommerce_shipping_address.form_field",
        "Form Field by Name",
        "bigcommerce_shipping_address.form_fields",
        "Gate Code",
        sensitivity="personal",
    ),
    named(
        "bigcommerce_order.metafield",
        "Metafield by Namespace and Key",
        "bigcommerce_order.metafields",
        "erp.number",
    ),
)

NAMED_TARGETS: Final[tuple[NamedField, ...]] = (
    named(
        "order.custom_field",
        "Custom Field by Name",
        "order.custom_fields",
        "ERP Number",
        protected=True,
    ),
    named(
        "line_item.custom_field",
        "Custom Field by Name",
        "line_item.custom_fields",
        "Engraving",
        protected=True,
    ),
    named(
        "line_item.option", "Option by Name", "line_item.product_options", "Color", protected=True
    ),
)

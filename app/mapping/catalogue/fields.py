"""What a field is: its key, its name, its type and its limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Final, Literal

Integration = Literal[
    "build_listings",
    "import_listings",
    "link_listings",
    "sync_listings",
    "publish_listings",
    "get_orders",
    "sync_orders",
]
Sensitivity = Literal["personal", "confidential"]


class FieldType(StrEnum):
    """Type of a field, by the name the API uses for it."""

    STRING = "string"
    HTML = "html"
    URL = "url"
    INTEGER = "integer"
    DECIMAL = "decimal"
    MONEY = "money"
    BOOLEAN = "boolean"
    DATETIME = "datetime"
    WEIGHT = "weight"
    LENGTH = "length"
    ENUM = "enum"
    STRINGS = "list_of_strings"
    IMAGES = "list_of_images"
    CATEGORIES = "list_of_categories"
    CUSTOM_FIELDS = "list_of_custom_fields"
    OPTIONS = "list_of_options"
    METAFIELDS = "list_of_metafields"


NUMBER_TYPES: Final = frozenset(
    {
        FieldType.INTEGER,
        FieldType.DECIMAL,
        FieldType.MONEY,
        FieldType.WEIGHT,
        FieldType.LENGTH,
    }
)
TEXT_TYPES: Final = frozenset({FieldType.STRING, FieldType.HTML, FieldType.URL, FieldType.ENUM})
LIST_TYPES: Final = frozenset(
    {
        FieldType.STRINGS,
        FieldType.IMAGES,
        FieldType.CATEGORIES,
        FieldType.CUSTOM_FIELDS,
        FieldType.OPTIONS,
        FieldType.METAFIELDS,
    }
)

GROUP_LABELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "bigcommerce_product": "BigCommerce Product",
        "bigcommerce_variant": "BigCommerce Variant",
        "bigcommerce_order": "BigCommerce Order",
        "bigcommerce_billing_address": "BigCommerce Billing Address",
        "bigcommerce_shipping_address": "BigCommerce Shipping Address",
        "bigcommerce_line_item": "BigCommerce Line Item",
        "bigcommerce_shipment": "BigCommerce Shipment",
        "product": "Product",
        "product_variant": "Product Variant",
        "listing": "Listing Parent",
        "listing_variant": "Listing Variant",
        "order": "Order",
        "billing_address": "Billing Address",
        "shipping_address": "Shipping Address",
        "line_item": "Line Item",
        "shipment": "Shipment",
    }
)


class Unclearable(Enum):
    """The type of `UNCLEARABLE`: a field for which the store knows no empty value."""

    UNCLEARABLE = "unclearable"


UNCLEARABLE: Final = Unclearable.UNCLEARABLE


@dataclass(frozen=True, slots=True)
class Field:
    """One source or target field.

    `bigcommerce` is the field of BigCommerce that is read or written, `empty` the value that
    clears it, `nullable` whether a null of the source may be passed on, `public` whether
    shoppers can see it, `protected` whether personal data stored in it is erased in time,
    `omit_blank` whether the store refuses a blank text, which then is left out.
    """

    key: str
    label: str
    type: FieldType
    example: str = ""
    required: bool = False
    max_length: int | None = None
    enumeration: tuple[str, ...] = ()
    open_enumeration: bool = False
    bigcommerce: str = ""
    aliases: tuple[str, ...] = ()
    empty: object = ""
    nullable: bool = False
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    sensitivity: Sensitivity | None = None
    public: bool = False
    protected: bool = False
    omit_blank: bool = False
    named: bool = False

    @property
    def group(self) -> str:
        """The key's part before the dot."""
        return self.key.partition(".")[0]

    @property
    def group_label(self) -> str:
        """The group as people read it."""
        return GROUP_LABELS[self.group]


@dataclass(frozen=True, slots=True)
class NamedField:
    """A family of fields told apart by a name after the colon, kept in one list field.

    `field.key` is the part before the colon, `container` the list field that holds them.
    """

    field: Field
    container: str


@dataclass(frozen=True, slots=True)
class Level:
    """A source group and the target group that it feeds."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Shape:
    """How the groups of a record hang together: the root, what occurs once, what repeats."""

    root: Level
    once: tuple[Level, ...] = ()
    repeated: tuple[Level, ...] = ()
    context: tuple[str, ...] = ()


def default_empty(kind: FieldType, *, in_store: bool) -> object:
    """What clears a field of this type: the store wants 0 for numbers, our own rows null."""
    if kind in TEXT_TYPES:
        return ""
    if kind is FieldType.OPTIONS:
        return MappingProxyType({})
    if kind in LIST_TYPES:
        return ()
    if kind is FieldType.DATETIME or not in_store:
        return None
    if kind is FieldType.BOOLEAN:
        return False
    return 0 if kind is FieldType.INTEGER else Decimal(0)

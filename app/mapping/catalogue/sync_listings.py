"""Sync Listings: price, quantity and a few prices beside them, for listings that are linked."""

from typing import Final

from app.mapping.catalogue import our_listings
from app.mapping.catalogue.build import named, store
from app.mapping.catalogue.fields import Field, FieldType, Level, NamedField, Shape

T = FieldType

SHAPE: Final = Shape(
    root=Level("listing", "bigcommerce_product"),
    repeated=(Level("listing_variant", "bigcommerce_variant"),),
)
SOURCES: Final = our_listings.SOURCES
NAMED_SOURCES: Final = our_listings.NAMED

TARGETS: Final[tuple[Field, ...]] = (
    store(
        "bigcommerce_variant.custom_field",
        "Custom Field",
        T.CUSTOM_FIELDS,
        "Special Offer",
        bigcommerce="product.custom_fields",
        aliases=("bigcommerce_variant.custom_fields",),
        max_length=250,
        public=True,
    ),
    store(
        "bigcommerce_variant.cost_price",
        "Cost Price",
        T.MONEY,
        "10.50",
        nullable=True,
        empty=None,
    ),
    store(
        "bigcommerce_variant.dropship_fee",
        "Dropship Fee",
        T.MONEY,
        "2.00",
        bigcommerce="metafields.quayside.dropship_fee",
    ),
    store(
        "bigcommerce_variant.shipping_cost",
        "Shipping Cost",
        T.MONEY,
        "5.00",
        bigcommerce="metafields.quayside.shipping_cost",
    ),
    store(
        "bigcommerce_variant.inventory_level",
        "Inventory Level",
        T.INTEGER,
        "100",
        required=True,
        bigcommerce="inventory_level",
    ),
    store(
        "bigcommerce_variant.price",
        "Price",
        T.MONEY,
        "19.99",
        required=True,
        bigcommerce="price",
        public=True,
    ),
    store(
        "bigcommerce_variant.map_price",
        "Map Price",
        T.MONEY,
        "15.99",
        nullable=True,
        aliases=("bigcommerce_variant.minimum_advertised_price",),
        public=True,
    ),
    store(
        "bigcommerce_variant.retail_price",
        "Retail Price",
        T.MONEY,
        "24.99",
        nullable=True,
        public=True,
    ),
    store(
        "bigcommerce_variant.sale_price",
        "Sale Price",
        T.MONEY,
        "17.99",
        nullable=True,
        public=True,
    ),
    store(
        "bigcommerce_variant.availability_description",
        "Availability Description",
        T.STRING,
        "In Stock",
        bigcommerce="product.availability_description",
        aliases=("bigcommerce_product.availability_description",),
        public=True,
    ),
)

NAMED_TARGETS: Final[tuple[NamedField, ...]] = (
    named(
        "bigcommerce_variant.custom_field",
        "Custom Field by Name",
        "bigcommerce_variant.custom_field",
        "Special Offer",
        max_length=250,
        public=True,
    ),
    named(
        "bigcommerce_variant.metafield",
        "Variant Metafield by Namespace and Key",
        "bigcommerce_variant.metafields",
        "specs.pack",
        max_length=65_535,
    ),
)

"""Publish Listings: the variant's fields.

A null price, weight or dimension of a variant inherits the product's in BigCommerce, so null is
passed on and also is what "set to empty" sends.
"""

from decimal import Decimal
from typing import Final

from app.mapping.catalogue.build import store
from app.mapping.catalogue.fields import Field, FieldType

T = FieldType

WEIGHT_MAXIMUM: Final = Decimal(9_999_999_999)

VARIANT_TARGETS: Final[tuple[Field, ...]] = (
    store(
        "bigcommerce_variant.asin",
        "ASIN",
        T.STRING,
        "B01ABC123",
        bigcommerce="metafields.quayside.asin",
    ),
    store(
        "bigcommerce_variant.custom_fields",
        "Custom Fields",
        T.CUSTOM_FIELDS,
        "Size: Small",
        bigcommerce="product.custom_fields",
        max_length=250,
        public=True,
    ),
    store(
        "bigcommerce_variant.description",
        "Variant Description",
        T.HTML,
        "Small blue toy",
        bigcommerce="metafields.quayside.description",
        public=True,
    ),
    store(
        "bigcommerce_variant.dimensional_weight",
        "Dimensional Weight",
        T.WEIGHT,
        "0.5",
        bigcommerce="metafields.quayside.dimensional_weight",
    ),
    store(
        "bigcommerce_variant.cost_price",
        "Cost Price",
        T.MONEY,
        "10.00",
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
        "bigcommerce_variant.gtin",
        "GTIN",
        T.STRING,
        "0123456789012",
        max_length=14,
        omit_blank=True,
    ),
    store("bigcommerce_variant.height", "Height", T.LENGTH, "10", nullable=True, empty=None),
    store(
        "bigcommerce_variant.image",
        "Variant Image",
        T.URL,
        "https://example.com/toy-blue.jpg",
        bigcommerce="image_url",
        aliases=("bigcommerce_variant.image_url",),
        omit_blank=True,
        max_length=255,
        public=True,
    ),
    store(
        "bigcommerce_variant.length",
        "Length",
        T.LENGTH,
        "15",
        bigcommerce="depth",
        aliases=("bigcommerce_variant.depth",),
        nullable=True,
        empty=None,
    ),
    store(
        "bigcommerce_variant.price",
        "Price",
        T.MONEY,
        "19.99",
        nullable=True,
        empty=None,
        public=True,
    ),
    store(
        "bigcommerce_variant.sale_price",
        "Sale Price",
        T.MONEY,
        "19.99",
        nullable=True,
        public=True,
    ),
    store(
        "bigcommerce_variant.minimum_advertised_price",
        "Minimum Advertised Price",
        T.MONEY,
        "18.99",
        bigcommerce="map_price",
        aliases=("bigcommerce_variant.map_price",),
        nullable=True,
        public=True,
    ),
    store("bigcommerce_variant.mpn", "MPN", T.STRING, "TOY-MPN123"),
    store(
        "bigcommerce_variant.retail_price",
        "Retail Price",
        T.MONEY,
        "24.99",
        nullable=True,
        public=True,
    ),
    store(
        "bigcommerce_variant.master_sku",
        "Master SKU",
        T.STRING,
        "TOY-MASTER-001",
        bigcommerce="metafields.quayside.master_sku",
    ),
    store(
        "bigcommerce_variant.option",
        "Variant Option",
        T.OPTIONS,
        "Color: Blue",
        bigcommerce="option_values",
        aliases=("bigcommerce_variant.options",),
        max_length=250,
        public=True,
    ),
    store("bigcommerce_variant.inventory_level", "Inventory Level", T.INTEGER, "100"),
    store("bigcommerce_variant.sku", "Variant SKU", T.STRING, "TOY-BLUE-001", public=True),
    store(
        "bigcommerce_variant.name",
        "Variant Name",
        T.STRING,
        "Blue Luxury Toy",
        bigcommerce="metafields.quayside.name",
        public=True,
    ),
    store(
        "bigcommerce_variant.upc", "UPC", T.STRING, "123456789012", max_length=14, omit_blank=True
    ),
    store(
        "bigcommerce_variant.weight",
        "Weight",
        T.WEIGHT,
        "2.5",
        required=True,
        maximum=WEIGHT_MAXIMUM,
        empty=None,
    ),
    store("bigcommerce_variant.width", "Width", T.LENGTH, "12", nullable=True, empty=None),
    store(
        "bigcommerce_variant.bin_picking_number",
        "Bin Picking Number",
        T.STRING,
        "BIN-123",
    ),
    store("bigcommerce_variant.purchasing_disabled", "Purchasing Disabled", T.BOOLEAN, "false"),
)

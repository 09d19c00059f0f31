"""Publish Listings: our listings become products and variants of the store.

Fields without a native counterpart (ASIN, dimensional weight, dropship fee, shipping cost, the
variant's name and description, the master SKU) are kept in the product's custom fields or in
metafields; `bigcommerce` says which.
"""

from decimal import Decimal
from typing import Final

from app.mapping.catalogue import our_listings
from app.mapping.catalogue.build import named, store
from app.mapping.catalogue.fields import (
    UNCLEARABLE,
    Field,
    FieldType,
    Level,
    NamedField,
    Shape,
)

T = FieldType

SHAPE: Final = Shape(
    root=Level("listing", "bigcommerce_product"),
    repeated=(Level("listing_variant", "bigcommerce_variant"),),
)
SOURCES: Final = our_listings.SOURCES
NAMED_SOURCES: Final = our_listings.NAMED

LONG_TEXT: Final = 65_535
WEIGHT_MAXIMUM: Final = Decimal(9_999_999_999)

PRODUCT_TARGETS: Final[tuple[Field, ...]] = (
    store(
        "bigcommerce_product.metafields_or_custom_fields",
        "Metafields or Custom Fields",
        T.CUSTOM_FIELDS,
        "Color: Blue",
        bigcommerce="custom_fields",
        max_length=250,
        public=True,
    ),
    store(
        "bigcommerce_product.brand",
        "Brand",
        T.STRING,
        "Acme",
        bigcommerce="brand_name",
        aliases=("bigcommerce_product.brand_name",),
        omit_blank=True,
        public=True,
    ),
    *(
        store(
            f"bigcommerce_product.category_level_{level}",
            f"Category (Level {level})",
            T.STRING,
            example,
            bigcommerce="categories",
            max_length=50,
            aliases=(f"bigcommerce_product.category_{level}",),
            omit_blank=True,
            public=True,
        )
        for level, example in enumerate(("Toys", "Educational", "Building Sets"), start=1)
    ),
    store(
        "bigcommerce_product.custom_fields",
        "Custom Fields",
        T.CUSTOM_FIELDS,
        "Material: Plastic",
        bigcommerce="custom_fields",
        max_length=250,
        public=True,
    ),
    store(
        "bigcommerce_product.description",
        "Description",
        T.HTML,
        "<p>Fun toy set</p>",
        bigcommerce="description",
        public=True,
    ),
    store(
        "bigcommerce_product.images",
        "Images",
        T.IMAGES,
        "https://example.com/toy.jpg",
        bigcommerce="images",
        max_length=255,
        public=True,
    ),
    store("bigcommerce_product.sku", "SKU", T.STRING, "TOY-001", bigcommerce="sku", public=True),
    store(
        "bigcommerce_product.name",
        "Name",
        T.STRING,
        "Luxury Toy Set",
        required=True,
        max_length=250,
        bigcommerce="name",
        empty=UNCLEARABLE,
        public=True,
    ),
    store(
        "bigcommerce_product.type",
        "Type",
        T.ENUM,
        "physical",
        required=True,
        enumeration=("physical", "digital"),
        bigcommerce="type",
        empty=UNCLEARABLE,
        public=True,
    ),
    store(
        "bigcommerce_product.price",
        "Price",
        T.MONEY,
        "19.99",
        required=True,
        bigcommerce="price",
        public=True,
    ),
    store(
        "bigcommerce_product.categories",
        "Categories",
        T.CATEGORIES,
        "Toys > Educational",
        bigcommerce="categories",
        max_length=50,
        public=True,
    ),
    store("bigcommerce_product.sale_price", "Sale Price", T.MONEY, "17.99", public=True),
    store("bigcommerce_product.retail_price", "Retail Price", T.MONEY, "24.99", public=True),
    store("bigcommerce_product.cost_price", "Cost Price", T.MONEY, "10.00"),
    store("bigcommerce_product.map_price", "MAP Price", T.MONEY, "18.99", public=True),
    store(
        "bigcommerce_product.weight",
        "Weight",
        T.WEIGHT,
        "2.5",
        maximum=WEIGHT_MAXIMUM,
    ),
    store("bigcommerce_product.width", "Width", T.LENGTH, "12"),
    store("bigcommerce_product.height", "Height", T.LENGTH, "10"),
    store("bigcommerce_product.length", "Length", T.LENGTH, "15", bigcommerce="depth"),
    store(
        "bigcommerce_product.upc", "UPC", T.STRING, "123456789012", max_length=14, omit_blank=True
    ),
    store(
        "bigcommerce_product.gtin",
        "GTIN",
        T.STRING,
        "0123456789012",
        max_length=14,
        omit_blank=True,
    ),
    store("bigcommerce_product.mpn", "MPN", T.STRING, "TOY-MPN123"),
    store("bigcommerce_product.is_visible", "Visible", T.BOOLEAN, "true"),
    store("bigcommerce_product.is_featured", "Featured", T.BOOLEAN, "false"),
    store("bigcommerce_product.is_free_shipping", "Free Shipping", T.BOOLEAN, "false"),
    store(
        "bigcommerce_product.condition",
        "Condition",
        T.ENUM,
        "New",
        enumeration=("New", "Used", "Refurbished"),
        empty=UNCLEARABLE,
        public=True,
    ),
    store(
        "bigcommerce_product.availability",
        "Availability",
        T.ENUM,
        "available",
        enumeration=("available", "disabled", "preorder"),
        empty=UNCLEARABLE,
    ),
    store(
        "bigcommerce_product.availability_description",
        "Availability Description",
        T.STRING,
        "In Stock",
        public=True,
    ),
    store("bigcommerce_product.page_title", "Page Title", T.STRING, "Luxury Toy", public=True),
    store(
        "bigcommerce_product.meta_description",
        "Meta Description",
        T.STRING,
        "A toy for all ages",
        max_length=LONG_TEXT,
        public=True,
    ),
    store(
        "bigcommerce_product.meta_keywords", "Meta Keywords", T.STRINGS, "toy, wood", public=True
    ),
    store(
        "bigcommerce_product.search_keywords",
        "Search Keywords",
        T.STRING,
        "toy, wood",
        max_length=LONG_TEXT,
        public=True,
    ),
    store(
        "bigcommerce_product.warranty",
        "Warranty",
        T.STRING,
        "Two years",
        max_length=LONG_TEXT,
        public=True,
    ),
    store("bigcommerce_product.bin_picking_number", "Bin Picking Number", T.STRING, "BIN-123"),
    store("bigcommerce_product.sort_order", "Sort Order", T.INTEGER, "0"),
)

NAMED_TARGETS: Final[tuple[NamedField, ...]] = (
    named(
        "bigcommerce_product.custom_field",
        "Custom Field by Name",
        "bigcommerce_product.custom_fields",
        "Material",
        max_length=250,
        public=True,
    ),
    named(
        "bigcommerce_product.metafield",
        "Metafield by Namespace and Key",
        "bigcommerce_product.metafields",
        "specs.color",
        max_length=LONG_TEXT,
    ),
    named(
        "bigcommerce_variant.option",
        "Variant Option by Name",
        "bigcommerce_variant.option",
        "Color",
        max_length=250,
        public=True,
    ),
    named(
        "bigcommerce_variant.metafield",
        "Variant Metafield by Namespace and Key",
        "bigcommerce_variant.metafields",
        "specs.pack",
        max_length=LONG_TEXT,
    ),
)

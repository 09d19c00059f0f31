"""Our own listing as a source: what Publish Listings and Sync Listings may read."""

from typing import Final

from app.mapping.catalogue.build import named, source
from app.mapping.catalogue.fields import Field, FieldType, NamedField

T = FieldType

PARENT: Final[tuple[Field, ...]] = (
    source("listing.title", "Title", T.STRING, "Luxury Toy Set"),
    source("listing.parent_sku", "Parent SKU", T.STRING, "TOY-001", aliases=("listing.sku",)),
    source("listing.master_sku", "Master SKU", T.STRING, "TOY-MASTER-001"),
    source("listing.description", "Description", T.HTML, "<p>Fun toy set</p>"),
    source("listing.brand", "Brand", T.STRING, "Acme"),
    source("listing.category_1", "Category 1", T.STRING, "Toys"),
    source("listing.category_2", "Category 2", T.STRING, "Educational"),
    source("listing.category_3", "Category 3", T.STRING, "Building Sets"),
    source(
        "listing.category_path",
        "Category Path",
        T.CATEGORIES,
        "Toys > Educational",
        aliases=("listing.categories",),
    ),
    source(
        "listing.image",
        "Image",
        T.IMAGES,
        "https://example.com/toy.jpg",
        aliases=("listing.images",),
    ),
    source(
        "listing.custom_field",
        "Custom Field",
        T.CUSTOM_FIELDS,
        "Material: Plastic",
        aliases=("listing.custom_fields",),
    ),
    source(
        "listing.attribute",
        "Attribute",
        T.CUSTOM_FIELDS,
        "Color: Blue",
        aliases=("listing.attributes",),
    ),
    source("listing.type", "Type", T.ENUM, "physical", enumeration=("physical", "digital")),
    source("listing.price", "Price", T.MONEY, "19.99", aliases=("listing.list_price",)),
    source("listing.sale_price", "Sale Price", T.MONEY, "17.99"),
    source("listing.msrp", "MSRP", T.MONEY, "24.99"),
    source("listing.map", "MAP", T.MONEY, "15.99"),
    source(
        "listing.estimated_cost",
        "Estimated Cost",
        T.MONEY,
        "10.50",
        sensitivity="confidential",
        aliases=("listing.cost",),
    ),
    source("listing.quantity", "Quantity", T.INTEGER, "100"),
    source("listing.weight", "Weight", T.WEIGHT, "2.5"),
    source("listing.width", "Width", T.LENGTH, "12"),
    source("listing.height", "Height", T.LENGTH, "10"),
    source("listing.length", "Length", T.LENGTH, "15"),
    source("listing.upc", "UPC", T.STRING, "123456789012"),
    source("listing.gtin", "GTIN", T.STRING, "0123456789012"),
    source("listing.mpn", "MPN", T.STRING, "TOY-MPN123"),
    source("listing.health", "Health", T.ENUM, "listed"),
    source("listing.availability_description", "Availability Description", T.STRING, "In Stock"),
    source("listing.condition", "Condition", T.STRING, "New"),
    source("listing.warranty", "Warranty", T.STRING, "Two years"),
    source("listing.page_title", "Page Title", T.STRING, "Luxury Toy Set by Acme"),
    source("listing.meta_description", "Meta Description", T.STRING, "A toy for all ages"),
    source("listing.search_keywords", "Search Keywords", T.STRING, "toy, wood"),
)

VARIANT: Final[tuple[Field, ...]] = (
    source("listing_variant.sku", "SKU", T.STRING, "TOY-BLUE-001"),
    source("listing_variant.master_sku", "Master SKU", T.STRING, "TOY-MASTER-001"),
    source("listing_variant.title", "Title", T.STRING, "Blue Luxury Toy"),
    source("listing_variant.description", "Description", T.HTML, "Small blue toy"),
    source(
        "listing_variant.list_price",
        "List Price",
        T.MONEY,
        "19.99",
        aliases=("listing_variant.price",),
    ),
    source("listing_variant.sale_price", "Sale Price", T.MONEY, "17.99"),
    source("listing_variant.msrp", "MSRP", T.MONEY, "24.99"),
    source("listing_variant.map", "MAP", T.MONEY, "15.99"),
    source(
        "listing_variant.estimated_cost",
        "Estimated Cost",
        T.MONEY,
        "10.50",
        sensitivity="confidential",
        aliases=("listing_variant.cost",),
    ),
    source(
        "listing_variant.estimated_dropship_fee",
        "Estimated Dropship Fee",
        T.MONEY,
        "2.00",
        sensitivity="confidential",
    ),
    source("listing_variant.estimated_shipping_cost", "Estimated Shipping Cost", T.MONEY, "5.00"),
    source("listing_variant.quantity", "Quantity", T.INTEGER, "100"),
    source(
        "listing_variant.custom_aggregate_field",
        "Custom Aggregate Field",
        T.STRING,
        "Special Offer",
    ),
    source(
        "listing_variant.custom_field",
        "Custom Field",
        T.CUSTOM_FIELDS,
        "Size: Small",
        aliases=("listing_variant.custom_fields",),
    ),
    source(
        "listing_variant.availability_description",
        "Availability Description",
        T.STRING,
        "In Stock",
    ),
    source("listing_variant.asin", "ASIN", T.STRING, "B01ABC123"),
    source("listing_variant.gtin", "GTIN", T.STRING, "0123456789012"),
    source("listing_variant.upc", "UPC", T.STRING, "123456789012"),
    source("listing_variant.mpn", "MPN", T.STRING, "TOY-MPN123"),
    source(
        "listing_variant.image",
        "Image",
        T.URL,
        "https://example.com/toy-blue.jpg",
    ),
    source(
        "listing_variant.option",
        "Option",
        T.OPTIONS,
        "Color: Blue",
        aliases=("listing_variant.options",),
    ),
    source("listing_variant.dimensional_weight", "Dimensional Weight", T.WEIGHT, "0.5"),
    source("listing_variant.weight", "Weight", T.WEIGHT, "2.5"),
    source("listing_variant.width", "Width", T.LENGTH, "12"),
    source("listing_variant.height", "Height", T.LENGTH, "10"),
    source("listing_variant.length", "Length", T.LENGTH, "15"),
)

NAMED: Final[tuple[NamedField, ...]] = (
    named("listing.custom_field", "Custom Field by Name", "listing.custom_field", "Material"),
    named("listing.attribute", "Attribute by Name", "listing.attribute", "Color"),
    named(
        "listing_variant.custom_field",
        "Custom Field by Name",
        "listing_variant.custom_field",
        "Size",
    ),
    named(
        "listing_variant.custom_aggregate_field",
        "Custom Aggregate Field by Name",
        "listing_variant.custom_aggregate_fields",
        "Special Offer",
    ),
    named("listing_variant.option", "Option by Name", "listing_variant.option", "Color"),
)

SOURCES: Final = PARENT + VARIANT

"""Building listings: products of ours become content of a listing.

Prices and quantities are no targets: they follow the product as long as the listing is linked to
it, and rules say how. Weights are kilograms and dimensions centimetres on both sides.
"""

from typing import Final

from app.mapping.catalogue import our_products
from app.mapping.catalogue.build import named, own
from app.mapping.catalogue.fields import Field, FieldType, Level, NamedField, Shape

T = FieldType

SHAPE: Final = Shape(
    root=Level("product", "listing"),
    repeated=(Level("product_variant", "listing_variant"),),
)
SOURCES: Final = our_products.SOURCES
NAMED_SOURCES: Final = our_products.NAMED

TARGETS: Final[tuple[Field, ...]] = (
    own("listing.title", "Product Title", T.STRING, "Luxury Toy Set"),
    own(
        "listing.sku",
        "SKU",
        T.STRING,
        "TOY-001",
        required=True,
        max_length=255,
        aliases=("listing.master_sku", "listing.parent_sku"),
    ),
    own("listing.description", "Product Description", T.HTML, "Fun educational toy"),
    own("listing.brand", "Brand", T.STRING, "Acme"),
    own(
        "listing.category_path",
        "Category Path",
        T.CATEGORIES,
        "Toys > Educational",
        aliases=("listing.categories",),
    ),
    own(
        "listing.images",
        "Product Images",
        T.IMAGES,
        "https://example.com/toy.jpg",
        aliases=("listing.image",),
    ),
    own("listing.custom_fields", "Custom Fields", T.CUSTOM_FIELDS, "Material: Plastic"),
    own("listing.attributes", "Attributes", T.CUSTOM_FIELDS, "Color: Blue"),
    own("listing.type", "Type", T.ENUM, "physical", enumeration=("physical", "digital")),
    own("listing.upc", "UPC", T.STRING, "123456789012"),
    own("listing.gtin", "GTIN", T.STRING, "0123456789012"),
    own("listing.mpn", "MPN", T.STRING, "TOY-MPN123"),
    own("listing.weight", "Weight", T.WEIGHT, "2.5"),
    own("listing.length", "Length", T.LENGTH, "15"),
    own("listing.width", "Width", T.LENGTH, "12"),
    own("listing.height", "Height", T.LENGTH, "10"),
    own("listing.availability_description", "Availability Description", T.STRING, "In Stock"),
    own("listing.condition", "Condition", T.STRING, "New"),
    own("listing.warranty", "Warranty", T.STRING, "Two years"),
    own("listing.page_title", "Page Title", T.STRING, "Luxury Toy Set by Acme"),
    own("listing.meta_description", "Meta Description", T.STRING, "A toy for all ages"),
    own("listing.search_keywords", "Search Keywords", T.STRING, "toy, wood"),
    own("listing_variant.sku", "Variant SKU", T.STRING, "TOY-BLUE-001", max_length=255),
    own("listing_variant.title", "Variant Title", T.STRING, "Blue Luxury Toy"),
    own("listing_variant.description", "Variant Description", T.HTML, "Small blue toy"),
    own(
        "listing_variant.options",
        "Variant Options",
        T.OPTIONS,
        "Color: Blue",
        aliases=("listing_variant.option",),
    ),
    own("listing_variant.image", "Variant Image", T.URL, "https://example.com/toy-blue.jpg"),
    own("listing_variant.custom_fields", "Variant Custom Fields", T.CUSTOM_FIELDS, "Size: Small"),
    own("listing_variant.upc", "Variant UPC", T.STRING, "123456789013"),
    own("listing_variant.gtin", "Variant GTIN", T.STRING, "0123456789012"),
    own("listing_variant.mpn", "Variant MPN", T.STRING, "TOY-MPN123"),
    own("listing_variant.asin", "Variant ASIN", T.STRING, "B01ABC123"),
    own("listing_variant.weight", "Variant Weight", T.WEIGHT, "2.5"),
    own("listing_variant.length", "Variant Length", T.LENGTH, "15"),
    own("listing_variant.width", "Variant Width", T.LENGTH, "12"),
    own("listing_variant.height", "Variant Height", T.LENGTH, "10"),
    own("listing_variant.dimensional_weight", "Variant Dimensional Weight", T.WEIGHT, "0.5"),
    own(
        "listing_variant.availability_description",
        "Variant Availability Description",
        T.STRING,
        "In Stock",
    ),
)

NAMED_TARGETS: Final[tuple[NamedField, ...]] = (
    named("listing.custom_field", "Custom Field by Name", "listing.custom_fields", "Material"),
    named("listing.attribute", "Attribute by Name", "listing.attributes", "Color"),
    named(
        "listing_variant.custom_field",
        "Custom Field by Name",
        "listing_variant.custom_fields",
        "Size",
    ),
    named("listing_variant.option", "Variant Option by Name", "listing_variant.options", "Color"),
)

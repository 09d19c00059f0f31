"""Our own product as a source: what listings are built of."""

from typing import Final

from app.mapping.catalogue.build import named, source
from app.mapping.catalogue.fields import Field, FieldType, NamedField

T = FieldType


def _priced(group: str) -> tuple[Field, ...]:
    """Fields that a product and each of its variants have."""
    return (
        source(f"{group}.sku", "SKU", T.STRING, "TOY-001"),
        source(f"{group}.title", "Title", T.STRING, "Luxury Toy Set"),
        source(f"{group}.description", "Description", T.HTML, "<p>Fun toy set</p>"),
        source(f"{group}.price", "Price", T.MONEY, "19.99", aliases=(f"{group}.list_price",)),
        source(f"{group}.sale_price", "Sale Price", T.MONEY, "17.99"),
        source(f"{group}.msrp", "MSRP", T.MONEY, "24.99"),
        source(f"{group}.map", "MAP", T.MONEY, "15.99"),
        source(
            f"{group}.cost",
            "Cost",
            T.MONEY,
            "10.50",
            sensitivity="confidential",
            aliases=(f"{group}.estimated_cost",),
        ),
        source(
            f"{group}.estimated_dropship_fee",
            "Estimated Dropship Fee",
            T.MONEY,
            "2.00",
            sensitivity="confidential",
        ),
        source(f"{group}.estimated_shipping_cost", "Estimated Shipping Cost", T.MONEY, "5.00"),
        source(f"{group}.quantity", "Quantity", T.INTEGER, "100"),
        source(f"{group}.upc", "UPC", T.STRING, "123456789012"),
        source(f"{group}.gtin", "GTIN", T.STRING, "0123456789012"),
        source(f"{group}.mpn", "MPN", T.STRING, "TOY-MPN123"),
        source(f"{group}.asin", "ASIN", T.STRING, "B01ABC123"),
        source(f"{group}.weight", "Weight", T.WEIGHT, "2.5"),
        source(f"{group}.length", "Length", T.LENGTH, "15"),
        source(f"{group}.width", "Width", T.LENGTH, "12"),
        source(f"{group}.height", "Height", T.LENGTH, "10"),
        source(f"{group}.dimensional_weight", "Dimensional Weight", T.WEIGHT, "0.5"),
        source(
            f"{group}.availability_description", "Availability Description", T.STRING, "In Stock"
        ),
        source(
            f"{group}.custom_fields",
            "Custom Fields",
            T.CUSTOM_FIELDS,
            "Material: Plastic",
            aliases=(f"{group}.custom_field",),
        ),
    )


SOURCES: Final[tuple[Field, ...]] = (
    *_priced("product"),
    source("product.brand", "Brand", T.STRING, "Acme"),
    source("product.type", "Type", T.ENUM, "physical", enumeration=("physical", "digital")),
    source(
        "product.categories",
        "Categories",
        T.CATEGORIES,
        "Toys > Educational",
        aliases=("product.category_path",),
    ),
    source(
        "product.images",
        "Images",
        T.IMAGES,
        "https://example.com/toy.jpg",
        aliases=("product.image",),
    ),
    source(
        "product.attributes",
        "Attributes",
        T.CUSTOM_FIELDS,
        "Color: Blue",
        aliases=("product.attribute",),
    ),
    source("product.condition", "Condition", T.STRING, "New"),
    source("product.warranty", "Warranty", T.STRING, "Two years"),
    source("product.page_title", "Page Title", T.STRING, "Luxury Toy Set by Acme"),
    source("product.meta_description", "Meta Description", T.STRING, "A toy for all ages"),
    source("product.search_keywords", "Search Keywords", T.STRING, "toy, wood"),
    *_priced("product_variant"),
    source("product_variant.image", "Image", T.URL, "https://example.com/toy-blue.jpg"),
    source(
        "product_variant.options",
        "Options",
        T.OPTIONS,
        "Color: Blue",
        aliases=("product_variant.option",),
    ),
)

NAMED: Final[tuple[NamedField, ...]] = (
    named("product.custom_field", "Custom Field by Name", "product.custom_fields", "Material"),
    named("product.attribute", "Attribute by Name", "product.attributes", "Color"),
    named(
        "product_variant.custom_field",
        "Custom Field by Name",
        "product_variant.custom_fields",
        "Size",
    ),
    named("product_variant.option", "Option by Name", "product_variant.options", "Color"),
)

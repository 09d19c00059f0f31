"""Import Listings: products and variants of the store become listings.

Weights and dimensions arrive in the store's own units; our rows hold kilograms and centimetres.
`bigcommerce_product.categories` and `.brand` hold names and paths, not ids: whoever reads the
store resolves them.
"""

from typing import Final

from app.mapping.catalogue.build import named, own, source
from app.mapping.catalogue.fields import Field, FieldType, Level, NamedField, Shape

T = FieldType

SHAPE: Final = Shape(
    root=Level("bigcommerce_product", "listing"),
    repeated=(Level("bigcommerce_variant", "listing_variant"),),
)

SOURCES: Final[tuple[Field, ...]] = (
    source("bigcommerce_product.name", "Name", T.STRING, "Luxury Toy Set"),
    source("bigcommerce_product.sku", "SKU", T.STRING, "TOY-001"),
    source("bigcommerce_product.description", "Description", T.HTML, "Fun educational toy"),
    source("bigcommerce_product.price", "Price", T.MONEY, "19.99"),
    source("bigcommerce_product.inventory_level", "Inventory Level", T.INTEGER, "100"),
    source("bigcommerce_product.upc", "UPC", T.STRING, "123456789012"),
    source("bigcommerce_product.weight", "Weight", T.WEIGHT, "2.5"),
    source("bigcommerce_product.width", "Width", T.LENGTH, "12"),
    source("bigcommerce_product.height", "Height", T.LENGTH, "10"),
    source("bigcommerce_product.depth", "Depth", T.LENGTH, "15"),
    source("bigcommerce_product.images", "Images", T.IMAGES, "https://bigcommerce.com/toy.jpg"),
    source("bigcommerce_product.categories", "Categories", T.CATEGORIES, "Toys > Educational"),
    source(
        "bigcommerce_product.brand",
        "Brand",
        T.STRING,
        "Acme",
        bigcommerce="brand_id",
        aliases=("bigcommerce_product.brand_name",),
    ),
    source("bigcommerce_product.id", "Product ID", T.INTEGER, "77"),
    source("bigcommerce_product.type", "Type", T.ENUM, "physical"),
    source("bigcommerce_product.sale_price", "Sale Price", T.MONEY, "17.99"),
    source("bigcommerce_product.retail_price", "Retail Price", T.MONEY, "24.99"),
    source("bigcommerce_product.map_price", "MAP Price", T.MONEY, "15.99"),
    source(
        "bigcommerce_product.cost_price",
        "Cost Price",
        T.MONEY,
        "10.50",
        sensitivity="confidential",
    ),
    source("bigcommerce_product.calculated_price", "Calculated Price", T.MONEY, "17.99"),
    source("bigcommerce_product.gtin", "GTIN", T.STRING, "0123456789012"),
    source("bigcommerce_product.mpn", "MPN", T.STRING, "TOY-MPN123"),
    source("bigcommerce_product.custom_fields", "Custom Fields", T.CUSTOM_FIELDS, "Size: Small"),
    source("bigcommerce_product.metafields", "Metafields", T.METAFIELDS, "specs.color: Blue"),
    source("bigcommerce_product.is_visible", "Visible", T.BOOLEAN, "true"),
    source("bigcommerce_product.is_featured", "Featured", T.BOOLEAN, "false"),
    source("bigcommerce_product.is_free_shipping", "Free Shipping", T.BOOLEAN, "false"),
    source("bigcommerce_product.availability", "Availability", T.ENUM, "available"),
    source(
        "bigcommerce_product.availability_description",
        "Availability Description",
        T.STRING,
        "In Stock",
    ),
    source("bigcommerce_product.condition", "Condition", T.ENUM, "New"),
    source("bigcommerce_product.inventory_tracking", "Inventory Tracking", T.ENUM, "variant"),
    source("bigcommerce_product.inventory_warning_level", "Low Stock Level", T.INTEGER, "5"),
    source("bigcommerce_product.bin_picking_number", "Bin Picking Number", T.STRING, "BIN-123"),
    source("bigcommerce_product.warranty", "Warranty", T.STRING, "Two years"),
    source("bigcommerce_product.page_title", "Page Title", T.STRING, "Luxury Toy Set by Acme"),
    source(
        "bigcommerce_product.meta_description", "Meta Description", T.STRING, "A toy for all ages"
    ),
    source("bigcommerce_product.meta_keywords", "Meta Keywords", T.STRINGS, "toy, wood"),
    source("bigcommerce_product.search_keywords", "Search Keywords", T.STRING, "toy, wood"),
    source("bigcommerce_product.url", "Product URL", T.STRING, "/luxury-toy-set/"),
    source("bigcommerce_product.date_created", "Date Created", T.DATETIME, "2025-04-07T10:00:00Z"),
    source(
        "bigcommerce_product.date_modified", "Date Modified", T.DATETIME, "2025-04-07T12:00:00Z"
    ),
    source("bigcommerce_product.total_sold", "Total Sold", T.INTEGER, "12"),
    source("bigcommerce_variant.sku", "Variant SKU", T.STRING, "TOY-BLUE-001"),
    source("bigcommerce_variant.price", "Variant Price", T.MONEY, "21.99"),
    source("bigcommerce_variant.inventory_level", "Variant Inventory Level", T.INTEGER, "50"),
    source("bigcommerce_variant.upc", "Variant UPC", T.STRING, "123456789013"),
    source(
        "bigcommerce_variant.image",
        "Variant Image",
        T.URL,
        "https://bigcommerce.com/toy-blue.jpg",
        bigcommerce="image_url",
        aliases=("bigcommerce_variant.image_url",),
    ),
    source("bigcommerce_variant.id", "Variant ID", T.INTEGER, "382"),
    source("bigcommerce_variant.sale_price", "Variant Sale Price", T.MONEY, "17.99"),
    source("bigcommerce_variant.retail_price", "Variant Retail Price", T.MONEY, "24.99"),
    source("bigcommerce_variant.map_price", "Variant MAP Price", T.MONEY, "15.99"),
    source(
        "bigcommerce_variant.cost_price",
        "Variant Cost Price",
        T.MONEY,
        "10.50",
        sensitivity="confidential",
    ),
    source("bigcommerce_variant.calculated_price", "Variant Calculated Price", T.MONEY, "21.99"),
    source("bigcommerce_variant.gtin", "Variant GTIN", T.STRING, "0123456789012"),
    source("bigcommerce_variant.mpn", "Variant MPN", T.STRING, "TOY-MPN123"),
    source("bigcommerce_variant.weight", "Variant Weight", T.WEIGHT, "2.5"),
    source("bigcommerce_variant.calculated_weight", "Variant Calculated Weight", T.WEIGHT, "2.5"),
    source("bigcommerce_variant.width", "Variant Width", T.LENGTH, "12"),
    source("bigcommerce_variant.height", "Variant Height", T.LENGTH, "10"),
    source("bigcommerce_variant.depth", "Variant Depth", T.LENGTH, "15"),
    source(
        "bigcommerce_variant.options",
        "Variant Options",
        T.OPTIONS,
        "Color: Blue",
        bigcommerce="option_values",
        aliases=("bigcommerce_variant.option_values",),
    ),
    source("bigcommerce_variant.metafields", "Variant Metafields", T.METAFIELDS, "specs.pack: 2"),
    source(
        "bigcommerce_variant.purchasing_disabled", "Variant Purchasing Disabled", T.BOOLEAN, "false"
    ),
    source(
        "bigcommerce_variant.bin_picking_number",
        "Variant Bin Picking Number",
        T.STRING,
        "BIN-123",
    ),
    source(
        "bigcommerce_variant.inventory_warning_level", "Variant Low Stock Level", T.INTEGER, "5"
    ),
)

NAMED_SOURCES: Final[tuple[NamedField, ...]] = (
    named(
        "bigcommerce_product.custom_field",
        "Custom Field by Name",
        "bigcommerce_product.custom_fields",
        "Material",
    ),
    named(
        "bigcommerce_product.metafield",
        "Metafield by Namespace and Key",
        "bigcommerce_product.metafields",
        "specs.color",
    ),
    named(
        "bigcommerce_variant.option",
        "Variant Option by Name",
        "bigcommerce_variant.options",
        "Color",
    ),
    named(
        "bigcommerce_variant.metafield",
        "Variant Metafield by Namespace and Key",
        "bigcommerce_variant.metafields",
        "specs.pack",
    ),
)

TARGETS: Final[tuple[Field, ...]] = (
    own("listing.title", "Product Title", T.STRING, "Luxury Toy Set", required=True),
    own("listing.master_sku", "Master SKU", T.STRING, "TOY-001", required=True, max_length=255),
    own("listing.description", "Product Description", T.HTML, "Fun educational toy"),
    own("listing.list_price", "List Price", T.MONEY, "19.99", aliases=("listing.price",)),
    own("listing.quantity", "Quantity", T.INTEGER, "100"),
    own("listing.upc", "UPC", T.STRING, "123456789012"),
    own("listing.weight", "Weight", T.WEIGHT, "2.5"),
    own("listing.width", "Width", T.LENGTH, "12"),
    own("listing.height", "Height", T.LENGTH, "10"),
    own("listing.length", "Length", T.LENGTH, "15"),
    own("listing.images", "Product Images", T.IMAGES, "https://bigcommerce.com/toy.jpg"),
    own(
        "listing.category_path",
        "Category Path",
        T.CATEGORIES,
        "Toys > Educational",
        aliases=("listing.categories",),
    ),
    own("listing.brand", "Brand", T.STRING, "Acme"),
    own("listing.type", "Type", T.STRING, "physical"),
    own("listing.sale_price", "Sale Price", T.MONEY, "17.99"),
    own("listing.msrp", "MSRP", T.MONEY, "24.99"),
    own("listing.map", "MAP", T.MONEY, "15.99"),
    own("listing.estimated_cost", "Estimated Cost", T.MONEY, "10.50", aliases=("listing.cost",)),
    own("listing.gtin", "GTIN", T.STRING, "0123456789012"),
    own("listing.mpn", "MPN", T.STRING, "TOY-MPN123"),
    own("listing.custom_fields", "Custom Fields", T.CUSTOM_FIELDS, "Material: Plastic"),
    own("listing.attributes", "Attributes", T.CUSTOM_FIELDS, "Color: Blue"),
    own("listing.availability_description", "Availability Description", T.STRING, "In Stock"),
    own("listing.condition", "Condition", T.STRING, "New"),
    own("listing.warranty", "Warranty", T.STRING, "Two years"),
    own("listing.page_title", "Page Title", T.STRING, "Luxury Toy Set by Acme"),
    own("listing.meta_description", "Meta Description", T.STRING, "A toy for all ages"),
    own("listing.search_keywords", "Search Keywords", T.STRING, "toy, wood"),
    own("listing_variant.sku", "Variant SKU", T.STRING, "TOY-BLUE-001", max_length=255),
    own(
        "listing_variant.list_price",
        "Variant List Price",
        T.MONEY,
        "21.99",
        aliases=("listing_variant.price",),
    ),
    own("listing_variant.quantity", "Variant Quantity", T.INTEGER, "50"),
    own("listing_variant.upc", "Variant UPC", T.STRING, "123456789013"),
    own(
        "listing_variant.image",
        "Variant Image",
        T.URL,
        "https://bigcommerce.com/toy-blue.jpg",
    ),
    own("listing_variant.sale_price", "Variant Sale Price", T.MONEY, "17.99"),
    own("listing_variant.msrp", "Variant MSRP", T.MONEY, "24.99"),
    own("listing_variant.map", "Variant MAP", T.MONEY, "15.99"),
    own(
        "listing_variant.estimated_cost",
        "Variant Estimated Cost",
        T.MONEY,
        "10.50",
        aliases=("listing_variant.cost",),
    ),
    own("listing_variant.gtin", "Variant GTIN", T.STRING, "0123456789012"),
    own("listing_variant.mpn", "Variant MPN", T.STRING, "TOY-MPN123"),
    own("listing_variant.weight", "Variant Weight", T.WEIGHT, "2.5"),
    own("listing_variant.width", "Variant Width", T.LENGTH, "12"),
    own("listing_variant.height", "Variant Height", T.LENGTH, "10"),
    own("listing_variant.length", "Variant Length", T.LENGTH, "15"),
    own("listing_variant.options", "Variant Options", T.OPTIONS, "Color: Blue"),
)

NAMED_TARGETS: Final[tuple[NamedField, ...]] = (
    named("listing.custom_field", "Custom Field by Name", "listing.custom_fields", "Material"),
    named("listing.attribute", "Attribute by Name", "listing.attributes", "Color"),
    named("listing_variant.option", "Variant Option by Name", "listing_variant.options", "Color"),
)

"""Catalog v3 (FACTS 5): products, variants, brands, categories, metafields.

``raw`` holds what the store sent (fractions as Decimal), so that a mapping can use any field.
None on a variant's price or size means "inherits from the product" (FACTS quirk 16).
"""

from datetime import datetime
from decimal import Decimal

import msgspec

from app.bigcommerce.shapes import Shape


class CustomUrl(Shape):
    """A product's, brand's or category's address in the storefront."""

    url: str = ""
    path: str = ""
    is_customized: bool = False


class Image(Shape):
    """A product's picture; the store's own addresses do not reveal the source (FACTS 5.6)."""

    id: int
    product_id: int = 0
    is_thumbnail: bool = False
    sort_order: int = 0
    description: str = ""
    image_file: str = ""
    url_zoom: str = ""
    url_standard: str = ""
    url_thumbnail: str = ""
    url_tiny: str = ""
    image_url: str = ""
    date_modified: datetime | None = None


class CustomField(Shape):
    """A name and value shown with a product; the pair is unique per product."""

    id: int
    name: str = ""
    value: str = ""


class OptionValue(Shape):
    """One option of a variant, e.g. Size: M."""

    id: int = 0
    label: str = ""
    option_id: int = 0
    option_display_name: str = ""


class ProductOptionValue(Shape):
    """A value of a product's option, e.g. M."""

    id: int
    label: str = ""
    sort_order: int = 0


class ProductOption(Shape):
    """An option of a product, e.g. Size, with its values."""

    id: int
    product_id: int = 0
    name: str = ""
    display_name: str = ""
    type: str = ""
    sort_order: int = 0
    option_values: list[ProductOptionValue] = msgspec.field(default_factory=list)


class Variant(Shape):
    """A sellable SKU; a simple product has exactly one, without option values."""

    id: int
    product_id: int = 0
    sku: str = ""
    sku_id: int | None = None
    price: Decimal | None = None
    cost_price: Decimal | None = None
    sale_price: Decimal | None = None
    retail_price: Decimal | None = None
    map_price: Decimal | None = None
    calculated_price: Decimal | None = None
    weight: Decimal | None = None
    calculated_weight: Decimal | None = None
    width: Decimal | None = None
    height: Decimal | None = None
    depth: Decimal | None = None
    fixed_cost_shipping_price: Decimal | None = None
    is_free_shipping: bool = False
    purchasing_disabled: bool = False
    purchasing_disabled_message: str = ""
    image_url: str = ""
    upc: str = ""
    gtin: str = ""
    mpn: str = ""
    inventory_level: int | None = None
    inventory_warning_level: int | None = None
    bin_picking_number: str = ""
    option_values: list[OptionValue] = msgspec.field(default_factory=list)
    raw: dict[str, object] = msgspec.field(default_factory=dict)


class Product(Shape):
    """A product with whatever ``include`` asked for; ``base_variant_id`` None: it has options."""

    id: int
    name: str = ""
    type: str = ""
    sku: str = ""
    description: str = ""
    weight: Decimal | None = None
    width: Decimal | None = None
    height: Decimal | None = None
    depth: Decimal | None = None
    price: Decimal | None = None
    cost_price: Decimal | None = None
    retail_price: Decimal | None = None
    sale_price: Decimal | None = None
    map_price: Decimal | None = None
    calculated_price: Decimal | None = None
    tax_class_id: int | None = None
    product_tax_code: str = ""
    categories: list[int] = msgspec.field(default_factory=list)
    brand_id: int | None = None
    base_variant_id: int | None = None
    inventory_tracking: str = "none"
    inventory_level: int | None = None
    inventory_warning_level: int | None = None
    is_visible: bool = False
    is_featured: bool = False
    is_free_shipping: bool = False
    availability: str = ""
    availability_description: str = ""
    condition: str = ""
    upc: str = ""
    gtin: str = ""
    mpn: str = ""
    bin_picking_number: str = ""
    warranty: str = ""
    search_keywords: str = ""
    page_title: str = ""
    meta_description: str = ""
    meta_keywords: list[str] = msgspec.field(default_factory=list)
    sort_order: int | None = None
    order_quantity_minimum: int | None = None
    order_quantity_maximum: int | None = None
    total_sold: int | None = None
    custom_url: CustomUrl | None = None
    date_created: datetime | None = None
    date_modified: datetime | None = None
    variants: list[Variant] = msgspec.field(default_factory=list)
    images: list[Image] = msgspec.field(default_factory=list)
    custom_fields: list[CustomField] = msgspec.field(default_factory=list)
    raw: dict[str, object] = msgspec.field(default_factory=dict)

    @property
    def has_options(self) -> bool:
        """Whether its own SKU is not sellable and its variants' are (FACTS quirks 14, 15)."""
        return any(variant.option_values for variant in self.variants)


class Brand(Shape):
    """A brand; its name is unique in the store."""

    id: int
    name: str = ""
    page_title: str = ""
    image_url: str = ""
    custom_url: CustomUrl | None = None


class CategoryTree(Shape):
    """The category tree of one or more channels."""

    id: int
    name: str = ""
    channels: list[int] = msgspec.field(default_factory=list)


class Category(Shape):
    """A category of either API; trees name the id ``category_id``, the legacy API ``id``."""

    category_id: int | None = None
    id: int | None = None
    parent_id: int = 0
    tree_id: int | None = None
    name: str = ""
    description: str = ""
    is_visible: bool = True
    sort_order: int = 0
    url: CustomUrl | None = None
    custom_url: CustomUrl | None = None

    @property
    def key(self) -> int:
        """The id that products list in ``categories``; 0 when the store sent none."""
        return self.category_id or self.id or 0


class Metafield(Shape):
    """A value of ours kept on a store's record (FACTS 5.8)."""

    id: int
    key: str = ""
    value: str = ""
    namespace: str = ""
    permission_set: str = ""
    resource_type: str = ""
    resource_id: int | None = None
    description: str = ""
    owner_client_id: str = ""
    date_created: datetime | None = None
    date_modified: datetime | None = None


class ChannelAssignment(Shape):
    """That a product is sold on a channel (FACTS 5.9)."""

    product_id: int
    channel_id: int


class CatalogSummary(Shape):
    """Counts to plan an import from.

    ``products`` is None from stores that follow the specification, which has no such field (FACTS
    5.1 speaks of it): `resources.products.count` knows.
    """

    products: int | None = None
    variant_count: int | None = None
    inventory_count: int | None = None
    inventory_value: Decimal | None = None
    highest_variant_price: Decimal | None = None
    average_variant_price: Decimal | None = None
    lowest_variant_price: Decimal | None = None
    oldest_variant_date: datetime | None = None
    newest_variant_date: datetime | None = None
    primary_category_id: int | None = None
    primary_category_name: str = ""

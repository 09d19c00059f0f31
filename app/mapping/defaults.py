"""The template every new integration starts with."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.mapping.catalogue import catalogue_of

NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "build_listings": "Build Listings 1",
        "import_listings": "Import Listings 1",
        "sync_listings": "Sync Listings 1",
        "publish_listings": "Publish Listings 1",
        "get_orders": "Get Orders 1",
        "sync_orders": "Sync Orders 1",
    }
)

PRODUCT_TO_LISTING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "title": "name",
        "master_sku": "sku",
        "list_price": "price",
        "quantity": "inventory_level",
        "length": "depth",
        "category_path": "categories",
        "msrp": "retail_price",
        "map": "map_price",
        "estimated_cost": "cost_price",
    }
)
VARIANT_TO_LISTING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "list_price": "price",
        "quantity": "inventory_level",
        "length": "depth",
        "msrp": "retail_price",
        "map": "map_price",
        "estimated_cost": "cost_price",
    }
)
PUBLISH: Final[Mapping[str, str]] = MappingProxyType(
    {
        "bigcommerce_product.metafields_or_custom_fields": "listing.attribute",
        "bigcommerce_product.brand": "listing.brand",
        "bigcommerce_product.categories": "listing.category_path",
        "bigcommerce_product.custom_fields": "listing.custom_field",
        "bigcommerce_product.description": "listing.description",
        "bigcommerce_product.images": "listing.image",
        "bigcommerce_product.sku": "listing.parent_sku",
        "bigcommerce_product.name": "listing.title",
        "bigcommerce_product.retail_price": "listing.msrp",
        "bigcommerce_product.map_price": "listing.map",
        "bigcommerce_product.cost_price": "listing.estimated_cost",
        "bigcommerce_product.width": "listing.width",
        "bigcommerce_product.height": "listing.height",
        "bigcommerce_product.length": "listing.length",
        "bigcommerce_product.upc": "listing.upc",
        "bigcommerce_product.gtin": "listing.gtin",
        "bigcommerce_product.mpn": "listing.mpn",
        "bigcommerce_variant.price": "listing_variant.list_price",
        "bigcommerce_variant.retail_price": "listing_variant.msrp",
        "bigcommerce_variant.minimum_advertised_price": "listing_variant.map",
        "bigcommerce_variant.cost_price": "listing_variant.estimated_cost",
        "bigcommerce_variant.option": "listing_variant.option",
        "bigcommerce_variant.image": "listing_variant.image",
        "bigcommerce_variant.inventory_level": "listing_variant.quantity",
        "bigcommerce_variant.sku": "listing_variant.sku",
        "bigcommerce_variant.upc": "listing_variant.upc",
        "bigcommerce_variant.gtin": "listing_variant.gtin",
        "bigcommerce_variant.mpn": "listing_variant.mpn",
        "bigcommerce_variant.width": "listing_variant.width",
        "bigcommerce_variant.height": "listing_variant.height",
        "bigcommerce_variant.length": "listing_variant.length",
    }
)
SYNC: Final[Mapping[str, str]] = MappingProxyType(
    {
        "bigcommerce_variant.inventory_level": "listing_variant.quantity",
        "bigcommerce_variant.price": "listing_variant.list_price",
        "bigcommerce_variant.cost_price": "listing_variant.estimated_cost",
        "bigcommerce_variant.map_price": "listing_variant.map",
        "bigcommerce_variant.retail_price": "listing_variant.msrp",
    }
)
SHIPMENT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "bigcommerce_shipment.comments": "shipment.note",
        "bigcommerce_shipment.merchant_shipping_cost": "shipment.shipping_cost",
        "bigcommerce_shipment.shipping_method": "shipment.method",
        "bigcommerce_shipment.shipping_provider": "shipment.carrier",
        "bigcommerce_shipment.tracking_link": "shipment.tracking_url",
        "bigcommerce_shipment.tracking_number": "shipment.tracking_number",
        "bigcommerce_shipment.tracking_carrier": "shipment.carrier",
    }
)
WEIGHTS: Final = frozenset({"weight"})
LENGTHS: Final = frozenset({"width", "height", "length"})


def default_mappings(integration: str) -> dict[str, dict[str, object]]:
    """The mappings of an integration's default template, as fresh JSON; none for linking."""
    match integration:
        case "build_listings":
            return _build_listings()
        case "import_listings":
            return _import_listings()
        case "sync_listings":
            return {key: _field(source) for key, source in SYNC.items()}
        case "publish_listings":
            return _publish_listings()
        case "get_orders":
            return _get_orders()
        case "sync_orders":
            return {key: _field(source) for key, source in SHIPMENT.items()}
    return {}


def default_name(integration: str) -> str:
    """The name of an integration's default template; empty when it has none."""
    return NAMES.get(integration, "")


def _field(source: str, *steps: dict[str, object]) -> dict[str, object]:
    mapping: dict[str, object] = {"kind": "field", "source": source}
    return {**mapping, "steps": list(steps)} if steps else mapping


def _own_unit(name: str) -> str | None:
    if name in WEIGHTS:
        return "kg"
    return "cm" if name in LENGTHS else None


def _build_listings() -> dict[str, dict[str, object]]:
    mappings: dict[str, dict[str, object]] = {}
    catalogue = catalogue_of("build_listings")
    for target in catalogue.targets.fields:
        group, _, name = target.key.partition(".")
        level = "product" if group == "listing" else "product_variant"
        source = catalogue.source(f"{level}.{name}")
        if source is not None:
            mappings[target.key] = _field(source.key)
    return mappings


def _import_listings() -> dict[str, dict[str, object]]:
    mappings: dict[str, dict[str, object]] = {}
    catalogue = catalogue_of("import_listings")
    for target in catalogue.targets.fields:
        group, _, name = target.key.partition(".")
        parent = group == "listing"
        renamed = (PRODUCT_TO_LISTING if parent else VARIANT_TO_LISTING).get(name, name)
        source = f"bigcommerce_{'product' if parent else 'variant'}.{renamed}"
        if catalogue.source(source) is None:
            continue
        unit = _own_unit(name)
        step: dict[str, object] = {"do": "convert_unit", "from": "store", "to": unit}
        mappings[target.key] = _field(source, step) if unit else _field(source)
    return mappings


def _publish_listings() -> dict[str, dict[str, object]]:
    mappings: dict[str, dict[str, object]] = {}
    for key, source in PUBLISH.items():
        unit = _own_unit(key.partition(".")[2])
        step: dict[str, object] = {"do": "convert_unit", "from": unit, "to": "store"}
        mappings[key] = _field(source, step) if unit else _field(source)
    for target, source, other in (
        ("bigcommerce_product", "listing.weight", "listing_variant.weight"),
        ("bigcommerce_variant", "listing_variant.weight", "listing.weight"),
    ):
        mappings[f"{target}.weight"] = _weight(source, other)
    mappings["bigcommerce_product.price"] = _field(
        "listing.price", {"do": "first_non_empty", "fields": ["listing_variant.list_price"]}
    )
    mappings["bigcommerce_product.type"] = _field(
        "listing.type", {"do": "default", "value": "physical"}
    )
    return mappings


def _weight(source: str, other: str) -> dict[str, object]:
    """The weight of one level, else of the other; nothing for what is only downloaded."""
    weighed = _field(
        source,
        {"do": "first_non_empty", "fields": [other]},
        {"do": "convert_unit", "from": "kg", "to": "store"},
    )
    digital = {"field": "listing.type", "op": "equals", "value": "digital"}
    then = {"kind": "value", "value": 0}
    return {"kind": "rules", "rules": [{"when": digital, "then": then}], "otherwise": weighed}


def _get_orders() -> dict[str, dict[str, object]]:
    catalogue = catalogue_of("get_orders")
    found = (
        (target.key, catalogue.source(f"bigcommerce_{target.key}"))
        for target in catalogue.targets.fields
    )
    return {key: _field(source.key) for key, source in found if source is not None}

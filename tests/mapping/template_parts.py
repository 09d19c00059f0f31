"""Pieces that the tables of good and bad templates are made of."""

from typing import Any, NamedTuple

from app.mapping.sets import MappingSet, mapping_set

IGNORE: dict[str, Any] = {"kind": "ignore"}
EMPTY: dict[str, Any] = {"kind": "empty"}


class Sample(NamedTuple):
    """A template of the tables; `code` is what the linter must find, empty for good ones."""

    name: str
    integration: str
    mappings: dict[str, Any]
    code: str = ""
    sets: tuple[MappingSet, ...] = ()
    weight_unit: str | None = None


def field(source: str, *steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    mapping: dict[str, Any] = {"kind": "field", "source": source, **more}
    return {**mapping, "steps": list(steps)} if steps else mapping


def constant(value: Any, *steps: dict[str, Any]) -> dict[str, Any]:
    mapping: dict[str, Any] = {"kind": "value", "value": value}
    return {**mapping, "steps": list(steps)} if steps else mapping


def by_set(source: str, set_id: str, no_match: str = "pass_through", **more: Any) -> dict[str, Any]:
    return {
        "kind": "mapping_set",
        "source": source,
        "mapping_set_id": set_id,
        "no_match": no_match,
        **more,
    }


def when(key: str, op: str, value: Any = None) -> dict[str, Any]:
    return {"field": key, "op": op} if value is None else {"field": key, "op": op, "value": value}


def rules(*pairs: tuple[Any, Any], otherwise: Any = None, **more: Any) -> dict[str, Any]:
    listed = [
        {"then": then} if condition is None else {"when": condition, "then": then}
        for condition, then in pairs
    ]
    mapping: dict[str, Any] = {"kind": "rules", "rules": listed, **more}
    return mapping if otherwise is None else {**mapping, "otherwise": otherwise}


def table(set_id: str, *pairs: tuple[str, Any]) -> MappingSet:
    return mapping_set(set_id, set_id.title(), [{"from": a, "to": b} for a, b in pairs])


IMPORT = {
    "listing.title": field("bigcommerce_product.name"),
    "listing.master_sku": field("bigcommerce_product.sku"),
}
SYNC = {
    "bigcommerce_variant.inventory_level": field("listing_variant.quantity"),
    "bigcommerce_variant.price": field("listing_variant.list_price"),
}
PUBLISH = {
    "bigcommerce_product.name": field("listing.title"),
    "bigcommerce_product.type": field("listing.type"),
    "bigcommerce_product.price": field("listing.price"),
    "bigcommerce_variant.weight": field(
        "listing_variant.weight", {"do": "convert_unit", "from": "kg", "to": "store"}
    ),
}
ORDERS = {
    "order.date_created": field("bigcommerce_order.date_created"),
    "line_item.quantity": field("bigcommerce_line_item.quantity"),
    "line_item.sku": field("bigcommerce_line_item.sku"),
}
SHIPMENTS = {"bigcommerce_shipment.tracking_number": field("shipment.tracking_number")}

BASES = {
    "import_listings": IMPORT,
    "sync_listings": SYNC,
    "publish_listings": PUBLISH,
    "get_orders": ORDERS,
    "sync_orders": SHIPMENTS,
}


def with_base(integration: str, **changes: Any) -> dict[str, Any]:
    """The least working template, with changes; None takes a mapping away."""
    merged = {**BASES[integration], **{key.replace("__", "."): m for key, m in changes.items()}}
    return {key: mapping for key, mapping in merged.items() if mapping is not None}

"""Stock moved by orders (FACTS 5.11: `update_stock_behavior` decides when)."""

from sandbox.errors import JSON
from sandbox.store.catalog import derive_levels
from sandbox.store.records import Order, Product
from sandbox.store.store import DEFAULT_LOCATION, Store


def take_stock(store: Store, order: Order) -> None:
    """Lower the stock of a living order's lines once, at the moment the store's setting says."""
    waits = store.profile.inventory["update_stock_behavior"] == "order_completed_or_shipped"
    if order.stock_taken or (waits and order.fields["status_id"] not in (2, 10)):
        return
    order.stock_taken = True
    for line in order.lines:
        move_stock(store, line, -int(line["quantity"]))


def move_stock(store: Store, line: JSON, change: int) -> None:
    """Change the stock of a line's item by `change` units and announce it."""
    product = store.products.get(int(line["product_id"]))
    variant = product.variant(int(line["variant_id"])) if product else None
    if product is None or variant is None or product.fields["inventory_tracking"] == "none":
        return
    store.stock.ensure(store.stock_key(product, variant), DEFAULT_LOCATION).onhand += change
    derive_levels(store, product)
    announce_stock(store, product, variant, "relative", change, by_order=True)


def announce_stock(
    store: Store,
    product: Product,
    variant: JSON,
    method: str,
    value: int,
    *,
    by_order: bool = False,
) -> None:
    """Tell subscribers that stock moved, at the level at which the product is tracked."""
    tail = "inventory/order/updated" if by_order else "inventory/updated"
    moved: JSON = {"product_id": product.id, "method": method, "value": value}
    store.announce(
        f"store/product/{tail}", {"type": "product", "id": product.id, "inventory": moved}
    )
    if product.fields["inventory_tracking"] == "variant" and variant["sku_id"] is not None:
        by_variant = {**moved, "variant_id": variant["id"]}
        store.announce(
            f"store/sku/{tail}", {"type": "sku", "id": variant["sku_id"], "inventory": by_variant}
        )


def settle(store: Store, now: float) -> None:
    """Make accepted adjustments visible whose time has come, and announce them."""
    for entry in store.stock.settle(now):
        kind, number = entry.key
        owner = number if kind == "product" else store.variant_owner.get(number, 0)
        product = store.products.get(owner)
        if product is None:
            continue
        variant = product.variant(number) if kind == "variant" else product.variants[0]
        derive_levels(store, product)
        method = "absolute" if entry.absolute else "relative"
        if variant is not None:
            announce_stock(store, product, variant, method, entry.quantity)

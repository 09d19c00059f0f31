"""Order lines in the shape of `/orders/{id}/products` (FACTS 4.4)."""

from dataclasses import dataclass
from decimal import Decimal

from sandbox.errors import JSON, Refused
from sandbox.store.money import ZERO, cents, wire
from sandbox.store.order_spec import LineSpec
from sandbox.store.records import Product
from sandbox.store.store import Store

LINE_AMOUNTS = (
    "base_price",
    "price_ex_tax",
    "price_inc_tax",
    "price_tax",
    "base_total",
    "total_ex_tax",
    "total_inc_tax",
    "total_tax",
    "base_cost_price",
    "cost_price_inc_tax",
    "cost_price_ex_tax",
    "cost_price_tax",
    "base_wrapping_cost",
    "wrapping_cost_ex_tax",
    "wrapping_cost_inc_tax",
    "wrapping_cost_tax",
    "fixed_shipping_cost",
    "refund_amount",
    "discounted_total_inc_tax",
    "weight",
    "width",
    "height",
    "depth",
)

LINE_TEXTS = (
    "name",
    "name_customer",
    "name_merchant",
    "sku",
    "upc",
    "wrapping_name",
    "wrapping_message",
    "ebay_item_id",
    "ebay_transaction_id",
    "bin_picking_number",
    "brand",
)

LINE_NUMBERS = (
    "product_id",
    "variant_id",
    "order_pickup_method_id",
    "order_address_id",
    "quantity_refunded",
    "return_id",
    "wrapping_id",
    "quantity_shipped",
)

LINE_NULLS = (
    "event_name",
    "event_date",
    "option_set_id",
    "parent_order_product_id",
    "external_id",
    "gift_certificate_id",
)


@dataclass(frozen=True)
class Priced:
    """Amounts of one line; everything in the order's transactional currency."""

    price_ex: Decimal
    price_inc: Decimal
    total_ex: Decimal
    total_inc: Decimal


def price_line(price: Decimal, quantity: int, rate: Decimal, tax_inclusive: bool) -> Priced:
    """Tax one line: per unit for show, on the whole line for the totals."""
    if tax_inclusive:
        total = cents(price * quantity)
        return Priced(cents(price / (1 + rate)), price, cents(total / (1 + rate)), total)
    total = cents(price * quantity)
    return Priced(price, cents(price * (1 + rate)), total, total + cents(total * rate))


def find_variant(store: Store, spec: LineSpec) -> tuple[Product, JSON] | None:
    """The catalogue item a line names; None for a custom item. Raises Refused when unknown."""
    if spec.sku:
        owner = store.skus.get(spec.sku.lower())
        product = store.products.get(owner) if owner is not None else None
    elif spec.variant_id is not None:
        product = store.products.get(store.variant_owner.get(spec.variant_id, 0))
    elif spec.product_id is not None:
        product = store.products.get(spec.product_id)
    else:
        return None
    if product is None and spec.sku and spec.name:
        return None
    if product is None:
        raise Refused(422, "The order line names no product of the store.")
    for row in product.variants:
        if row["id"] == spec.variant_id or (spec.sku and row["sku"] == spec.sku):
            return product, row
    return product, product.variants[0]


def write_amounts(line: JSON, priced: Priced, tax_inclusive: bool) -> None:
    """Put the amounts of a line in place, before discounts."""
    base = priced.price_inc if tax_inclusive else priced.price_ex
    base_total = priced.total_inc if tax_inclusive else priced.total_ex
    line["base_price"] = wire(base)
    line["price_ex_tax"] = wire(priced.price_ex)
    line["price_inc_tax"] = wire(priced.price_inc)
    line["price_tax"] = wire(priced.price_inc - priced.price_ex)
    line["base_total"] = wire(base_total)
    line["total_ex_tax"] = wire(priced.total_ex)
    line["total_inc_tax"] = wire(priced.total_inc)
    line["total_tax"] = wire(priced.total_inc - priced.total_ex)
    line["discounted_total_inc_tax"] = wire(priced.total_inc)


def blank_line(number: int, order_id: int) -> JSON:
    """A line with every field of the resource and nothing in it."""
    line: JSON = {"id": number, "order_id": order_id, "type": "physical", "quantity": 1}
    line.update(dict.fromkeys(LINE_AMOUNTS, wire(ZERO)))
    line.update(dict.fromkeys(LINE_TEXTS, ""))
    line.update(dict.fromkeys(LINE_NUMBERS, 0))
    line.update(dict.fromkeys(LINE_NULLS))
    line.update(is_refunded=False, is_bundled_product=False)
    line.update(applied_discounts=[], product_options=[], configurable_fields=[])
    return line


def describe_item(store: Store, line: JSON, product: Product, variant: JSON) -> None:
    """Copy what the catalogue knows about the item into the line."""
    fields = product.fields
    line.update(
        product_id=product.id,
        variant_id=variant["id"],
        name=fields["name"],
        sku=variant["sku"],
        upc=variant["upc"] or fields["upc"],
        type=fields["type"],
        bin_picking_number=variant["bin_picking_number"] or fields["bin_picking_number"],
    )
    for name in ("weight", "width", "height", "depth"):
        value = fields[name] if variant[name] is None else variant[name]
        line[name] = wire(Decimal(str(value)))
    cost = fields["cost_price"] if variant["cost_price"] is None else variant["cost_price"]
    for name in ("base_cost_price", "cost_price_ex_tax", "cost_price_inc_tax"):
        line[name] = wire(Decimal(str(cost)))
    brand = store.brands.get(fields["brand_id"])
    line["brand"] = brand["name"] if brand else ""
    for position, value in enumerate(variant["option_values"]):
        line["product_options"].append(line_option(store, line["id"], value, position))


def line_option(store: Store, line_id: int, value: JSON, position: int) -> JSON:
    """A chosen option of a line."""
    name, label = value["option_display_name"], value["label"]
    return {
        "id": store.next_id("order_option", first=1),
        "option_id": value["option_id"],
        "order_product_id": line_id,
        "product_option_id": value["option_id"] + position,
        "display_name": name,
        "display_name_customer": name,
        "display_name_merchant": name,
        "display_value": label,
        "display_value_customer": label,
        "display_value_merchant": label,
        "value": str(value["id"]),
        "type": "Multiple choice",
        "name": f"{name}{value['option_id']}",
        "display_style": "Pick list",
    }

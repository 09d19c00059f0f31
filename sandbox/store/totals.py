"""Order totals, always the exact sum of what the order consists of.

Tax is charged on the undiscounted amounts; discounts lower the total including tax:
`total_inc_tax = subtotal + shipping + fees - discount - coupons`, all including tax.
Gift certificates and store credit are ways to pay and leave the total alone.
"""

from decimal import Decimal

from sandbox.store.money import ZERO, cents, split, wire
from sandbox.store.records import Order


def total(order: Order, shipping_cost: Decimal, discount: Decimal, coupon: Decimal) -> None:
    """Compute every total of an order from its lines, fees and the given amounts."""
    rate = Decimal(order.tax_rate)
    fields = order.fields
    tax_inclusive = bool(fields["is_tax_inclusive_pricing"])
    line_ex = sum((Decimal(row["total_ex_tax"]) for row in order.lines), ZERO)
    line_inc = sum((Decimal(row["total_inc_tax"]) for row in order.lines), ZERO)
    fees = sum((Decimal(row["cost_inc_tax"]) for row in order.fees), ZERO)
    if tax_inclusive:
        shipping_inc = cents(shipping_cost)
        shipping_ex = cents(shipping_cost / (1 + rate))
    else:
        shipping_ex = cents(shipping_cost)
        shipping_inc = shipping_ex + cents(shipping_cost * rate)
    total_tax = (line_inc - line_ex) + (shipping_inc - shipping_ex)
    total_inc = line_inc + shipping_inc + fees - discount - coupon
    _share_discounts(order, discount, coupon)
    fields.update(
        subtotal_ex_tax=wire(line_ex),
        subtotal_inc_tax=wire(line_inc),
        subtotal_tax=wire(line_inc - line_ex),
        base_shipping_cost=wire(cents(shipping_cost)),
        shipping_cost_ex_tax=wire(shipping_ex),
        shipping_cost_inc_tax=wire(shipping_inc),
        shipping_cost_tax=wire(shipping_inc - shipping_ex),
        discount_amount=wire(discount),
        coupon_discount=wire(coupon),
        total_ex_tax=wire(total_inc - total_tax),
        total_inc_tax=wire(total_inc),
        total_tax=wire(total_tax),
        items_total=sum(int(row["quantity"]) for row in order.lines),
        items_shipped=sum(int(row["quantity_shipped"]) for row in order.lines),
    )
    _spread_shipping(order, shipping_ex, shipping_inc)


def recount_shipped(order: Order) -> None:
    """Bring the shipped counters of order and addresses in line with its lines."""
    order.fields["items_shipped"] = sum(int(row["quantity_shipped"]) for row in order.lines)
    for address in order.addresses:
        mine = [row for row in order.lines if row["order_address_id"] == address["id"]]
        address["items_total"] = sum(int(row["quantity"]) for row in mine)
        address["items_shipped"] = sum(int(row["quantity_shipped"]) for row in mine)


def _share_discounts(order: Order, discount: Decimal, coupon: Decimal) -> None:
    weights = [Decimal(row["total_inc_tax"]) for row in order.lines]
    by_discount = split(discount, weights)
    by_coupon = split(coupon, weights)
    code = order.coupons[0]["code"] if order.coupons else None
    for row, automatic, couponed in zip(order.lines, by_discount, by_coupon, strict=True):
        row["applied_discounts"] = []
        if automatic:
            row["applied_discounts"].append(
                {
                    "id": "automatic-promotion",
                    "amount": wire(automatic),
                    "name": "Order discount",
                    "code": None,
                    "target": "order",
                }
            )
        if couponed:
            row["applied_discounts"].append(
                {
                    "id": "coupon",
                    "amount": wire(couponed),
                    "name": "Coupon",
                    "code": code,
                    "target": "order",
                }
            )
        rest = Decimal(row["total_inc_tax"]) - automatic - couponed
        row["discounted_total_inc_tax"] = wire(rest)


def _spread_shipping(order: Order, shipping_ex: Decimal, shipping_inc: Decimal) -> None:
    weights = [Decimal(1) for _ in order.addresses]
    ex_shares = split(shipping_ex, weights)
    inc_shares = split(shipping_inc, weights)
    for address, ex, inc in zip(order.addresses, ex_shares, inc_shares, strict=True):
        address.update(
            base_cost=wire(ex),
            cost_ex_tax=wire(ex),
            cost_inc_tax=wire(inc),
            cost_tax=wire(inc - ex),
        )
    recount_shipped(order)

"""Fills a store's order book: every order follows from its number and from today's date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

from tests.outside.lookalike.ledger import STATUSES
from tests.outside.lookalike.shop import Record, Shop

STATES = [("California", "CA"), ("Texas", "TX"), ("New York", "NY")]
LINE_TEXTS = ("bin_picking_number", "wrapping_name", "wrapping_message", "fulfillment_source")


def sell(shop: Shop, amount: int, **changes: Any) -> None:
    """Add orders of the last hours, in status 11 unless told otherwise."""
    for _ in range(amount):
        add_order(shop, **changes)


def add_order(
    shop: Shop,
    *,
    status_id: int = 11,
    age: timedelta = timedelta(hours=3),
    lines: int = 2,
    addresses: int = 1,
    kind: str = "physical",
    sku: str | None = None,
) -> Record:
    """Place one order; `sku` replaces the line's own, "" leaves it out."""
    number = len(shop.orders)
    order_id = 500 + 3 * number
    moment = datetime.now(UTC).replace(microsecond=0) - age + timedelta(seconds=number % 600)
    billing = _address(number, "Ada")
    places = [
        {"id": order_id * 10 + place, **_address(number + place + 1, "Ben"), **_shipping_costs()}
        for place in range(addresses if kind == "physical" else 0)
    ]
    rows = [
        _line(order_id, number, place, kind, places[place % addresses]["id"] if places else 0, sku)
        for place in range(lines)
    ]
    shop.addresses[order_id], shop.lines[order_id] = places, rows
    order = _order(order_id, number, status_id, moment, rows, len(places))
    order["billing_address"] = billing
    shop.orders.append(order)
    return order


def touch(order: Record, **changes: object) -> None:
    """Change an order now."""
    order.update(changes)
    if "status_id" in changes:
        order["status"] = STATUSES[order["status_id"]]
    order["date_modified"] = format_datetime(datetime.now(UTC).replace(microsecond=0))


def money(value: Decimal | str) -> str:
    """Money as v2 says it: text with four decimals."""
    return f"{Decimal(value):.4f}"


def _address(number: int, first_name: str) -> Record:
    return {
        "first_name": first_name,
        "last_name": f"Quay-{number}",
        "company": "" if number % 2 else "Ölwerk GmbH",
        "street_1": f"{number} Harbour Rd",
        "street_2": "",
        "city": "Port",
        "state": STATES[number % 3][0],
        "zip": f"0{number % 10000:04d}",
        "country": "United States",
        "country_iso2": "US",
        "phone": None if number % 4 == 3 else "555-0100",
        "email": f"buyer{number}@mail.example",
        "form_fields": [],
    }


def _shipping_costs() -> Record:
    return {
        "items_total": 2,
        "items_shipped": 0,
        "shipping_method": "Flat Rate",
        "base_cost": 5.0,
        "cost_ex_tax": 5.0,
        "cost_inc_tax": 5.4,
        "cost_tax": 0.4,
        "cost_tax_class_id": 2,
        "base_handling_cost": 0,
        "handling_cost_ex_tax": 0,
        "handling_cost_inc_tax": 0,
        "handling_cost_tax": 0,
        "shipping_zone_id": 1,
        "shipping_zone_name": "US",
    }


def _line(
    order_id: int, number: int, place: int, kind: str, address_id: int, sku: str | None
) -> Record:
    price = Decimal("9.95") + place
    quantity = 1 + place % 3
    total, tax = price * quantity, Decimal("0.08") * price * quantity
    amounts = {
        "base_price": price,
        "price_ex_tax": price,
        "price_inc_tax": price + Decimal("0.80"),
        "price_tax": Decimal("0.80"),
        "base_total": total,
        "total_ex_tax": total,
        "total_inc_tax": total + tax,
        "total_tax": tax,
    }
    zeros = ("base_cost_price", "cost_price_ex_tax", "cost_price_inc_tax", "cost_price_tax")
    wraps = ("base_wrapping_cost", "wrapping_cost_ex_tax", "wrapping_cost_inc_tax")
    named = dict.fromkeys((*zeros, *wraps, "wrapping_cost_tax", "fixed_shipping_cost"), Decimal(0))
    return {
        "id": order_id * 100 + place,
        "order_id": order_id,
        "product_id": 1000 + 7 * place,
        "variant_id": 10000 + place,
        "name": f"Lantern line {place}",
        "sku": f"LAN-{place:05d}" if sku is None else sku,
        "upc": "",
        "type": kind,
        "order_address_id": address_id,
        "quantity": quantity,
        "quantity_shipped": 0,
        # Sometimes text, as seen in the wild.
        "quantity_refunded": "1" if place == 1 and number % 2 else 0,
        "refund_amount": "0.0000",
        # The weight may be missing in an included line.
        **({} if place % 2 else {"weight": "1.2500"}),
        "brand": "Tide",
        **{name: money(value) for name, value in {**amounts, **named}.items()},
        **dict.fromkeys(LINE_TEXTS),
        "applied_discounts": [],
        "product_options": [],
        "parent_order_product_id": None,
        "surprise": {"a": 1},
    }


def _order(
    order_id: int, number: int, status_id: int, moment: datetime, rows: list[Record], places: int
) -> Record:
    subtotal = sum((Decimal(row["total_ex_tax"]) for row in rows), Decimal(0))
    tax = sum((Decimal(row["total_tax"]) for row in rows), Decimal(0))
    shipping = Decimal(5 * places)
    shipping_tax = Decimal("0.4") * places
    zero = Decimal(0)
    amounts: dict[str, Decimal] = {
        "subtotal_ex_tax": subtotal,
        "subtotal_inc_tax": subtotal + tax,
        "subtotal_tax": tax,
        "base_shipping_cost": shipping,
        "shipping_cost_ex_tax": shipping,
        "shipping_cost_inc_tax": shipping + shipping_tax,
        "shipping_cost_tax": shipping_tax,
        "total_ex_tax": subtotal + shipping,
        "total_inc_tax": subtotal + tax + shipping + shipping_tax,
        "total_tax": tax + shipping_tax,
    }
    for group in ("handling", "wrapping"):
        for name in (f"base_{group}_cost", *(f"{group}_cost_{end}" for end in _ENDS)):
            amounts[name] = zero
    for name in _OTHER_AMOUNTS:
        amounts[name] = zero
    date = format_datetime(moment)
    return {
        "id": order_id,
        "customer_id": number % 9,
        "channel_id": 1,
        "date_created": date,
        "date_modified": date,
        "date_shipped": "",
        "status_id": status_id,
        "status": STATUSES[status_id],
        "custom_status": STATUSES[status_id],
        "payment_status": "captured",
        "payment_method": "Credit Card",
        "is_deleted": False,
        **{name: money(value) for name, value in amounts.items()},
        "items_total": sum(row["quantity"] for row in rows),
        "items_shipped": 0,
        "shipping_address_count": places,
        "currency_code": "USD",
        "currency_exchange_rate": "1.0000000000",
        "default_currency_code": "USD",
        "store_default_currency_code": "USD",
        "store_default_to_transactional_exchange_rate": "1.0000000000",
        "customer_locale": "en",
        "customer_message": f"Please ring {number}",
        "staff_notes": None,
        "order_source": "www",
        "external_source": None,
        "external_id": None,
        "ebay_order_id": "0",
        "geoip_country": "United States",
        "geoip_country_iso2": "US",
        "order_is_digital": places == 0,
        "credit_card_type": {},
        "tax_provider_id": "BasicTaxProvider",
        "unheard_of": 7,
    }


_ENDS = ("ex_tax", "inc_tax", "tax")
_OTHER_AMOUNTS = (
    *("discount_amount", "coupon_discount", "store_credit_amount", "gift_certificate_amount"),
    "refunded_amount",
)

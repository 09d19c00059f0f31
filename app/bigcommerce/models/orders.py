"""Orders v2 (FACTS 4). Money is in the transactional currency, ``default_currency_code``.

``consignments`` and ``fees`` are links, a legacy array or an object by what the query asked for
(FACTS 4.6, quirk 7): `Order.shipping` and friends hide the difference.
"""

from datetime import datetime
from decimal import Decimal

import msgspec

from app.bigcommerce.shapes import Shape, Unreadable, build


class FormField(Shape):
    """An extra question of the store's address form."""

    name: str = ""
    value: str = ""


class Address(Shape):
    """Billing or shipping address; ``state`` is the full name, not a code."""

    first_name: str = ""
    last_name: str = ""
    company: str = ""
    street_1: str = ""
    street_2: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    country: str = ""
    country_iso2: str = ""
    phone: str = ""
    email: str = ""
    form_fields: list[FormField] = msgspec.field(default_factory=list)


class AppliedDiscount(Shape):
    """The share of a discount on a line; line totals are before it (quirk 44)."""

    id: str = ""
    amount: Decimal | None = None
    name: str = ""
    code: str = ""
    target: str = ""


class ProductOption(Shape):
    """What the shopper chose on a line."""

    id: int | None = None
    option_id: int | None = None
    order_product_id: int | None = None
    product_option_id: int | None = None
    display_name: str = ""
    display_value: str = ""
    value: str = ""
    type: str = ""
    name: str = ""


class OrderProduct(Shape):
    """An order line; ``id`` is the ``order_product_id`` of shipments (FACTS 4.4)."""

    id: int
    order_id: int = 0
    product_id: int = 0
    variant_id: int = 0
    order_address_id: int = 0
    order_pickup_method_id: int = 0
    name: str = ""
    sku: str = ""
    upc: str = ""
    type: str = ""
    quantity: int = 0
    quantity_shipped: int = 0
    quantity_refunded: int = 0
    is_refunded: bool = False
    base_price: Decimal | None = None
    price_ex_tax: Decimal | None = None
    price_inc_tax: Decimal | None = None
    price_tax: Decimal | None = None
    base_total: Decimal | None = None
    total_ex_tax: Decimal | None = None
    total_inc_tax: Decimal | None = None
    total_tax: Decimal | None = None
    discounted_total_inc_tax: Decimal | None = None
    base_cost_price: Decimal | None = None
    cost_price_ex_tax: Decimal | None = None
    cost_price_inc_tax: Decimal | None = None
    base_wrapping_cost: Decimal | None = None
    wrapping_cost_ex_tax: Decimal | None = None
    wrapping_cost_inc_tax: Decimal | None = None
    fixed_shipping_cost: Decimal | None = None
    weight: Decimal | None = None
    width: Decimal | None = None
    height: Decimal | None = None
    depth: Decimal | None = None
    brand: str = ""
    bin_picking_number: str = ""
    parent_order_product_id: int | None = None
    is_bundled_product: bool = False
    gift_certificate_id: int | None = None
    wrapping_name: str = ""
    wrapping_message: str = ""
    event_name: str = ""
    event_date: datetime | None = None
    external_id: str = ""
    applied_discounts: list[AppliedDiscount] = msgspec.field(default_factory=list)
    product_options: list[ProductOption] = msgspec.field(default_factory=list)
    raw: dict[str, object] = msgspec.field(default_factory=dict)


class ShippingAddress(Address, kw_only=True):
    """Where a part of the order goes; ``id`` is the ``order_address_id`` (FACTS 4.5, 4.6)."""

    id: int
    order_id: int = 0
    items_total: int | None = None
    items_shipped: int | None = None
    shipping_method: str = ""
    base_cost: Decimal | None = None
    cost_ex_tax: Decimal | None = None
    cost_inc_tax: Decimal | None = None
    cost_tax: Decimal | None = None
    base_handling_cost: Decimal | None = None
    handling_cost_ex_tax: Decimal | None = None
    handling_cost_inc_tax: Decimal | None = None
    shipping_zone_id: int | None = None
    shipping_zone_name: str = ""
    line_items: list[OrderProduct] = msgspec.field(default_factory=list)
    raw: dict[str, object] = msgspec.field(default_factory=dict)


class Pickup(Shape):
    """Lines collected in a shop."""

    id: int | None = None
    pickup_method_id: int | None = None
    pickup_method_display_name: str = ""
    collection_instructions: str = ""
    location: dict[str, object] = msgspec.field(default_factory=dict)
    line_items: list[OrderProduct] = msgspec.field(default_factory=list)


class Delivery(Shape):
    """Lines sent by e-mail: downloads and gift certificates."""

    recipient_email: str = ""
    line_items: list[OrderProduct] = msgspec.field(default_factory=list)


class EmailDeliveries(Shape):
    """The ``email`` part of the consignments."""

    gift_certificates: list[Delivery] = msgspec.field(default_factory=list)


class Consignments(Shape):
    """How the lines of an order reach the shopper."""

    shipping: list[ShippingAddress] = msgspec.field(default_factory=list)
    pickups: list[Pickup] = msgspec.field(default_factory=list)
    downloads: list[Delivery] = msgspec.field(default_factory=list)
    email: EmailDeliveries | None = None

    @property
    def line_items(self) -> list[OrderProduct]:
        """All lines of all consignments, each once."""
        gifts = self.email.gift_certificates if self.email else []
        groups = [part.line_items for part in self.shipping]
        groups += [part.line_items for part in self.pickups]
        groups += [part.line_items for part in (*self.downloads, *gifts)]
        return list({line.id: line for group in groups for line in group}.values())


class Fee(Shape):
    """An extra charge on the whole order."""

    id: int
    type: str = ""
    display_name_customer: str = ""
    display_name_merchant: str = ""
    source: str = ""
    base_cost: Decimal | None = None
    cost_ex_tax: Decimal | None = None
    cost_inc_tax: Decimal | None = None
    cost_tax: Decimal | None = None


class Order(Shape):
    """An order; customer 0 is a guest, ``is_deleted`` means archived."""

    id: int
    customer_id: int = 0
    channel_id: int = 1
    status_id: int = 0
    status: str = ""
    custom_status: str = ""
    payment_status: str = ""
    payment_method: str = ""
    payment_provider_id: str = ""
    is_deleted: bool = False
    order_is_digital: bool = False
    is_tax_inclusive_pricing: bool = False
    date_created: datetime | None = None
    date_modified: datetime | None = None
    date_shipped: datetime | None = None
    subtotal_ex_tax: Decimal | None = None
    subtotal_inc_tax: Decimal | None = None
    subtotal_tax: Decimal | None = None
    total_ex_tax: Decimal | None = None
    total_inc_tax: Decimal | None = None
    total_tax: Decimal | None = None
    base_shipping_cost: Decimal | None = None
    shipping_cost_ex_tax: Decimal | None = None
    shipping_cost_inc_tax: Decimal | None = None
    shipping_cost_tax: Decimal | None = None
    handling_cost_ex_tax: Decimal | None = None
    handling_cost_inc_tax: Decimal | None = None
    handling_cost_tax: Decimal | None = None
    wrapping_cost_ex_tax: Decimal | None = None
    wrapping_cost_inc_tax: Decimal | None = None
    wrapping_cost_tax: Decimal | None = None
    discount_amount: Decimal | None = None
    coupon_discount: Decimal | None = None
    store_credit_amount: Decimal | None = None
    gift_certificate_amount: Decimal | None = None
    items_total: int | None = None
    items_shipped: int | None = None
    shipping_address_count: int | None = None
    currency_code: str = ""
    currency_exchange_rate: Decimal | None = None
    default_currency_code: str = ""
    store_default_currency_code: str = ""
    store_default_to_transactional_exchange_rate: Decimal | None = None
    customer_message: str = ""
    staff_notes: str = ""
    customer_locale: str = ""
    order_source: str = ""
    external_source: str = ""
    external_id: str = ""
    external_order_id: str = ""
    external_merchant_id: str = ""
    cart_id: str = ""
    tax_provider_id: str = ""
    billing_address: Address | None = None
    raw: dict[str, object] = msgspec.field(default_factory=dict)

    @property
    def consignments(self) -> Consignments | None:
        """The included consignments in one form; None when they are a link or unreadable."""
        sent = self.raw.get("consignments")
        if isinstance(sent, list):
            sent = _from_array(sent)
        if not isinstance(sent, dict) or "resource" in sent:
            return None
        try:
            return build(sent, Consignments)
        except Unreadable:
            return None

    @property
    def fees(self) -> list[Fee]:
        """The included fees; none when the order only links to them."""
        sent = self.raw.get("fees")
        return build(sent, list[Fee]) if isinstance(sent, list) else []


class Coupon(Shape):
    """A coupon used on an order (FACTS 4.7)."""

    id: int
    coupon_id: int | None = None
    order_id: int = 0
    code: str = ""
    amount: Decimal | None = None
    type: int | None = None
    discount: Decimal | None = None


def _from_array(entries: list[object]) -> dict[str, object]:
    """The legacy array in the form of the object (FACTS 4.6).

    Its entries are either parts of the object, or shipping addresses with their lines.
    """
    merged: dict[str, list[object]] = {}
    other: dict[str, object] = {}
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        if "line_items" in entry or "street_1" in entry:
            merged.setdefault("shipping", []).append(entry)
            continue
        for kind, part in entry.items():
            if isinstance(part, list):
                merged.setdefault(kind, []).extend(part)
            else:
                other[kind] = part
    return {**other, **merged}

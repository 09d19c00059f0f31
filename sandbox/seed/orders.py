"""Seeded orders: ordinary ones, and one of every oddity in each round (FACTS 4, 8)."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from sandbox.seed.words import (
    FFL_BROKEN_COMMENT,
    FFL_COMMENT,
    FIRST_NAMES,
    LAST_NAMES,
    PLACES,
)
from sandbox.store.order_spec import AddressSpec, CouponSpec, FeeSpec, LineSpec, OrderSpec
from sandbox.store.orders import place_order
from sandbox.store.records import Order, Product
from sandbox.store.refunds import refund_lines
from sandbox.store.shipments import Shipping, ship
from sandbox.store.store import Store

USUAL_STATUSES = (11, 11, 11, 11, 9, 9, 10, 2, 7, 1, 12, 5)

# Shipping and refunding move these; the seeded order keeps what it was given.
KEPT = ("status_id", "status", "custom_status", "payment_status", "date_modified")

Twist = Callable[["OrderSeed", OrderSpec], OrderSpec]


class OrderSeed:
    """Makes `orders` orders over the last `order_days` days, ids in order of time."""

    def __init__(self, store: Store, rng: random.Random) -> None:
        self._store = store
        self._rng = rng
        products = list(store.products.values())
        self._physical = [row for row in products if row.fields["type"] == "physical"]
        self._digital = [row for row in products if row.fields["type"] == "digital"]

    def run(self) -> None:
        """Create all orders; the twists come round every 60 orders."""
        settings = self._store.settings
        if not self._physical:
            return
        now = self._store.clock.now()
        span = timedelta(days=settings.order_days)
        for index in range(settings.orders):
            age = span * (settings.orders - index) / settings.orders
            spec = self._usual(now - age, now)
            twist = TWISTS[index // 2 % len(TWISTS)] if index % 2 else None
            if twist is not None:
                spec = twist(self, spec)
            order = place_order(self._store, spec, takes_stock=False)
            self._aftermath(index, order)

    def address(self) -> AddressSpec:
        """Some shopper somewhere."""
        rng = self._rng
        first, last = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)
        city, state, code, country, iso2 = rng.choice(PLACES)
        return AddressSpec(
            first_name=first,
            last_name=last,
            company="Harbour Works" if rng.random() < 0.15 else "",
            street_1=f"{rng.randint(1, 999)} {rng.choice(('Elm', 'Main', 'Oak'))} Street",
            street_2="Apt 4" if rng.random() < 0.2 else "",
            city=city,
            state=state,
            zip=code,
            country=country,
            country_iso2=iso2,
            email=f"shopper{rng.randint(1, 9999)}@mail.example",
            shipping_method=rng.choice(("Flat Rate", "UPS® (Ground)", "Free Shipping")),
        )

    def line(self, **changes: object) -> LineSpec:
        """A line with some variant of a physical product."""
        variant = self._rng.choice(self._choice(self._physical).variants)
        known: dict[str, object] = {
            "variant_id": variant["id"],
            "quantity": self._rng.choice((1, 1, 1, 2, 3)),
        }
        return LineSpec.model_validate({**known, **changes})

    def digital_line(self) -> LineSpec:
        """A line with a download."""
        product = self._choice(self._digital or self._physical)
        return LineSpec(variant_id=product.variants[0]["id"], type="digital")

    def _choice(self, products: list[Product]) -> Product:
        return products[self._rng.randrange(len(products))]

    def _usual(self, created: datetime, now: datetime) -> OrderSpec:
        rng = self._rng
        modified = min(now, created + timedelta(minutes=rng.randint(1, 600)))
        billing = self.address()
        return OrderSpec(
            status_id=rng.choice(USUAL_STATUSES),
            date_created=created.replace(microsecond=0),
            date_modified=modified.replace(microsecond=0),
            customer_id=0 if rng.random() < 0.4 else rng.randint(1, 200),
            billing=billing,
            lines=[self.line() for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4)))],
            tax_rate=Decimal("0.0825") if billing.country_iso2 == "US" else Decimal(0),
            payment_method=rng.choice(("Credit Card", "PayPal", "Bank Deposit")),
        )

    def _aftermath(self, index: int, order: Order) -> None:
        """Shipments of shipped orders and refunds, dated like the order."""
        status = int(order.fields["status_id"])
        modified = order.modified
        kept = {name: order.fields[name] for name in KEPT}
        if status in (2, 3, 10) and order.addresses:
            ship(self._store, order, self._shipping(index, order, partly=status == 3))
        if status == 14:
            refund_lines(self._store, order, [(order.lines[0]["id"], 1)], "Seeded refund")
        if status == 4:
            everything = [(row["id"], int(row["quantity"])) for row in order.lines]
            refund_lines(self._store, order, everything, "Seeded refund")
        order.modified = modified
        order.fields.update(kept)

    def _shipping(self, index: int, order: Order, *, partly: bool) -> Shipping:
        address = order.addresses[0]["id"]
        rows = [row for row in order.lines if row["order_address_id"] == address]
        chosen = rows[:1] if partly else rows
        return Shipping(
            address_id=address,
            items=[(row["id"], 1 if partly else int(row["quantity"])) for row in chosen],
            fields={
                "tracking_number": f"1Z{index:010d}",
                "shipping_provider": "ups",
                "shipping_method": "UPS Ground",
            },
        )


def _change(spec: OrderSpec, **fields: object) -> OrderSpec:
    return spec.model_copy(update=fields)


def _incomplete(seed: OrderSeed, spec: OrderSpec) -> OrderSpec:
    return _change(spec, status_id=0)


def _several_addresses(seed: OrderSeed, spec: OrderSpec) -> OrderSpec:
    lines = [seed.line(address=0), seed.line(address=1), seed.line(address=2)]
    return _change(
        spec, status_id=11, lines=lines, addresses=[spec.billing, seed.address(), seed.address()]
    )


def _digital_only(seed: OrderSeed, spec: OrderSpec) -> OrderSpec:
    return _change(spec, status_id=11, lines=[seed.digital_line()])


def _certificate(amount: int) -> LineSpec:
    return LineSpec(
        name=f"${amount} Gift Certificate",
        type="giftcertificate",
        price=Decimal(amount),
        recipient_email="friend@mail.example",
    )


def _gift_certificate(seed: OrderSeed, spec: OrderSpec) -> OrderSpec:
    return _change(spec, status_id=11, lines=[_certificate(50)])


def _same_named_certificates(seed: OrderSeed, spec: OrderSpec) -> OrderSpec:
    return _change(spec, status_id=11, lines=[_certificate(25), _certificate(25), seed.line()])


def _pickup(seed: OrderSeed, spec: OrderSpec) -> OrderSpec:
    return _change(spec, status_id=8, lines=[seed.line(pickup=True), seed.line(pickup=True)])


def _custom_item(seed: OrderSeed, spec: OrderSpec) -> OrderSpec:
    custom = LineSpec(name="Engraving to order", price=Decimal("12.50"))
    return _change(spec, status_id=11, lines=[custom, seed.line()], order_source="manual")


def _bundle(seed: OrderSeed, spec: OrderSpec) -> OrderSpec:
    children = [
        seed.line(parent=0, bundled=True, price=Decimal(0), quantity=1),
        seed.line(parent=0, bundled=True, price=Decimal(0), quantity=1),
    ]
    return _change(spec, status_id=11, lines=[seed.line(quantity=1), *children])


def _partly_refunded(seed: OrderSeed, spec: OrderSpec) -> OrderSpec:
    return _change(spec, status_id=14, lines=[seed.line(quantity=2), seed.line()])


def _refunded(seed: OrderSeed, spec: OrderSpec) -> OrderSpec:
    return _change(spec, status_id=4)


def _archived(seed: OrderSeed, spec: OrderSpec) -> OrderSpec:
    return _change(spec, status_id=5, is_deleted=True)


def _many_lines(seed: OrderSeed, spec: OrderSpec) -> OrderSpec:
    return _change(spec, status_id=11, lines=[seed.line(quantity=1) for _ in range(57)])


def _empty_include(seed: OrderSeed, spec: OrderSpec) -> OrderSpec:
    return _change(spec, status_id=11, lines_missing_in_include=True)


def _foreign_display(seed: OrderSeed, spec: OrderSpec) -> OrderSpec:
    return _change(spec, status_id=11, currency_code="CAD")


def _foreign_settlement(seed: OrderSeed, spec: OrderSpec) -> OrderSpec:
    return _change(spec, status_id=11, currency_code="EUR", settlement_currency="EUR")


def _discounted(seed: OrderSeed, spec: OrderSpec) -> OrderSpec:
    return _change(
        spec,
        status_id=11,
        lines=[seed.line(quantity=3), seed.line()],
        discount=Decimal("3.33"),
        coupon=CouponSpec(code="SPRING10", amount=Decimal(10), type=1),
    )


def _tax_inclusive(seed: OrderSeed, spec: OrderSpec) -> OrderSpec:
    return _change(spec, status_id=11, tax_inclusive=True, tax_rate=Decimal("0.20"))


def _ffl(seed: OrderSeed, spec: OrderSpec) -> OrderSpec:
    return _change(spec, status_id=11, customer_message=FFL_COMMENT)


def _ffl_unreadable(seed: OrderSeed, spec: OrderSpec) -> OrderSpec:
    return _change(spec, status_id=11, customer_message=FFL_BROKEN_COMMENT)


def _partly_shipped(seed: OrderSeed, spec: OrderSpec) -> OrderSpec:
    return _change(spec, status_id=3, lines=[seed.line(quantity=2), seed.line()])


def _fee(seed: OrderSeed, spec: OrderSpec) -> OrderSpec:
    return _change(spec, status_id=11, fees=[FeeSpec()], gift_certificate_amount=Decimal(5))


def _no_weight(seed: OrderSeed, spec: OrderSpec) -> OrderSpec:
    return _change(spec, status_id=11, lines=[seed.line(weight_missing=True)])


def _mixed(seed: OrderSeed, spec: OrderSpec) -> OrderSpec:
    return _change(
        spec, status_id=9, lines=[seed.line(), seed.digital_line()], staff_notes="Call before 9"
    )


TWISTS: tuple[Twist, ...] = (
    _incomplete,
    _several_addresses,
    _digital_only,
    _gift_certificate,
    _same_named_certificates,
    _pickup,
    _custom_item,
    _bundle,
    _partly_refunded,
    _refunded,
    _archived,
    _many_lines,
    _empty_include,
    _foreign_display,
    _foreign_settlement,
    _discounted,
    _tax_inclusive,
    _ffl,
    _ffl_unreadable,
    _partly_shipped,
    _fee,
    _no_weight,
    _mixed,
)

"""An order of the store as a record for templates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from app.bigcommerce.models.orders import Order, OrderProduct, ShippingAddress
from app.integrations.ordering.states import ISO_CODES, StateCodes, country_of

GIFT_CERTIFICATE = "giftcertificate"
_LINKS = ("consignments", "products", "shipping_addresses", "coupons", "fees", "billing_address")
_NOT_ADDRESS = frozenset({"line_items", "shipping_quotes"})


@dataclass(frozen=True)
class Refunded:
    """What was refunded of an order and of its lines, by their ids; None where it is not known."""

    total: Decimal | None
    lines: Mapping[int, Decimal | None] = field(default_factory=dict)
    readable: bool = True

    def of_line(self, line_id: int) -> Decimal | None:
        """What was refunded of a line."""
        return self.lines.get(line_id, Decimal(0) if self.readable else None)


NOT_REFUNDED: Final = Refunded(Decimal(0))


@dataclass(frozen=True)
class WholeOrder:
    """An order with all its lines and addresses, however they had to be fetched."""

    order: Order
    lines: Sequence[OrderProduct]
    addresses: Sequence[ShippingAddress]
    refunded: Refunded = NOT_REFUNDED


def order_record(whole: WholeOrder, states: StateCodes = ISO_CODES) -> dict[str, Any]:
    """The nested record of an order; generated SKUs are already on its lines."""
    order = whole.order
    billing = order.raw.get("billing_address")
    skus = line_skus(whole.lines)
    return {
        "bigcommerce_order": {
            **{key: value for key, value in order.raw.items() if key not in _LINKS},
            "date_created": order.date_created,
            "date_modified": order.date_modified,
            "date_shipped": order.date_shipped,
            "refunded_amount": whole.refunded.total,
        },
        "bigcommerce_billing_address": _address(
            billing if isinstance(billing, dict) else {}, states
        ),
        "bigcommerce_shipping_address": [
            _address(address.raw, states) for address in whole.addresses
        ],
        "bigcommerce_line_item": [
            {
                **line.raw,
                "sku": skus[line.id] or None,
                "product_options": _options(line.raw.get("product_options")),
                "event_date": line.event_date or line.raw.get("event_date"),
                "refund_amount": whole.refunded.of_line(line.id),
            }
            for line in whole.lines
        ],
    }


def _options(sent: object) -> object:
    """Chosen options by the names that shoppers see.

    BigCommerce's `name` and `value` on an order line are its own: an attribute's name with its
    number, and the number of the value (FACTS 4.4).
    """
    if not isinstance(sent, list):
        return sent
    return [
        {
            "name": _first(option, "display_name", "display_name_customer", "name"),
            "value": _first(option, "display_value", "display_value_customer", "value"),
            "type": option.get("type"),
        }
        for option in sent
        if isinstance(option, dict)
    ]


def _first(option: Mapping[str, object], *keys: str) -> object:
    return next((option[key] for key in keys if option.get(key) not in (None, "")), "")


def line_skus(lines: Sequence[OrderProduct]) -> dict[int, str]:
    """SKU of each line by its id; gift certificates without one get a generated, stable SKU.

    It is the name and the line's id, or the type and the id when the name is missing or is that
    of another gift certificate of the order too.
    """
    names = Counter(line.name for line in lines if line.type == GIFT_CERTIFICATE)
    skus = {}
    for line in lines:
        sku = line.sku.strip()
        if not sku and line.type == GIFT_CERTIFICATE:
            lead = line.name if line.name and names[line.name] == 1 else line.type
            sku = f"{lead}-{line.id}"
        skus[line.id] = sku
    return skus


def _address(raw: dict[str, Any], states: StateCodes) -> dict[str, Any]:
    kept = {key: value for key, value in raw.items() if key not in _NOT_ADDRESS}
    return {**kept, "state_code": states.code(kept)}


def countries_in(found: Iterable[Order]) -> set[str]:
    """The countries of addresses that came with orders and name a state."""
    addresses: list[Mapping[str, object]] = []
    for order in found:
        billing = order.raw.get("billing_address")
        addresses += [billing] if isinstance(billing, dict) else []
        if order.consignments is not None:
            addresses += [address.raw for address in order.consignments.shipping]
    return {country_of(address) for address in addresses if address.get("state")} - {""}

"""Orders as v2 shows them: links, included consignments and their defects (FACTS 4.2, 4.6)."""

from decimal import Decimal

from sandbox.errors import JSON, invalid_field
from sandbox.store.records import Order
from sandbox.store.store import Store

INCLUDES = frozenset({"consignments", "consignments.line_items", "fees"})
MOST_LINES = 50
WARNING = {
    "message": "Not all line items are shown, only the first 50. "
    "Use /v2/orders/{order_id}/products for all of them.",
}

# Strings in /shipping_addresses, numbers in consignments (FACTS 8.1).
COSTS = (
    "base_cost",
    "cost_ex_tax",
    "cost_inc_tax",
    "cost_tax",
    "base_handling_cost",
    "handling_cost_ex_tax",
    "handling_cost_inc_tax",
    "handling_cost_tax",
)


def parse_include(text: str | None) -> frozenset[str]:
    """The include parameter. Raises Refused 400 for a name that cannot be included."""
    wanted = frozenset(part.strip() for part in (text or "").split(",") if part.strip())
    for name in wanted - INCLUDES:
        raise invalid_field("include", f"'{name}' cannot be included")
    return wanted


class OrderView:
    """Renders orders for one request."""

    def __init__(self, store: Store, include: frozenset[str], structure: str | None) -> None:
        self._store = store
        self._include = include
        self._as_object = structure == "object"
        settings = store.settings
        self._base = f"{settings.public_url.rstrip('/')}/stores/{settings.store_hash}/v2"

    def render(self, order: Order) -> JSON:
        """One order with links, or with what was asked to be included."""
        number = order.id
        body = dict(order.fields)
        body["products"] = self._link(f"/orders/{number}/products")
        body["shipping_addresses"] = self._link(f"/orders/{number}/shippingaddresses")
        body["coupons"] = self._link(f"/orders/{number}/coupons")
        if self._include & {"consignments", "consignments.line_items"}:
            body["consignments"] = self.consignments(order)
        else:
            body["consignments"] = self._link(f"/orders/{number}/consignments")
        if "fees" in self._include:
            body["fees"] = order.fees
        else:
            body["fees"] = self._link(f"/orders/{number}/fees")
        return body

    def consignments(self, order: Order) -> JSON | list[JSON]:
        """The consignments as an object, or in the legacy array form."""
        shaped: JSON = {
            "pickups": [self._pickup(order, row) for row in order.pickups],
            "shipping": [self._shipping(order, row) for row in order.addresses],
            "downloads": self._downloads(order),
            "email": {"gift_certificates": self._certificates(order)},
        }
        return shaped if self._as_object else [shaped]

    def _link(self, resource: str) -> JSON:
        return {"url": self._base + resource, "resource": resource}

    def _with_lines(self, order: Order, rows: list[JSON]) -> JSON:
        if "consignments.line_items" not in self._include:
            return {
                "line_items": [
                    self._link(f"/orders/{order.id}/products/{row['id']}") for row in rows
                ]
            }
        if order.lines_missing_in_include:
            return {"line_items": []}
        if len(rows) > MOST_LINES:
            return {"line_items": rows[:MOST_LINES], "__warning__": dict(WARNING)}
        return {"line_items": rows}

    def _shipping(self, order: Order, address: JSON) -> JSON:
        body = {name: value for name, value in address.items() if name != "order_id"}
        for name in COSTS:
            body[name] = float(Decimal(address[name]))
        rows = [row for row in order.lines if row["order_address_id"] == address["id"]]
        return {**body, **self._with_lines(order, rows)}

    def _pickup(self, order: Order, pickup: JSON) -> JSON:
        place = self._store.profile.locations[0]
        address = place["address"]
        location = {
            "id": place["id"],
            "name": place["label"],
            "code": place["code"],
            "address_line_1": address["address1"],
            "address_line_2": address["address2"],
            "city": address["city"],
            "state": address["state"],
            "postal_code": address["zip"],
            "country_alpha2": address["country_code"],
            "email": address["email"],
            "phone": address["phone"],
        }
        rows = [row for row in order.lines if row["order_pickup_method_id"] == pickup["id"]]
        return {**pickup, "location": location, **self._with_lines(order, rows)}

    def _downloads(self, order: Order) -> list[JSON]:
        rows = [row for row in order.lines if row["type"] == "digital"]
        if not rows:
            return []
        recipient = order.fields["billing_address"]["email"]
        return [{"recipient_email": recipient, **self._with_lines(order, rows)}]

    def _certificates(self, order: Order) -> list[JSON]:
        by_recipient: dict[str, list[JSON]] = {}
        for row in order.lines:
            if row["type"] == "giftcertificate":
                by_recipient.setdefault(order.recipients[row["id"]], []).append(row)
        return [
            {"recipient_email": recipient, **self._with_lines(order, rows)}
            for recipient, rows in by_recipient.items()
        ]

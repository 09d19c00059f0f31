"""What a shipment becomes on its way through a template."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from app.bigcommerce.errors import Invalid, NotFound, Refused
from app.bigcommerce.models.orders import OrderProduct
from app.bigcommerce.models.shipments import Shipment as StoreShipment
from app.bigcommerce.models.shipments import ShipmentItem as StoreItem
from app.bigcommerce.problems import read_problems
from app.channels.settings import SyncOrdersSettings
from app.core.crypto import KeyRing
from app.core.ids import new_id
from app.integrations.shipping.mapping import Parcel, Plan, Refusal, plan_shipment
from app.integrations.shipping.refusals import explain
from app.integrations.shipping.settling import find_sent, rematch_lines
from app.mapping.defaults import default_mappings
from app.mapping.engine.compile import compile_template
from app.mapping.engine.context import Context
from app.orders.models import Order, OrderAddress
from app.orders.personal import Person, seal_address, seal_person
from app.orders.shipment_models import Shipment, ShipmentItem

RING = KeyRing((SecretStr(Fernet.generate_key().decode()),))
NOW = datetime(2026, 5, 2, 8, tzinfo=UTC)


def parcel(**values: Any) -> Parcel:
    """A parcel of two teas."""
    fields: dict[str, Any] = {
        "tracking_number": "1Z999",
        "carrier": "U.P.S.",
        "shipping_method": "Ground",
        "tracking_url": None,
        "shipping_cost": Decimal("4.5"),
        "shipped_at": NOW,
        "address_external_id": 20,
        "sealed_note": RING.encrypt("At the door"),
    }
    items = [ShipmentItem(line_external_id=7, sku="TEA", variant_id=3, quantity=2)]
    person = seal_person(RING, Person(order={"customer_message": "Ring twice"}))
    return Parcel(
        shipment=Shipment(id=new_id(), **{**fields, **values}),
        items=items,
        order=Order(external_id="100", order_values={"status": "Shipped"}, sealed_person=person),
        address=OrderAddress(
            address_values={"country": "United States"},
            sealed=seal_address(RING, {"first_name": "Ada"}),
        ),
    )


def plan(of: Parcel, mappings: dict[str, Any] | None = None, **settings: Any) -> Plan | Refusal:
    """Map by the default template with changes; None takes a target out."""
    changed = {f"bigcommerce_shipment.{key}": value for key, value in (mappings or {}).items()}
    merged = {**default_mappings("sync_orders"), **changed}
    template = compile_template("sync_orders", merged, name="Sync Orders 1")
    return plan_shipment(of, template, Context(now=NOW), SyncOrdersSettings(**settings), RING)


def planned(*arguments: Any, **settings: Any) -> Plan:
    """Map and expect a body."""
    made = plan(*arguments, **settings)
    assert isinstance(made, Plan), made
    return made


def test_the_default_template_says_it_all() -> None:
    made = planned(parcel())
    assert made.body == {
        "order_address_id": 20,
        "items": [{"order_product_id": 7, "quantity": 2}],
        "tracking_number": "1Z999",
        "shipping_method": "Ground",
        "comments": "At the door",
        "shipping_provider": "ups",
        "tracking_carrier": "",
        "merchant_shipping_cost": "4.5000",
    }
    assert made.warnings == []
    assert "comments" not in str(made.marks)
    told = {change["field"]: change["to"] for change in made.changes()}
    assert told["bigcommerce_shipment.comments"] is None, "it may name a person"
    assert told["bigcommerce_shipment.tracking_number"] == "1Z999"


def test_an_own_tracking_link_is_sent() -> None:
    link = "https://track.example/1Z999"
    assert planned(parcel(tracking_url=link)).body["tracking_link"] == link


def test_an_ignored_provider_is_still_sent_empty() -> None:
    ignore = {"kind": "ignore"}
    body = planned(parcel(), {"shipping_provider": ignore, "tracking_carrier": ignore}).body
    assert (body["shipping_provider"], body["tracking_carrier"]) == ("", "")
    assert "comments" not in planned(parcel(), {"comments": ignore}).body
    assert planned(parcel(), {"comments": {"kind": "empty"}}).body["comments"] == ""


def test_an_emptied_provider_leaves_the_tracking_carrier() -> None:
    body = planned(parcel(), {"shipping_provider": {"kind": "empty"}}).body
    assert (body["shipping_provider"], body["tracking_carrier"]) == ("", "ups")


def test_an_unknown_carrier_is_sent_empty_with_a_warning_or_refused() -> None:
    made = planned(parcel(carrier="Pigeon Post"))
    assert (made.body["shipping_provider"], made.body["tracking_carrier"]) == ("", "")
    assert made.warnings[0]["code"] == "unknown_carrier"
    assert "does not know the shipment's carrier" in made.warnings[0]["message"]
    assert "Pigeon" not in str(made.warnings)
    refused = plan(parcel(carrier="Pigeon Post"), unknown_carrier="fail")
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.field) == (
        "unknown_carrier",
        "bigcommerce_shipment.shipping_provider",
    )
    assert planned(parcel(carrier=None), unknown_carrier="fail").warnings == []


def test_order_and_address_may_be_read() -> None:
    body = planned(
        parcel(),
        {"comments": {"kind": "field", "source": "shipping_address.first_name"}},
    ).body
    assert body["comments"] == "Ada"
    message = {"kind": "field", "source": "order.customer_message"}
    assert planned(parcel(), {"comments": message}).body["comments"] == "Ring twice"


@pytest.mark.parametrize(
    ("mapping", "code"),
    [
        ({"kind": "ignore"}, None),
        ({"kind": "field", "source": "shipment.note", "steps": [{"do": "skip_record"}]}, "skipped"),
        ({"kind": "field", "source": "shipment.note", "steps": [{"do": "fail"}]}, "failed"),
    ],
)
def test_a_rule_may_stop_a_shipment(mapping: dict[str, Any], code: str | None) -> None:
    made = plan(parcel(), {"comments": mapping})
    if code is None:
        assert isinstance(made, Plan)
    else:
        assert isinstance(made, Refusal)
        assert made.code == f"{code}_by_rule"


def test_a_number_that_is_too_long_is_refused_by_field() -> None:
    long = plan(parcel(), {"tracking_number": {"kind": "value", "value": "9" * 51}})
    assert isinstance(long, Refusal)
    assert (long.code, long.field) == ("too_long", "bigcommerce_shipment.tracking_number")


MARKS = {
    "order_address_id": 20,
    "tracking_number": "1Z999",
    "items": [{"order_product_id": 7, "quantity": 2}, {"order_product_id": 8, "quantity": 1}],
}


def theirs(number: int, *items: tuple[int, int], **values: Any) -> StoreShipment:
    """A shipment of the store."""
    fields = {"order_address_id": 20, "tracking_number": "1Z999", **values}
    held = [StoreItem(order_product_id=line, quantity=quantity) for line, quantity in items]
    return StoreShipment(id=number, items=held, **fields)


def test_a_shipment_is_recognised_by_address_number_and_items() -> None:
    same = theirs(5, (8, 1), (7, 2))
    assert find_sent(MARKS, [same], ()) is same
    assert find_sent(MARKS, [same], {5}) is None, "another one of ours"
    for other in (
        theirs(6, (7, 2)),
        theirs(6, (7, 2), (8, 2)),
        theirs(6, (7, 2), (8, 1), order_address_id=21),
        theirs(6, (7, 2), (8, 1), tracking_number="1Z998"),
    ):
        assert find_sent(MARKS, [other], ()) is None
    later = theirs(9, (7, 1), (7, 1), (8, 1))
    assert find_sent(MARKS, [later, same], ()) is same, "the oldest of equals"
    assert find_sent(MARKS, [later, same], {5}) is later


def line(number: int, **values: Any) -> OrderProduct:
    """A line of the store."""
    fields = {"order_address_id": 20, "sku": "TEA", "variant_id": 3, "quantity": 2}
    return OrderProduct(id=number, **{**fields, **values})


def test_lines_made_anew_are_recognised_without_doubt_or_not_at_all() -> None:
    items = [ShipmentItem(line_external_id=7, sku="tea", variant_id=3, quantity=2)]
    assert rematch_lines(items, 20, [line(7)]) == {7: 7}
    assert rematch_lines(items, 20, [line(9)]) == {7: 9}
    assert rematch_lines(items, 20, [line(9), line(10)]) is None, "which of the two?"
    assert rematch_lines(items, 20, [line(9, variant_id=4)]) is None
    assert rematch_lines(items, 20, [line(9, order_address_id=21)]) is None
    assert rematch_lines(items, 20, [line(9, quantity_shipped=1)]) is None
    assert rematch_lines(items, 20, [line(9, sku="CUP")]) is None
    nameless = [ShipmentItem(line_external_id=7, sku=None, variant_id=3, quantity=2)]
    assert rematch_lines(nameless, 20, [line(9, sku="")]) is None


def refusal(field: str, reason: str, **details: Any) -> Refused:
    """What the store says of a field."""
    body = [
        {
            "status": 400,
            "message": f"The field '{field}' is invalid.",
            "details": {"invalid_reason": reason, **details},
        }
    ]
    return Invalid(problems=read_problems(body, 400))


def test_refusals_are_told_in_words() -> None:
    more = "The quantity specified is greater than the quantity of the product available to ship."
    why, told = explain(refusal("quantity", more, available_quantity=1, order_product_id=7))
    assert (why, told.code, told.field) == ("over_shipping", "over_shipping", "items")
    assert "only 1 left" in told.message
    assert explain(refusal("order_product_id", "Not part of it."))[0] == "line_not_in_store"
    assert explain(refusal("order_address_id", "Not part of it."))[1].code == "address_not_in_store"
    assert explain(NotFound())[1].code == "order_not_in_store"
    other = explain(refusal("tracking_link", "Too long."))[1]
    assert (other.code, other.field) == ("store_refused", "bigcommerce_shipment.tracking_link")

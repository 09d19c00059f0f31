"""Shipments of orders and what they do to the status."""

from typing import Any

import pytest

from tests.sandbox.conftest import Store, order_with


def shipment(order: dict[str, Any], quantity: int = 1, **more: object) -> dict[str, object]:
    """A body that ships units of the order's first line."""
    return {
        "order_address_id": order["address"],
        "tracking_number": "1Z999",
        "shipping_provider": "ups",
        "items": [{"order_product_id": order["lines"][0]["id"], "quantity": quantity}],
        **more,
    }


async def test_shipping_in_parts_moves_the_status(store: Store) -> None:
    order = order_with(store, lines=2)
    path = f"v2/orders/{order['id']}/shipments"
    assert (await store.api.get(path)).status_code == 204
    first = await store.api.post(path, json=shipment(order, order["lines"][0]["quantity"]))
    assert first.status_code == 201
    body = first.json()
    assert body["generated_tracking_link"]
    assert body["items"][0]["product_id"] == order["lines"][0]["product_id"]
    read = (await store.api.get(f"v2/orders/{order['id']}")).json()
    assert (read["status_id"], read["status"]) == (3, "Partially Shipped")
    rest = [
        {"order_product_id": line["id"], "quantity": line["quantity"]}
        for line in order["lines"][1:]
    ]
    assert (await store.api.post(path, json=shipment(order, items=rest))).status_code == 201
    read = (await store.api.get(f"v2/orders/{order['id']}")).json()
    assert read["status_id"] == 2
    assert read["items_shipped"] == read["items_total"]
    assert read["date_shipped"]
    assert (await store.api.get(f"{path}/count")).json() == {"count": 2}


async def test_shipping_too_much_names_what_is_available(store: Store) -> None:
    order = order_with(store)
    quantity = order["lines"][0]["quantity"]
    path = f"v2/orders/{order['id']}/shipments"
    answer = await store.api.post(path, json=shipment(order, quantity + 1))
    assert answer.status_code == 400
    assert answer.json()[0]["message"] == "The field 'quantity' is invalid."
    assert answer.json()[0]["details"]["available_quantity"] == quantity
    await store.api.post(path, json=shipment(order, quantity))
    again = await store.api.post(path, json=shipment(order, quantity))
    assert again.json()[0]["details"]["available_quantity"] == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"colour": "red"}, "The field 'colour' is not supported by this resource."),
        ({"order_address_id": 999_999}, "The field 'order_address_id' is invalid."),
        ({"items": []}, "The field 'items' is invalid."),
        (
            {"items": [{"order_product_id": 999_999, "quantity": 1}]},
            "The field 'order_product_id' is invalid.",
        ),
        (
            {"items": [{"order_product_id": 1, "quantity": 1, "product_id": 1}]},
            "The field 'product_id' cannot be written to. "
            "Please remove it from your request before trying again.",
        ),
        ({"shipping_provider": "pigeon"}, "The field 'shipping_provider' is invalid."),
        ({"tracking_number": "9" * 51}, "The field 'tracking_number' is invalid."),
    ],
)
async def test_wrong_shipments_are_refused(
    store: Store, change: dict[str, object], message: str
) -> None:
    order = order_with(store)
    body = shipment(order) | change
    answer = await store.api.post(f"v2/orders/{order['id']}/shipments", json=body)
    assert answer.status_code == 400
    assert answer.json()[0]["message"] == message


async def test_shipments_change_in_all_but_their_items_and_deleting_keeps_the_status(
    store: Store,
) -> None:
    order = order_with(store)
    path = f"v2/orders/{order['id']}/shipments"
    everything = [
        {"order_product_id": line["id"], "quantity": line["quantity"]} for line in order["lines"]
    ]
    made = (await store.api.post(path, json=shipment(order, items=everything))).json()
    changed = await store.api.put(f"{path}/{made['id']}", json={"tracking_number": "2"})
    assert changed.json()["tracking_number"] == "2"
    refused = await store.api.put(f"{path}/{made['id']}", json={"items": []})
    assert refused.status_code == 400
    assert (await store.api.delete(f"{path}/{made['id']}")).status_code == 204
    read = (await store.api.get(f"v2/orders/{order['id']}")).json()
    assert (read["status_id"], read["items_shipped"]) == (2, 0)

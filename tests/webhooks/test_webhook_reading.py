"""Which object each kind of event is about."""

from __future__ import annotations

from typing import Any

import pytest

from app.bigcommerce.signatures import WebhookEvent
from app.webhooks.kinds import EventEntity
from app.webhooks.reading import LARGEST_ID, Subject, hash_of, subject_of

ORDER, PRODUCT, STORE, OTHER = (
    EventEntity.ORDER,
    EventEntity.PRODUCT,
    EventEntity.STORE,
    EventEntity.OTHER,
)


def told(scope: str, data: dict[str, Any], digest: str = "h") -> WebhookEvent:
    return WebhookEvent(scope, "store1", "1", digest, data, None)


@pytest.mark.parametrize(
    ("scope", "data", "entity", "number"),
    [
        ("store/order/created", {"type": "order", "id": 250}, ORDER, 250),
        ("store/order/archived", {"type": "order", "id": 250}, ORDER, 250),
        (
            "store/order/transaction/created",
            {"type": "transaction", "order_id": "250", "transaction_id": "9"},
            ORDER,
            250,
        ),
        ("store/order/metafield/updated", {"metafield_id": 3, "resource_id": "270"}, ORDER, 270),
        ("store/order/refund/created", {"id": 9, "refund": {"refund_id": 2}}, ORDER, 9),
        ("store/shipment/created", {"type": "shipment", "id": 7, "orderId": 250}, ORDER, 250),
        ("store/shipment/deleted", {"id": 7, "order_id": "250"}, ORDER, 250),
        ("store/shipment/deleted", {"id": 7}, OTHER, None),
        ("store/channel/1/order/created", {"order_id": 12}, ORDER, 12),
        ("store/product/updated", {"type": "product", "id": 5}, PRODUCT, 5),
        (
            "store/product/inventory/updated",
            {"id": 5, "inventory": {"product_id": 5, "method": "absolute", "value": 3}},
            PRODUCT,
            5,
        ),
        (
            "store/sku/inventory/updated",
            {"id": 461, "inventory": {"product_id": 206, "variant_id": 509}},
            PRODUCT,
            206,
        ),
        ("store/sku/updated", {"id": 1, "sku": {"product_id": 4, "variant_id": 2}}, PRODUCT, 4),
        ("store/sku/updated", {"id": 1}, OTHER, None),
        (
            "store/channel/1/inventory/product/stock_changed",
            {"variant_id": 1, "product_id": 2, "location_id": 3},
            PRODUCT,
            2,
        ),
        ("store/app/uninstalled", {"type": "store"}, STORE, None),
        ("store/information/updated", {}, STORE, None),
        ("store/customer/created", {"id": 4}, OTHER, None),
        ("store/channel/1", {"id": 1}, OTHER, None),
        ("store/order/created", {"id": LARGEST_ID + 1}, OTHER, None),
        ("store/order/created", {"id": 0}, OTHER, None),
        ("store/order/created", {"id": "12.5"}, OTHER, None),
        ("store/", {}, OTHER, None),
    ],
)
def test_the_object_of_an_event(
    scope: str, data: dict[str, Any], entity: EventEntity, number: int | None
) -> None:
    found = subject_of(told(scope, data))
    assert (found.entity, found.external_id) == (entity, number)


def test_only_ids_are_facts() -> None:
    data = {
        "id": 9,
        "status": {"previous_status_id": 0, "new_status_id": 11},
        "email": "a@b.example",
        "sku": {"variant_id": "8"},
    }
    assert subject_of(told("store/order/statusUpdated", data)) == Subject(
        ORDER, 9, {"previous_status_id": 0, "new_status_id": 11, "variant_id": 8}
    )


def test_an_event_without_a_sensible_hash_gets_one() -> None:
    assert hash_of(told("store/order/created", {}, "abc"), b"x") == "abc"
    made = hash_of(told("store/order/created", {}, ""), b"x")
    assert made == hash_of(told("store/order/created", {}, "h" * 65), b"x")
    assert made != hash_of(told("store/order/created", {}, ""), b"y")

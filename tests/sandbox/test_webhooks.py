"""Subscriptions, events and their delivery."""

import base64
import hashlib

import msgspec
import pytest
from standardwebhooks import Webhook

from tests.sandbox.conftest import SMALL, Store

DESTINATION = "https://app.test/hooks"


async def subscribe(store: Store, scope: str, **more: object) -> dict[str, object]:
    """Create an active hook of the store-level account."""
    body = {"scope": scope, "destination": DESTINATION, "is_active": True, **more}
    answer = await store.api.post("v3/hooks", json=body)
    assert answer.status_code == 200, answer.text
    data: dict[str, object] = answer.json()["data"]
    return data


async def drained(store: Store) -> None:
    """Wait for every delivery under way."""
    assert (await store.control("POST", "deliveries/drain"))["drained"] is True


async def test_hooks_are_created_listed_changed_and_deleted(store: Store) -> None:
    hook = await subscribe(store, "store/order/*", headers={"X-Secret": "s"})
    assert hook["client_id"] == SMALL.account_client_id()
    listed = (await store.api.get("v3/hooks?is_active=true")).json()
    assert listed["data"] == [hook]
    changed = await store.api.put(f"v3/hooks/{hook['id']}", json={"is_active": False})
    assert changed.json()["data"]["is_active"] is False
    admin = (await store.api.get("v3/hooks/admin")).json()["data"]
    assert admin["hooks_list"][0]["status"] == "inactive"
    gone = await store.api.delete(f"v3/hooks/{hook['id']}")
    assert (gone.status_code, gone.json()["data"]["id"]) == (200, hook["id"])
    assert (await store.api.get(f"v3/hooks/{hook['id']}")).status_code == 404


async def test_incomplete_duplicate_and_too_many_hooks_are_refused(store: Store) -> None:
    missing = await store.api.post("v3/hooks", json={"scope": "store/order/*"})
    assert missing.status_code == 422
    assert missing.json()["errors"] == {"destination": "error.path.missing."}
    await subscribe(store, "store/order/*")
    twin = {"scope": "store/order/*", "destination": DESTINATION}
    assert (await store.api.post("v3/hooks", json=twin)).status_code == 422
    for number in range(9):
        await subscribe(store, "store/order/*", destination=f"{DESTINATION}/{number}")
    eleventh = {"scope": "store/order/*", "destination": f"{DESTINATION}/x"}
    assert (await store.api.post("v3/hooks", json=eleventh)).status_code == 422


async def test_hooks_belong_to_their_client(store: Store) -> None:
    mine = await subscribe(store, "store/order/*")
    await store.control("POST", "install")
    sent = store.receiver.requests[-1].url.params
    body = {name: sent[name] for name in ("code", "scope", "context")}
    body |= {
        "client_id": SMALL.client_id,
        "client_secret": SMALL.client_secret,
        "grant_type": "authorization_code",
        "redirect_uri": "http://app.test/bigcommerce/auth",
    }
    token = (await store.web.post("/oauth2/token", json=body)).json()["access_token"]
    headers = {"X-Auth-Token": token}
    assert (await store.api.get("v3/hooks", headers=headers)).json()["data"] == []
    other = await store.api.get(f"v3/hooks/{mine['id']}", headers=headers)
    assert other.status_code == 404


async def test_a_delivery_is_signed_hashed_and_carries_our_headers(store: Store) -> None:
    await subscribe(store, "store/order/*", headers={"X-Secret": "s"})
    placed = await store.control("POST", "orders", status_id=0)
    await drained(store)

    request = store.receiver.requests[0]
    assert request.headers["x-secret"] == "s"
    key = base64.b64encode(SMALL.account_client_secret().encode()).decode()
    event = Webhook(key).verify(request.content, dict(request.headers))
    assert event["scope"] == "store/order/created"
    assert event["data"] == {"type": "order", "id": placed["ids"][0]}  # type: ignore[index]
    assert event["producer"] == "stores/sandbox01"
    assert isinstance(event["store_id"], str)
    unhashed = {name: value for name, value in event.items() if name != "hash"}
    digest = hashlib.sha1(msgspec.json.encode(unhashed), usedforsecurity=False).hexdigest()
    assert event["hash"] == digest


async def test_a_status_change_fires_updated_and_status_updated(store: Store) -> None:
    await subscribe(store, "store/order/*")
    await store.control("PATCH", "orders/100", status_id=10)
    await drained(store)
    assert sorted(map(str, store.receiver.scopes())) == [
        "store/order/statusUpdated",
        "store/order/updated",
    ]
    status = next(event for event in store.receiver.events() if "status" in str(event["scope"]))
    assert status["data"]["status"]["new_status_id"] == 10  # type: ignore[index]


@pytest.mark.parametrize(
    ("scope", "method", "path", "body", "expected"),
    [
        ("store/product/*", "POST", "products", {"name": "New"}, {"store/product/created"}),
        (
            "store/product/*",
            "PATCH",
            "products/101",
            {"fields": {"price": 3}},
            {"store/product/updated"},
        ),
        ("store/product/*", "DELETE", "products/101", {}, {"store/product/deleted"}),
        (
            "store/information/updated",
            "PATCH",
            "store",
            {"weight_units": "Kilograms"},
            {"store/information/updated"},
        ),
        (
            "store/order/refund/created",
            "PATCH",
            "orders/{order}",
            {"refund": [{"line_id": "{line}"}]},
            {"store/order/refund/created"},
        ),
    ],
)
async def test_changes_fire_their_events(
    store: Store,
    scope: str,
    method: str,
    path: str,
    body: dict[str, object],
    expected: set[str],
) -> None:
    order = next(row for row in store.sandbox.store.orders.values() if row.fields["status_id"] == 9)
    await subscribe(store, scope)
    if "refund" in body:
        body = {"refund": [{"line_id": order.lines[0]["id"]}]}
    await store.control(method, path.format(order=order.id), **body)
    await drained(store)
    assert set(store.receiver.scopes()) == expected


async def test_stock_changes_fire_at_the_level_of_tracking(store: Store) -> None:
    await subscribe(store, "store/sku/*")
    await subscribe(store, "store/product/*")
    products = store.sandbox.store.products.values()
    tracked = next(row for row in products if row.fields["inventory_tracking"] == "variant")
    item = {"location_id": 1, "variant_id": tracked.variants[0]["id"], "quantity": 77}
    answer = await store.api.put("v3/inventory/adjustments/absolute", json={"items": [item]})
    assert answer.status_code == 200
    await drained(store)
    assert sorted(map(str, store.receiver.scopes())) == [
        "store/product/inventory/updated",
        "store/sku/inventory/updated",
    ]


async def test_failures_are_retried_and_exhaustion_switches_the_hook_off(store: Store) -> None:
    hook = await subscribe(store, "store/order/created")
    store.receiver.statuses = [500, 503]
    await store.control("POST", "orders")
    await drained(store)
    attempts = [row["attempt"] for row in store.sandbox.deliveries.log()]
    assert attempts == [1, 2, 3]

    store.receiver.always = 500
    await store.control("POST", "orders")
    await drained(store)
    admin = (await store.api.get("v3/hooks/admin")).json()["data"]["hooks_list"]
    assert admin[0]["status"] == "deactivated"
    await store.api.put(f"v3/hooks/{hook['id']}", json={"is_active": True})
    admin = (await store.api.get("v3/hooks/admin")).json()["data"]["hooks_list"]
    assert admin[0]["status"] == "active"


async def test_many_failures_put_the_destination_on_the_blocklist(store: Store) -> None:
    await subscribe(store, "store/order/created")
    store.receiver.always = 500
    await store.control("POST", "orders", count=40)
    await drained(store)
    blocked = (await store.api.get("v3/hooks/admin")).json()["data"]["blocked_domains"]
    assert blocked[0]["destination"] == "https://app.test"
    assert len(store.receiver.requests) < 160


async def test_events_are_doubled_and_lost_on_order(store: Store) -> None:
    await subscribe(store, "store/order/created")
    await store.web.post("/sandbox/faults", json={"effect": "duplicate_webhooks", "count": 1})
    await store.control("POST", "orders")
    await drained(store)
    first, second = store.receiver.events()
    assert first == second
    await store.web.post("/sandbox/faults", json={"effect": "mute_webhooks", "count": 1})
    await store.control("POST", "orders")
    await drained(store)
    assert len(store.receiver.requests) == 2


async def test_events_arrive_out_of_order_when_asked(store: Store) -> None:
    await subscribe(store, "store/order/created")
    rule = {"effect": "reorder_webhooks", "delay_ms": 40}
    await store.web.post("/sandbox/faults", json=rule)
    placed = (await store.control("POST", "orders", count=10))["ids"]
    await drained(store)
    received = [event["data"]["id"] for event in store.receiver.events()]  # type: ignore[index]
    assert sorted(received) == placed
    assert received != placed

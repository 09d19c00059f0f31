"""Stock adjustments, safety stock and stock settings."""

from typing import Any

import httpx

from sandbox.clock import Clock
from tests.sandbox.conftest import SMALL, Store, Timer, products
from tests.sandbox.receiver import Receiver


async def adjust(store: Store, *items: dict[str, object], relative: bool = False) -> httpx.Response:
    """Send a stock adjustment."""
    body = {"reason": "test", "items": [{"location_id": 1, **item} for item in items]}
    if relative:
        return await store.api.post("v3/inventory/adjustments/relative", json=body)
    return await store.api.put("v3/inventory/adjustments/absolute", json=body)


async def test_stock_is_set_and_changed_at_the_level_of_tracking(store: Store) -> None:
    by_variant = products(store, "variant", options=True)[0].variants[0]
    by_product = products(store, "product", options=False)[0]
    answer = await adjust(
        store,
        {"variant_id": by_variant["id"], "quantity": 7},
        {"product_id": by_product.id, "quantity": 8},
    )
    assert answer.status_code == 200
    assert answer.json()["transaction_id"]
    assert by_variant["inventory_level"] == 7
    assert by_product.fields["inventory_level"] == 8
    await adjust(store, {"sku": by_variant["sku"], "quantity": -2}, relative=True)
    assert by_variant["inventory_level"] == 5


async def test_wrong_adjustments_are_refused_whole(store: Store) -> None:
    by_variant = products(store, "variant", options=True)[0]
    by_product = products(store, "product", options=False)[0]
    variant = by_product.variants[0]["id"]
    good = {"variant_id": by_variant.variants[0]["id"], "quantity": 777}
    for bad, words in (
        ({"variant_id": variant, "quantity": 1}, "is tracked by product"),
        ({"product_id": by_variant.id, "quantity": 1}, "is tracked by variant"),
        ({"sku": "nothing", "quantity": 1}, "was not found"),
        ({"sku": "a", "variant_id": 1, "quantity": 1}, "Exactly one"),
        ({**good, "quantity": 2**31}, "must not exceed"),
        ({**good, "location_id": 5}, "Location 5"),
    ):
        answer = await adjust(store, good, bad)
        assert answer.status_code == 422
        assert words in answer.json()["title"]
    assert by_variant.variants[0]["inventory_level"] != 777
    many = await adjust(store, *[good] * 2001)
    assert many.json()["title"] == "Max batch size allowed is 2000"


async def test_relative_needs_an_absolute_one_before_and_enough_stock(store: Store) -> None:
    values = [{"option_display_name": "Size", "label": label} for label in ("S", "M")]
    variants = [
        {"sku": "A", "inventory_level": 4, "option_values": values[:1]},
        {"sku": "B", "option_values": values[1:]},
    ]
    made: Any = await store.control(
        "POST", "products", name="Cap", inventory_tracking="variant", variants=variants
    )
    untouched = {"variant_id": made["variants"][1]["id"], "quantity": 1}
    answer = await adjust(store, untouched, relative=True)
    assert "requires absolute adjustment before relative" in answer.json()["title"]
    counted = {"variant_id": made["variants"][0]["id"], "quantity": -5}
    assert (await adjust(store, counted, relative=True)).status_code == 422


async def test_adjustments_lag_when_asked(timer: Timer) -> None:
    settings = SMALL.model_copy(update={"inventory_lag_ms": 60_000})
    lagging = Store(settings, Receiver(), Clock(timer=timer))
    variant = products(lagging, "variant", options=True)[0].variants[0]
    before = variant["inventory_level"]
    path = f"v3/inventory/items?variant_id:in={variant['id']}"
    await adjust(lagging, {"variant_id": variant["id"], "quantity": before + 9})
    for wait, expected in ((0, before), (61, before + 9)):
        timer.now += wait
        (item,) = (await lagging.api.get(path)).json()["data"]
        assert item["locations"][0]["available_to_sell"] == expected
    await lagging.close()


async def test_safety_stock_lowers_what_can_be_sold(store: Store) -> None:
    variant = products(store, "variant", options=True)[0].variants[0]
    await adjust(store, {"variant_id": variant["id"], "quantity": 10})
    body = {"settings": [{"identity": {"variant_id": variant["id"]}, "safety_stock": 4}]}
    answer = await store.api.put("v3/inventory/locations/1/items", json=body)
    assert answer.status_code == 200
    assert variant["inventory_level"] == 6


async def test_stock_settings_are_changed(store: Store) -> None:
    body = {"product_out_of_stock_behavior": "hide_product"}
    assert (await store.api.put("v3/settings/inventory", json=body)).status_code == 200
    read = (await store.api.get("v3/settings/inventory")).json()["data"]
    assert read["product_out_of_stock_behavior"] == "hide_product"
    wrong = {"update_stock_behavior": "sometimes"}
    assert (await store.api.put("v3/settings/inventory", json=wrong)).status_code == 422


async def test_shoppers_buy_what_the_store_has_and_staff_may_go_below(store: Store) -> None:
    product = products(store, "product", options=False)[0]
    await adjust(store, {"product_id": product.id, "quantity": 3})
    lines = [{"product_id": product.id, "quantity": 2}]
    product.fields["is_visible"] = True
    assert (await store.control("POST", "orders", lines=lines, at_checkout=True))["ids"]
    assert product.fields["inventory_level"] == 1
    refused = await store.web.post("/sandbox/orders", json={"lines": lines, "at_checkout": True})
    assert (refused.status_code, "out of stock" in refused.text) == (409, True)
    assert product.fields["inventory_level"] == 1
    assert (await store.control("POST", "orders", lines=lines))["ids"]
    assert product.variants[0]["inventory_level"] == -1
    product.fields["is_visible"] = False
    one = {"lines": [{"product_id": product.id}], "at_checkout": True}
    hidden = await store.web.post("/sandbox/orders", json=one)
    assert (hidden.status_code, "not for sale" in hidden.text) == (409, True)

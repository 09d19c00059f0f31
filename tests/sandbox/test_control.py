"""The control API, the seed and the settings."""

import time

import httpx
import msgspec

from sandbox.clock import Clock
from sandbox.main import create_app
from sandbox.settings import SandboxSettings
from tests.sandbox.conftest import SMALL, Store
from tests.sandbox.receiver import Receiver


def contents(settings: SandboxSettings) -> bytes:
    """Everything the seed made, as bytes."""
    app = create_app(settings, clock=Clock(wall=lambda: 1_700_000_000.0))
    store = app.state.sandbox.store
    products = [(row.fields, row.variants, row.images) for row in store.products.values()]
    orders = [(row.fields, row.lines, row.addresses) for row in store.orders.values()]
    return msgspec.json.encode([products, orders, store.categories, store.brands])


async def test_the_index_explains_every_operation(store: Store) -> None:
    index = (await store.web.get("/sandbox")).json()
    assert "POST /sandbox/faults" in index
    assert all(index.values())


async def test_state_tells_credentials_and_counts(store: Store) -> None:
    state = await store.control("GET", "state")
    assert state["store_hash"] == "sandbox01"
    assert state["access_token"] == SMALL.token()
    assert state["counts"]["products"] == SMALL.products  # type: ignore[index]
    assert state["counts"]["orders"] == SMALL.orders  # type: ignore[index]
    assert state["app"]["client_id"] == SMALL.client_id  # type: ignore[index]
    assert state["api_account"]["client_id"] != SMALL.client_id  # type: ignore[index]


def test_equal_settings_give_equal_stores_and_other_seeds_others() -> None:
    assert contents(SMALL) == contents(SMALL)
    other = SMALL.model_copy(update={"seed": 2})
    assert contents(SMALL) != contents(other)


def test_the_catalogue_has_about_the_wanted_variants() -> None:
    app = create_app(SandboxSettings(products=600, orders=0))
    assert 1600 < app.state.sandbox.store.variant_count() < 2400
    app = create_app(SandboxSettings(products=200, variants=1500, orders=0))
    assert 1100 < app.state.sandbox.store.variant_count() < 1900


async def test_an_empty_store_works(store: Store) -> None:
    await store.control("POST", "reset", products=0, orders=5)
    assert (await store.api.get("v3/catalog/products")).json()["data"] == []
    assert (await store.api.get("v2/orders")).status_code == 204
    summary = await store.api.get("v3/catalog/summary")
    assert summary.json()["data"]["variant_count"] == 0


async def test_reset_takes_settings_and_forgets_everything(store: Store) -> None:
    await store.api.post("v3/hooks", json={"scope": "store/order/*", "destination": "https://a.b"})
    await store.web.post("/sandbox/faults", json={"effect": "unavailable"})
    state = await store.control("POST", "reset", products=20, orders=3, quota=9)
    assert state["counts"]["products"] == 20  # type: ignore[index]
    assert state["quota"]["quota"] == 9  # type: ignore[index]
    assert (await store.api.get("v3/hooks")).json()["data"] == []
    unknown = await store.web.post("/sandbox/reset", json={"colour": 1})
    assert unknown.status_code == 422


async def test_orders_are_placed_with_given_fields(store: Store) -> None:
    variant = next(iter(store.sandbox.store.products.values())).variants[0]
    placed = await store.control(
        "POST",
        "orders",
        count=3,
        status_id=9,
        date_created="2026-01-02T03:04:05Z",
        lines=[
            {"variant_id": variant["id"], "quantity": 2, "price": "10.00"},
            {"name": "Engraving", "price": "5", "sku": "ENGRAVE"},
        ],
        tax_rate="0.10",
        shipping_cost="0",
        coupon={"code": "TEN", "amount": "1", "type": 2},
    )
    assert len(placed["ids"]) == 3  # type: ignore[arg-type]
    order = (await store.api.get(f"v2/orders/{placed['ids'][0]}")).json()  # type: ignore[index]
    assert order["date_created"] == "Fri, 02 Jan 2026 03:04:05 +0000"
    assert (order["subtotal_ex_tax"], order["total_inc_tax"]) == ("25.0000", "26.5000")
    wrong = await store.web.post("/sandbox/orders", json={"colour": "red"})
    assert wrong.status_code == 422


async def test_products_are_changed_behind_the_apis_back(store: Store) -> None:
    product = next(row for row in store.sandbox.store.products.values() if row.has_options)
    sku = product.variants[0]["sku"]
    body = {
        "fields": {"name": "Renamed"},
        "variants": [{"sku": sku, "fields": {"price": 1, "inventory_level": 3}}],
    }
    await store.control("PATCH", f"products/{product.id}", **body)
    read = (await store.api.get(f"v3/catalog/products/{product.id}?include=variants")).json()
    assert read["data"]["name"] == "Renamed"
    assert read["data"]["variants"][0]["calculated_price"] == 1
    assert read["data"]["variants"][0]["inventory_level"] == 3
    unknown = await store.web.patch(
        f"/sandbox/products/{product.id}", json={"fields": {"colour": 1}}
    )
    assert unknown.status_code == 422


async def test_the_clock_moves_and_changes_are_dated_by_it(store: Store) -> None:
    before = (await store.api.get("v2/time")).json()["time"]
    await store.control("POST", "clock", move_s=86_400)
    assert (await store.api.get("v2/time")).json()["time"] - before >= 86_400


async def test_locations_are_opened(store: Store) -> None:
    await store.control("PATCH", "store", add_location="DEPOT")
    places = (await store.api.get("v3/inventory/locations")).json()["data"]
    assert [row["code"] for row in places] == ["BC-LOCATION-1", "DEPOT"]
    items = (await store.api.get("v3/inventory/items?location_code:in=DEPOT")).json()["data"]
    assert {row["locations"][0]["location_code"] for row in items} == {"DEPOT"}


async def test_every_token_can_be_revoked(store: Store) -> None:
    await store.control("POST", "token/revoke")
    assert (await store.api.get("v2/time")).status_code == 401


async def test_large_pages_are_answered_quickly() -> None:
    large = Store(
        SMALL.model_copy(update={"products": 10_000, "orders": 1000}), Receiver(), Clock()
    )
    paths = (
        "v3/catalog/products?limit=250&page=20&include=variants,images,custom_fields",
        "v3/catalog/variants?limit=250&page=100",
        "v2/orders?limit=250&include=consignments.line_items,fees&consignment_structure=object",
    )
    for path in paths:
        started = time.perf_counter()
        answer = await large.api.get(path)
        assert answer.status_code == 200
        assert time.perf_counter() - started < 1.0
    await large.close()


async def test_pictures_of_the_catalogue_exist(store: Store) -> None:
    product = next(row for row in store.sandbox.store.products.values() if row.images)
    answer: httpx.Response = await store.web.get(product.images[0]["url_standard"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")

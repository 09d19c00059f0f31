import json
from decimal import Decimal
from typing import Any

import httpx
import pytest
import respx

from app.bigcommerce import StoreClient, errors
from app.bigcommerce.models.orders import Order
from app.bigcommerce.resources import (
    brands,
    categories,
    channels,
    geography,
    hooks,
    images,
    inventory,
    metafields,
    orders,
    products,
    shipments,
    variants,
)
from app.bigcommerce.resources import (
    store as store_info,
)
from app.bigcommerce.shapes import build, decode


def line(line_id: int, quantity: int = 1) -> dict[str, Any]:
    return {"id": line_id, "quantity": quantity, "price_ex_tax": "5.0000"}


def order(items_total: object = 3, **change: object) -> Order:
    sent: dict[str, object] = {
        "id": 100,
        "items_total": items_total,
        "date_shipped": "",
        "consignments": {
            "shipping": [{"id": 20, "base_cost": 5.1, "line_items": [line(1, 2)]}],
            "pickups": [],
            "downloads": [{"recipient_email": "a@x.example", "line_items": [line(2)]}],
            "email": {"gift_certificates": []},
        },
        **change,
    }
    return build(decode(json.dumps(sent).encode()), Order)


def test_a_whole_order_needs_no_repair() -> None:
    whole = order()
    assert not orders.needs_repair(whole)
    assert whole.consignments is not None
    assert [one.id for one in whole.consignments.line_items] == [1, 2]
    assert whole.consignments.shipping[0].base_cost == Decimal("5.1")


@pytest.mark.parametrize(
    "broken",
    [
        order(items_total=4),
        order(consignments={"url": "u", "resource": "/orders/100/consignments"}),
        order(consignments=None),
        order(consignments=[]),
        order(consignments={"shipping": [{"id": 20, "line_items": []}]}),
        order(consignments={"shipping": [{"id": 20, "line_items": [line(1, 3)]}],
                            "__warning__": {"message": "50"}}),
        order(consignments={"shipping": [{"id": 20, "line_items": [line(1, 3)],
                                          "__warning__": {"message": "50"}}]}),
        order(items_total=None, consignments={"shipping": []}),
        order(consignments={"shipping": [{"id": 20, "line_items": [
            {"url": "u", "resource": "/orders/100/products"}]}]}),
    ],
)  # fmt: skip
def test_orders_that_need_repair(broken: Order) -> None:
    assert orders.needs_repair(broken)


def test_the_legacy_array_of_consignments() -> None:
    legacy = order(
        consignments=[
            {"shipping": [{"id": 20, "line_items": [line(1, 2)]}]},
            {"shipping": [{"id": 21, "line_items": [line(2, 1)]}], "downloads": []},
        ]
    )
    assert not orders.needs_repair(legacy)
    assert legacy.consignments is not None
    assert [one.id for one in legacy.consignments.shipping] == [20, 21]


def test_an_order_without_items_is_whole() -> None:
    assert not orders.needs_repair(order(items_total=0, consignments={"shipping": []}))


def test_fees_are_read_only_when_included() -> None:
    assert order(fees={"url": "u"}).fees == []
    assert order(fees=[{"id": 1, "cost_ex_tax": 8.5}]).fees[0].cost_ex_tax == Decimal("8.5")


async def test_all_lines_of_an_order(client: StoreClient, store: respx.MockRouter) -> None:
    route = store.get("/v2/orders/100/products")
    full = [line(n) for n in range(1, 251)]
    route.side_effect = [httpx.Response(200, json=full), httpx.Response(200, json=[line(251)])]
    assert len(await orders.products(client, 100)) == 251
    assert [call.request.url.params["page"] for call in route.calls] == ["1", "2"]


async def test_shipment_items_shipped_before(client: StoreClient, store: respx.MockRouter) -> None:
    store.post("/v2/orders/100/shipments").respond(
        400,
        json=[{"status": 400, "message": "The field 'quantity' is invalid.", "details": {
            "invalid_reason": "The quantity specified is greater than the quantity of the product "
            "that is available to ship.", "available_quantity": 0, "order_product_id": 14}}],
    )  # fmt: skip
    with pytest.raises(errors.Invalid) as caught:
        await shipments.create(client, 100, {"order_address_id": 20, "items": []})
    (problem,) = caught.value.problems
    assert problem.code == "quantity_unavailable"
    assert problem.details["available_quantity"] == 0


@pytest.mark.parametrize("status", [403, 404])
async def test_categories_fall_back_to_the_legacy_api(
    client: StoreClient, store: respx.MockRouter, status: int
) -> None:
    store.get("/v3/catalog/trees/categories").respond(status)
    store.get("/v3/catalog/categories").respond(
        json={"data": [{"id": 4, "name": "Tees"}], "meta": {"pagination": {"total": 1}}}
    )
    assert [category.key for category in await categories.all_of(client)] == [4]


async def test_categories_raise_what_the_legacy_api_says(
    client: StoreClient, store: respx.MockRouter
) -> None:
    store.get("/v3/catalog/trees/categories").respond(404)
    store.get("/v3/catalog/categories").respond(403)
    with pytest.raises(errors.Forbidden):
        await categories.all_of(client)


@pytest.mark.parametrize(
    ("call", "most"),
    [
        (products.update_batch, 10),
        (products.delete, 250),
        (products.by_ids, 250),
        (variants.update_batch, 50),
        (categories.create, 50),
        (lambda client, ids: metafields.delete_batch(client, "products", ids), 50),
    ],
)
async def test_batches_are_bounded(client: StoreClient, call: Any, most: int) -> None:
    for size in (0, most + 1):
        with pytest.raises(ValueError, match="batch"):
            await call(client, [{}] * size)
    assert client.requests_made == 0


def sent_to(route: respx.Route) -> tuple[str, Any]:
    request = route.calls.last.request
    return str(request.url.query, "ascii"), json.loads(request.content or b"null")


async def test_writes(client: StoreClient, store: respx.MockRouter) -> None:
    data = {"data": {"id": 1}}
    store.route(method="PUT", path__regex="/v3/catalog/(products|variants)$").respond(
        json={"data": []}
    )
    adjust = store.put("/v3/inventory/adjustments/absolute").respond(json={"transaction_id": "t"})
    remove = store.delete("/v3/catalog/products").respond(204)
    hook = store.post("/v3/hooks").respond(json=data)
    assign = store.put("/v3/catalog/products/channel-assignments").respond(204)
    status = store.put("/v2/orders/5").respond(json={"id": 5, "status_id": 2})
    fields = store.post("/v3/catalog/products/metafields").respond(json={"data": [], "meta": {}})
    emails = store.put("/v3/hooks/admin").respond(204)
    item = {"location_id": 1, "variant_id": 74, "quantity": 5}

    transaction = await inventory.adjust_absolute(client, [item], reason="sync")
    assert transaction.transaction_id == "t"
    assert sent_to(adjust) == ("", {"reason": "sync", "items": [item]})
    await products.update_batch(client, [{"id": 1, "price": Decimal("1.10")}])
    await variants.update_batch(client, [{"id": 1, "price": None}])
    await products.delete(client, [1, 2])
    assert sent_to(remove) == ("id%3Ain=1%2C2", None)
    await hooks.create(client, "store/order/*", "https://a.example/h", {"X-S": "s"})
    assert sent_to(hook)[1]["is_active"] is True
    await channels.assign(client, [(7, 1)])
    assert sent_to(assign)[1] == [{"product_id": 7, "channel_id": 1}]
    assert (await orders.update_status(client, 5, 2)).status_id == 2
    assert sent_to(status)[1] == {"status_id": 2}
    await metafields.create_batch(client, "products", [{"resource_id": 1}])
    assert sent_to(fields)[1] == [{"resource_id": 1}]
    gone = store.delete("/v3/catalog/variants/metafields").respond(json={"data": [4, 5]})
    await metafields.delete_batch(client, "variants", [4, 5])
    assert sent_to(gone) == ("", [4, 5])
    size = store.delete("/v3/catalog/products/7/variants/8").respond(204)
    await variants.remove(client, 7, 8)
    value = store.delete("/v3/catalog/products/7/options/9/values/10").respond(204)
    await variants.remove_option_value(client, 7, 9, 10)
    assert (size.called, value.called) == (True, True)
    await hooks.notify(client, ["ops@x.example"])
    assert sent_to(emails)[1] == {"emails": ["ops@x.example"]}


async def test_reads(client: StoreClient, store: respx.MockRouter) -> None:
    store.get("/v2/store").respond(json={"id": "abc123", "weight_units": "Pounds"})
    store.get("/v2/time").respond(json={"time": 1561488106})
    store.get("/v2/currencies").respond(json=[{"id": 1, "currency_exchange_rate": "1.0000"}])
    store.get("/v3/catalog/brands").respond(json={"data": [{"id": 3, "name": "ACME"}]})
    store.get("/v2/countries").respond(json=[{"id": 226, "country_iso2": "US"}])
    store.get("/v2/countries/226/states").respond(204)
    store.get("/v3/channels").respond(
        json={"data": [{"id": 1, "name": "Shop"}], "meta": {"pagination": {"total": 1}}}
    )
    store.get("/v3/inventory/locations").respond(
        json={"data": [{"id": 1, "enabled": True}], "meta": {"pagination": {"total": 1}}}
    )
    store.get("/v3/catalog/products/9/images").respond(
        json={"data": [{"id": 2}], "meta": {"pagination": {"total": 1}}}
    )
    assert (await store_info.info(client)).weight_units == "Pounds"
    assert (await store_info.time(client)).time.year == 2019
    assert (await store_info.currencies(client))[0].currency_exchange_rate == Decimal("1.0000")
    brand = await brands.by_name(client, "acme")
    assert brand is not None
    assert brand.id == 3
    country = await geography.country(client, "us")
    assert country is not None
    assert await geography.states(client, country.id) == []
    assert [one.id for one in await channels.all_of(client)] == [1]
    assert [one.id for one in await inventory.locations(client)] == [1]
    assert [one.id for one in await images.all_of(client, 9)] == [2]


async def test_how_many_products_there_are(client: StoreClient, store: respx.MockRouter) -> None:
    route = store.get("/v3/catalog/products").respond(
        json={"data": [{"id": 1}], "meta": {"pagination": {"total": 1200, "per_page": 1}}}
    )
    assert await products.count(client, {"is_visible": True}) == 1200
    assert route.calls.last.request.url.params["limit"] == "1"

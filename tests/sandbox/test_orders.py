"""Reading and changing orders, shipments and refunds."""

from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from tests.sandbox.conftest import SMALL, Store, order_with

FULL = "include=consignments.line_items,fees&consignment_structure=object"


def money(text: str) -> Decimal:
    """A v2 amount."""
    return Decimal(text)


async def listed(store: Store, query: str) -> list[dict[str, Any]]:
    """Orders of a query; an empty answer has no body."""
    answer = await store.api.get(f"v2/orders?{query}")
    if answer.status_code == 204:
        assert answer.content == b""
        return []
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()
    return rows


async def test_paging_ends_with_an_empty_answer(store: Store) -> None:
    pages = [await listed(store, f"limit=50&page={number}") for number in range(1, 5)]
    assert [len(page) for page in pages] == [50, 50, 20, 0]
    ids = [row["id"] for page in pages for row in page]
    assert ids == sorted(ids)


async def test_orders_are_filtered(store: Store) -> None:
    everything = await listed(store, "limit=250")
    middle = everything[40]
    by_id = await listed(store, f"min_id={middle['id']}&max_id={middle['id'] + 2}")
    assert len(by_id) == 3
    status = await listed(store, "status_id=11&limit=250")
    assert {row["status_id"] for row in status} == {11}
    moment = parsedate_to_datetime(middle["date_modified"])
    for text in (middle["date_modified"].replace("+", "%2B"), moment.strftime("%Y-%m-%dT%TZ")):
        later = await listed(store, f"min_date_modified={text}&limit=250")
        assert middle["id"] in {row["id"] for row in later}
        assert all(parsedate_to_datetime(row["date_modified"]) >= moment for row in later)
    email = middle["billing_address"]["email"]
    assert middle["id"] in {row["id"] for row in await listed(store, f"email={email}")}
    rich = await listed(store, "min_total=500&limit=250")
    assert all(money(row["total_inc_tax"]) >= 500 for row in rich)
    archived = await listed(store, "is_deleted=true&limit=250")
    assert {row["is_deleted"] for row in archived} == {True}


async def test_lists_may_leave_archived_orders_out(store: Store) -> None:
    (archived, *_) = await listed(store, "limit=250&is_deleted=false")
    number = archived["id"]
    await store.control("PATCH", f"orders/{number}", is_deleted=True)
    query = f"min_id={number}&max_id={number}"
    assert [row["is_deleted"] for row in await listed(store, query)] == [True]
    await store.control("POST", "reset", list_archived=False)
    await store.control("PATCH", f"orders/{number}", is_deleted=True)
    assert await listed(store, query) == []
    assert [row["id"] for row in await listed(store, f"{query}&is_deleted=true")] == [number]
    assert (await store.api.get(f"v2/orders/{number}")).json()["is_deleted"] is True


async def test_orders_are_sorted_by_modification(store: Store) -> None:
    rows = await listed(store, "sort=date_modified:desc&limit=250")
    dates = [parsedate_to_datetime(row["date_modified"]) for row in rows]
    assert dates == sorted(dates, reverse=True)


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("colour=red", 400, "The field 'colour' is not supported by this resource."),
        ("limit=251", 413, "The specified limit exceeds the maximum allowed."),
        ("status_id=11,9", 400, "The field 'status_id' is invalid."),
        ("min_date_modified=soon", 400, "The field 'min_date_modified' is invalid."),
        ("sort=colour", 400, "The field 'sort' is invalid."),
        ("include=coupons", 400, "The field 'include' is invalid."),
    ],
)
async def test_wrong_queries_are_refused(
    store: Store, query: str, status: int, message: str
) -> None:
    answer = await store.api.get(f"v2/orders?{query}")
    assert answer.status_code == status
    assert answer.json()[0]["message"] == message


async def test_totals_add_up_to_the_cent(store: Store) -> None:
    for row in await listed(store, f"limit=250&{FULL}"):
        lines = (await store.api.get(f"v2/orders/{row['id']}/products?limit=250")).json()
        for kind in ("ex_tax", "inc_tax"):
            summed = sum(money(line[f"total_{kind}"]) for line in lines)
            assert money(row[f"subtotal_{kind}"]) == summed
        fees = sum(money(fee["cost_inc_tax"]) for fee in row["fees"])
        total = (
            money(row["subtotal_inc_tax"])
            + money(row["shipping_cost_inc_tax"])
            + fees
            - money(row["discount_amount"])
            - money(row["coupon_discount"])
        )
        assert money(row["total_inc_tax"]) == total
        assert money(row["total_ex_tax"]) + money(row["total_tax"]) == total
        off = sum(money(d["amount"]) for line in lines for d in line["applied_discounts"])
        assert off == money(row["discount_amount"]) + money(row["coupon_discount"])
        assert row["items_total"] == sum(line["quantity"] for line in lines)
        shipping = row["consignments"]["shipping"]
        cost = sum(Decimal(str(entry["cost_inc_tax"])) for entry in shipping)
        assert cost == money(row["shipping_cost_inc_tax"])


async def test_the_include_has_its_known_defects(store: Store) -> None:
    rows = await listed(store, f"limit=250&{FULL}")
    cut = [c for row in rows for c in row["consignments"]["shipping"] if "__warning__" in c]
    assert cut
    assert all(len(entry["line_items"]) == 50 for entry in cut)
    empty = [
        row
        for row in rows
        if row["items_total"] and any(not c["line_items"] for c in row["consignments"]["shipping"])
    ]
    assert empty
    whole = (await store.api.get(f"v2/orders/{empty[0]['id']}/products")).json()
    assert sum(line["quantity"] for line in whole) == empty[0]["items_total"]


async def test_consignments_are_links_an_array_or_an_object(store: Store) -> None:
    (plain,) = await listed(store, "limit=1")
    assert set(plain["consignments"]) == {"url", "resource"}
    (legacy,) = await listed(store, "limit=1&include=consignments.line_items")
    assert isinstance(legacy["consignments"], list)
    (linked,) = await listed(store, "limit=1&include=consignments&consignment_structure=object")
    assert "url" in linked["consignments"]["shipping"][0]["line_items"][0]


async def test_the_seed_holds_every_oddity(store: Store) -> None:
    orders = list(store.sandbox.store.orders.values())
    fields = [row.fields for row in orders]
    lines = [line for row in orders for line in row.lines]
    assert {0, 2, 3, 4, 8, 9, 11, 14} <= {row["status_id"] for row in fields}
    assert any(len(row.addresses) > 2 for row in orders)
    assert any(row.pickups for row in orders)
    assert any(row["order_is_digital"] for row in fields)
    assert any(row["is_deleted"] for row in fields)
    assert any(row["is_tax_inclusive_pricing"] for row in fields)
    assert any(row["currency_code"] != row["default_currency_code"] for row in fields)
    assert any(row["default_currency_code"] != row["store_default_currency_code"] for row in fields)
    assert any("FFL" in row["customer_message"] for row in fields)
    assert any(row["customer_id"] == 0 for row in fields)
    assert any(line["type"] == "giftcertificate" for line in lines)
    assert any(line["product_id"] == 0 and line["sku"] == "" for line in lines)
    assert any(line["parent_order_product_id"] for line in lines)
    assert any(line["quantity_refunded"] for line in lines)
    assert any("weight" not in line for line in lines)
    assert {row["refunded_amount"] for row in fields} == {"0.0000"}


async def test_digital_orders_have_no_address_and_pickups_neither(store: Store) -> None:
    digital = next(
        row for row in store.sandbox.store.orders.values() if row.fields["order_is_digital"]
    )
    answer = await store.api.get(f"v2/orders/{digital.id}/shipping_addresses")
    assert answer.status_code == 204


async def test_counts_follow_the_filters(store: Store) -> None:
    body = (await store.api.get("v2/orders/count")).json()
    assert body["count"] == SMALL.orders
    assert sum(row["count"] for row in body["statuses"]) == SMALL.orders
    some = (await store.api.get("v2/orders/count?status_id=11")).json()
    assert some["count"] == len(await listed(store, "status_id=11&limit=250"))


async def test_orders_are_changed_and_archived(store: Store) -> None:
    changed = await store.api.put("v2/orders/100", json={"status_id": 10, "staff_notes": "ok"})
    assert changed.json()["status"] == "Completed"
    for body, words in (
        ({"status_id": 99}, "is invalid"),
        ({"colour": 1}, "is not supported"),
        ({"total_inc_tax": "1"}, "cannot be written to"),
    ):
        answer = await store.api.put("v2/orders/100", json=body)
        assert answer.status_code == 400
        assert words in answer.json()[0]["message"]
    assert (await store.api.delete("v2/orders/100")).status_code == 204
    read = await store.api.get("v2/orders/100")
    assert read.json()["is_deleted"] is True


async def test_refunds_show_in_quantities_and_v3_and_not_in_v2_amounts(store: Store) -> None:
    order = order_with(store)
    line = order["lines"][0]
    await store.control("PATCH", f"orders/{order['id']}", refund=[{"line_id": line["id"]}])
    read = (await store.api.get(f"v2/orders/{order['id']}")).json()
    assert read["status_id"] in (4, 14)
    assert read["refunded_amount"] == "0.0000"
    products = (await store.api.get(f"v2/orders/{order['id']}/products")).json()
    assert products[0]["quantity_refunded"] == 1
    answer = await store.api.get(f"v3/orders/payment_actions/refunds?order_id:in={order['id']}")
    (refund,) = answer.json()["data"]
    assert refund["items"][0]["item_id"] == line["id"]
    transactions = (await store.api.get(f"v3/orders/{order['id']}/transactions")).json()["data"]
    assert [row["event"] for row in transactions] == ["purchase", "refund"]


async def test_editing_a_line_totals_anew_and_drops_discounts(store: Store) -> None:
    order = next(row for row in store.sandbox.store.orders.values() if row.coupons)
    line = order.lines[0]
    change = {"line_id": line["id"], "quantity": 5}
    read = await store.control("PATCH", f"orders/{order.id}", set_quantities=[change])
    assert read["coupon_discount"] == "0.0000"
    assert read["lines"][0]["quantity"] == 5  # type: ignore[index]
    assert read["lines"][0]["applied_discounts"] == []  # type: ignore[index]


async def test_orders_lower_the_stock_once_they_are_real(store: Store) -> None:
    product = next(
        row
        for row in store.sandbox.store.products.values()
        if row.fields["inventory_tracking"] == "variant" and row.variants[0]["inventory_level"] > 5
    )
    variant = product.variants[0]
    before = variant["inventory_level"]
    line = {"variant_id": variant["id"], "quantity": 2}
    placed = await store.control("POST", "orders", status_id=0, lines=[line])
    assert variant["inventory_level"] == before
    number = placed["ids"][0]  # type: ignore[index]
    await store.control("PATCH", f"orders/{number}", status_id=11)
    assert variant["inventory_level"] == before - 2
    await store.control("PATCH", f"orders/{number}", status_id=10)
    assert variant["inventory_level"] == before - 2

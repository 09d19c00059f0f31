"""Every field of an order against what the store holds."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from tests.outside.lookalike.sales import STATES, add_order, sell, touch
from tests.outside.lookalike.shop import Record, Shop
from tests.outside.merchant import Merchant

MONEY = [
    *("subtotal_ex_tax", "subtotal_inc_tax", "subtotal_tax", "total_ex_tax", "total_inc_tax"),
    *("total_tax", "base_shipping_cost", "shipping_cost_ex_tax", "shipping_cost_inc_tax"),
    *("shipping_cost_tax", "base_handling_cost", "handling_cost_ex_tax", "base_wrapping_cost"),
    *("discount_amount", "coupon_discount", "store_credit_amount", "gift_certificate_amount"),
]
TEXTS = [
    *("currency_code", "default_currency_code", "store_default_currency_code", "customer_message"),
    *("payment_method", "payment_status", "order_source", "customer_locale", "status"),
]
LINE_MONEY = [
    *("base_price", "price_ex_tax", "price_inc_tax", "price_tax", "base_total", "total_ex_tax"),
    *("total_inc_tax", "total_tax", "base_cost_price", "cost_price_ex_tax", "fixed_shipping_cost"),
]
ADDRESS = {
    "first_name": "first_name",
    "last_name": "last_name",
    "company": "company",
    "street_address_1": "street_1",
    "street_address_2": "street_2",
    "city": "city",
    "state": "state",
    "zip": "zip",
    "country": "country",
    "country_iso_2": "country_iso2",
    "phone": "phone",
    "email": "email",
}
CODES = dict(STATES)


def orders_of(merchant: Merchant) -> dict[str, Record]:
    """The channel's orders by their store ids; every id only once."""
    rows = merchant.all("/v1/orders", channel_id=merchant.channel_id)
    found = {row["external_id"]: row for row in rows}
    assert len(found) == len(rows)
    return found


def equal_money(shown: Any, wire: Any) -> bool:
    """Decimal text on both sides."""
    return isinstance(shown, str) and Decimal(shown) == Decimal(wire)


def check_address(shown: Record, wire: Record) -> None:
    """An address with its state's code."""
    for ours, theirs in ADDRESS.items():
        assert (shown[ours] or "") == (wire[theirs] or ""), ours
    assert shown["state_code"] == CODES[wire["state"]]


def check_order(shown: Record, wire: Record, shop: Shop) -> None:
    """One order against the store's."""
    group = shown["order"]
    assert group["order_id"] == str(wire["id"])
    for name in MONEY:
        assert equal_money(group[name], wire[name]), name
    for name in TEXTS:
        assert group[name] == wire[name], name
    created = parsedate_to_datetime(wire["date_created"]).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert group["date_created"] == created
    assert group["items_total"] == wire["items_total"]
    assert Decimal(group["exchange_rate"]) == 1
    check_address(shown["billing_address"], wire["billing_address"])
    lines = {line["external_id"]: line for line in shown["line_items"]}
    assert len(lines) == len(shop.lines[wire["id"]])
    places = {place["id"]: place for place in shop.addresses[wire["id"]]}
    assert len(shown["shipping_addresses"]) == len(places)
    for row in shop.lines[wire["id"]]:
        check_line(lines[str(row["id"])], row, places)


def check_line(line: Record, row: Record, places: dict[int, Record]) -> None:
    """One line with its own address."""
    refunded = int(row["quantity_refunded"])
    assert (line["quantity"], line["quantity_refunded"]) == (row["quantity"], refunded)
    assert line["effective_quantity"] == row["quantity"] - refunded
    assert line["quantity_shipped"] == row["quantity_shipped"]
    assert line["type"] == row["type"]
    assert line["name"] == row["name"]
    for name in LINE_MONEY:
        assert equal_money(line[name], row[name]), name
    if row["order_address_id"]:
        place = places[row["order_address_id"]]
        check_address(line["shipping_address"], place)
        assert line["shipping_address"]["shipping_method"] == place["shipping_method"]


@pytest.mark.parametrize("legacy", [False, True])
def test_every_field(merchant: Merchant, legacy: bool) -> None:
    shop = merchant.shop
    shop.behaviour.legacy_consignments = legacy
    sell(shop, 9)
    sell(shop, 3, addresses=2, lines=4, status_id=9)
    sell(shop, 2, kind="digital", status_id=3)
    merchant.connect()
    run = merchant.run("get_orders")
    assert run["counts"]["created"] == 14
    found = orders_of(merchant)
    for wire in shop.orders:
        check_order(found[str(wire["id"])], wire, shop)
        row = found[str(wire["id"])]
        assert (row["state"], row["acknowledged"], row["hold_reasons"]) == ("open", "no", [])
        assert merchant.get(f"/v1/orders/{row['id']}") == row


@pytest.mark.parametrize("lines", [50, 51, 130, 260])
def test_orders_with_many_lines(merchant: Merchant, lines: int) -> None:
    wire = add_order(merchant.shop, lines=lines)
    add_order(merchant.shop)
    merchant.connect()
    merchant.run("get_orders")
    check_order(orders_of(merchant)[str(wire["id"])], wire, merchant.shop)
    extra = merchant.shop.count(f"v2/orders/{wire['id']}/products")
    assert extra == (0 if lines == 50 else -(-(lines + 1) // 250))


def test_only_chosen_statuses_and_days(merchant: Merchant) -> None:
    shop = merchant.shop
    for status_id in range(15):
        add_order(shop, status_id=status_id)
    add_order(shop, age=timedelta(days=20))
    recent = add_order(shop, age=timedelta(days=13))
    merchant.connect()
    merchant.run("get_orders")
    wanted = {str(order["id"]) for order in shop.orders[:15] if order["status_id"] in (11, 9, 3)}
    assert set(orders_of(merchant)) == wanted | {str(recent["id"])}


def test_other_statuses_by_setting(merchant: Merchant) -> None:
    for status_id in (7, 8, 11):
        add_order(merchant.shop, status_id=status_id)
    merchant.connect()
    path = f"/v1/channels/{merchant.channel_id}/integrations/get_orders"
    merchant.send("PATCH", path, json={"settings": {"statuses": [7], "created_within_days": 1}})
    merchant.run("get_orders")
    assert [row["status_id"] for row in orders_of(merchant).values()] == [7]


def test_later_changes_arrive(merchant: Merchant) -> None:
    shop = merchant.shop
    sell(shop, 5)
    late = add_order(shop, status_id=0)
    merchant.connect()
    merchant.run("get_orders")
    assert len(orders_of(merchant)) == 5
    touch(shop.orders[0], status_id=5)
    touch(shop.orders[1], customer_message="Changed my mind")
    touch(late, status_id=11)
    shipped = shop.orders[2]
    for line in shop.lines[shipped["id"]]:
        line["quantity_shipped"] = line["quantity"]
    touch(shipped, status_id=2)
    merchant.run("get_orders")
    found = orders_of(merchant)
    assert len(found) == 6
    assert found[str(shop.orders[0]["id"])]["state"] == "cancelled"
    assert found[str(shop.orders[1]["id"])]["order"]["customer_message"] == "Changed my mind"
    assert found[str(late["id"])]["state"] == "open"
    done = found[str(shipped["id"])]
    assert (done["shipped"], done["state"]) == ("yes", "closed")


def test_lines_without_sku(merchant: Merchant) -> None:
    shop = merchant.shop
    held = add_order(shop, sku="")
    gift = add_order(shop, sku="", kind="giftcertificate", lines=1)
    merchant.connect()
    merchant.run("get_orders")
    found = orders_of(merchant)
    assert found[str(held["id"])]["state"] == "on_hold"
    assert found[str(held["id"])]["hold_reasons"]
    line = found[str(gift["id"])]["line_items"][0]
    assert line["sku"] == f"{line['name']}-{line['external_id']}"
    released = merchant.send("POST", f"/v1/orders/{found[str(held['id'])]['id']}/release")
    assert released["state"] == "open"


def test_orders_without_sku_are_skipped_if_so_set(merchant: Merchant) -> None:
    add_order(merchant.shop, sku="")
    good = add_order(merchant.shop)
    merchant.connect()
    path = f"/v1/channels/{merchant.channel_id}/integrations/get_orders"
    merchant.send("PATCH", path, json={"settings": {"lines_without_sku": "skip_order"}})
    run = merchant.wait(merchant.start("get_orders"))
    assert set(orders_of(merchant)) == {str(good["id"])}
    assert run["counts"]["skipped"] == 1
    items = merchant.all(f"/v1/runs/{run['id']}/items", outcome="skipped")
    assert items[0]["code"]


def test_acknowledging(merchant: Merchant) -> None:
    sell(merchant.shop, 1)
    merchant.connect()
    merchant.run("get_orders")
    row = next(iter(orders_of(merchant).values()))
    taken = merchant.send("POST", f"/v1/orders/{row['id']}/acknowledge")
    assert taken["acknowledged"] == "yes"
    again = merchant.send("POST", f"/v1/orders/{row['id']}/acknowledge")
    assert again["acknowledged"] == "yes"
    held = merchant.send("POST", f"/v1/orders/{row['id']}/hold", json={"reason": "fraud check"})
    assert held["state"] == "on_hold"
    assert merchant.shop.writes() == []


def test_finding_orders(merchant: Merchant, stranger: Merchant) -> None:
    sell(merchant.shop, 3)
    merchant.connect()
    merchant.run("get_orders")
    wanted = str(merchant.shop.orders[1]["id"])
    rows = merchant.all("/v1/orders", channel_id=merchant.channel_id, external_id=wanted)
    assert [row["external_id"] for row in rows] == [wanted]
    future = {"updated_since": "2100-01-01T00:00:00Z"}
    assert merchant.all("/v1/orders", channel_id=merchant.channel_id, **future) == []
    past = {"updated_since": "2020-01-01T00:00:00Z"}
    assert len(merchant.all("/v1/orders", channel_id=merchant.channel_id, **past)) == 3
    assert stranger.http.get(f"/v1/orders/{rows[0]['id']}").status_code == 404
    assert stranger.http.get("/v1/orders", params={"external_id": wanted}).json()["data"] == []

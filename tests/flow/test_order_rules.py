"""Rules about orders at work: imports, holds, policies, invoices, and their log."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sandbox.settings import SandboxSettings
from tests.flow.conftest import Service
from tests.flow.inbox import order, place, settle

EVERY_STATUS = list(range(1, 15))


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    return SandboxSettings(products=30, orders=124, quota=100_000, order_days=12, retry_scale=0.002)


@pytest.fixture
async def shop(shop: str, service: Service) -> str:
    """The channel, wanting every order."""
    body = {"settings": {"statuses": EVERY_STATUS, "created_within_days": 90}}
    address = f"/v1/channels/{shop}/integrations/get_orders"
    assert (await service.api.patch(address, json=body)).status_code == 200
    return shop


async def add(
    service: Service, shop: str, kind: str, name: str, definition: dict[str, Any]
) -> dict[str, Any]:
    body = {"channel_id": shop, "kind": kind, "name": name, "definition": definition}
    answer = await service.api.post("/v1/rules", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def read(service: Service, shop: str) -> dict[str, Any]:
    run = await service.run(shop, "get_orders", params={"full": True})
    assert run["status"] in {"succeeded", "completed_with_errors"}, run
    return run


async def orders(service: Service) -> dict[str, dict[str, Any]]:
    return {row["external_id"]: row for row in await service.all("/v1/orders")}


def total(row: dict[str, Any]) -> Decimal:
    return Decimal(row["order"]["total_inc_tax"])


async def test_an_import_rule_holds_tags_notes_and_alerts(service: Service, shop: str) -> None:
    rule = await add(
        service,
        shop,
        "order_import",
        "Big ones",
        {
            "when": {"field": "order.total_inc_tax", "op": "gte", "value": 150},
            "actions": [
                {"do": "hold", "reason": "check_payment"},
                {"do": "tag", "tag": "big"},
                {"do": "note", "text": "Ask the shopper first."},
                {"do": "alert", "message": "A big order came in"},
            ],
        },
    )
    run = await read(service, shop)
    found = await orders(service)
    big = {number for number, row in found.items() if total(row) >= 150}
    assert 0 < len(big) < len(found)
    for number, row in found.items():
        held = number in big and row["state"] not in {"closed", "cancelled"}
        assert (row["state"] == "on_hold" and "check_payment" in row["hold_reasons"]) is held
        assert row["tags"] == (["big"] if number in big else [])
        assert row["notes"] == (["Ask the shopper first."] if number in big else [])
        assert row["alerts"] == (["A big order came in"] if number in big else [])
    tagged = await service.all("/v1/orders", tag="big")
    assert {row["external_id"] for row in tagged} == big
    items = await service.all(f"/v1/runs/{run['id']}/items")
    assert {"held_by_rule"} <= {row["code"] for row in items}

    told = [row for row in await service.all("/v1/notifications") if row["kind"] == "rule_alert"]
    assert [row["message"] for row in told] == [f"A big order came in (orders: {len(big)})"]
    hits = await service.all(f"/v1/rules/{rule['id']}/hits")
    assert {row["subject"] for row in hits} == {"order"}
    assert len(hits) == len(big)
    assert (await service.api.get(f"/v1/rules/{rule['id']}")).json()["hits"]["matched"] == len(big)

    again = await read(service, shop)
    assert again["counts"]["updated"] == again["counts"]["created"] == 0
    told = [row for row in await service.all("/v1/notifications") if row["kind"] == "rule_alert"]
    assert [row["count"] for row in told] == [len(big)]
    assert len(await service.all(f"/v1/rules/{rule['id']}/hits")) == len(big)


async def test_a_release_outlasts_imports_and_other_rules_hold_again(
    service: Service, shop: str
) -> None:
    hold = {"actions": [{"do": "hold", "reason": "first"}]}
    await add(service, shop, "order_import", "All", hold)
    (number,) = await place(service)
    await settle(service)
    held = await order(service, number)
    assert held is not None
    assert (held["state"], held["hold_reasons"]) == ("on_hold", ["first"])
    answer = await service.api.post(f"/v1/orders/{held['id']}/release")
    assert answer.json()["state"] == "open"
    await service.store.control.patch(f"/sandbox/orders/{number}", json={"staff_notes": "Hello"})
    await settle(service)
    released = await order(service, number)
    assert released is not None
    assert (released["state"], released["order"]["staff_notes"]) == ("open", "Hello")
    second = {"actions": [{"do": "hold", "reason": "second"}]}
    await add(service, shop, "order_import", "More", second)
    await service.store.control.patch(f"/sandbox/orders/{number}", json={"staff_notes": "Again"})
    await settle(service)
    held = await order(service, number)
    assert held is not None
    assert (held["state"], held["hold_reasons"]) == ("on_hold", ["second"])


async def test_a_rule_cancels_here_and_nobody_writes_to_the_store(
    service: Service, shop: str
) -> None:
    await add(
        service,
        shop,
        "order_import",
        "Not abroad",
        {
            "when": {
                "field": "shipping_address.country_iso_2",
                "op": "not_equals",
                "value": "US",
            },
            "lines": "all",
            "actions": [{"do": "cancel"}],
        },
    )
    abroad = {"first_name": "Ada", "country": "France", "country_iso2": "FR"}
    (number,) = await place(service, addresses=[abroad])
    await settle(service)
    row = await order(service, number)
    assert row is not None
    assert (row["state"], row["cancelled_by_rule"]) == ("cancelled", "Not abroad")
    theirs = (await service.store.control.get(f"/sandbox/orders/{number}")).json()
    assert theirs["status_id"] == 11
    writes = [one for one in await service.store.requests() if one["method"] in {"PUT", "DELETE"}]
    assert not [one for one in writes if "/orders" in one["path"]]

    answer = await service.api.post(f"/v1/orders/{row['id']}/release")
    assert (answer.json()["state"], answer.json()["cancelled_by_rule"]) == ("open", None)
    await service.store.control.patch(f"/sandbox/orders/{number}", json={"staff_notes": "Hello"})
    await settle(service)
    row = await order(service, number)
    assert row is not None
    assert (row["state"], row["cancelled_by_rule"]) == ("open", None)
    assert (await service.api.post(f"/v1/orders/{row['id']}/release")).status_code == 409


async def test_shipping_texts_become_policies_or_a_hold(service: Service, shop: str) -> None:
    await add(
        service,
        shop,
        "shipping_mapping",
        "Checkout",
        {
            "matches": [
                {"text": "Flat Rate", "policy": "Standard"},
                {"match": "contains", "text": "ups", "policy": "Ground"},
            ]
        },
    )
    await read(service, shop)
    found = await orders(service)
    expected = {"Flat Rate": "Standard", "UPS® (Ground)": "Ground", "Free Shipping": None}
    seen: set[str] = set()
    for row in found.values():
        texts = {one["shipping_method"] for one in row["shipping_addresses"]}
        for place_of in row["shipping_addresses"]:
            assert place_of["shipping_policy"] == expected[place_of["shipping_method"]]
        seen |= texts
        open_state = row["state"] in {"open", "on_hold"}
        unmapped = open_state and "Free Shipping" in texts
        assert ("no_shipping_policy" in row["hold_reasons"]) is unmapped
        for line in row["line_items"]:
            if line["shipping_address"] is not None:
                policy = expected[line["shipping_address"]["shipping_method"]]
                assert line["shipping_address"]["shipping_policy"] == policy
    assert seen == set(expected)
    assert any(not row["shipping_addresses"] for row in found.values())

    await add(service, shop, "shipping_mapping", "Rest", {"default": "Economy"})
    await read(service, shop)
    found = await orders(service)
    assert not [row for row in found.values() if "no_shipping_policy" in row["hold_reasons"]]
    policies = {
        one["shipping_policy"] for row in found.values() for one in row["shipping_addresses"]
    }
    assert policies == {"Standard", "Ground", "Economy"}


async def test_invoices_mirror_the_store_and_add_what_rules_say(
    service: Service, shop: str
) -> None:
    await read(service, shop)
    plain = await orders(service)
    for number, row in plain.items():
        theirs = (await service.store.control.get(f"/sandbox/orders/{number}")).json()
        invoice = row["invoice"]
        assert invoice["number"] == number
        assert invoice["currency"] == theirs["default_currency_code"]
        assert Decimal(invoice["store_total"]) == Decimal(theirs["total_inc_tax"])
        assert Decimal(invoice["difference"]) == 0, (number, invoice)
        assert invoice["total"] == invoice["store_total"]
        assert invoice["adjustments"] == []
    fee = await add(
        service,
        shop,
        "invoice_adjustment",
        "Dropshipping",
        {"label": "Drop-ship fee", "amount": {"kind": "fixed", "value": "2.00", "per": "order"}},
    )
    await add(
        service,
        shop,
        "invoice_adjustment",
        "Reseller",
        {
            "label": "Discount",
            "amount": {"kind": "percent", "percent": "-10", "of": "subtotal_ex_tax"},
        },
    )
    await read(service, shop)
    for number, row in (await orders(service)).items():
        invoice = row["invoice"]
        if plain[number]["state"] == "closed":
            assert invoice == plain[number]["invoice"]
            continue
        theirs = (await service.store.control.get(f"/sandbox/orders/{number}")).json()
        assert [line["label"] for line in invoice["adjustments"]] in (
            ["Drop-ship fee", "Discount"],
            ["Drop-ship fee"],
        )
        first = invoice["adjustments"][0]
        assert (first["rule_id"], first["amount"]) == (fee["id"], "2.00")
        assert fee["name"] in first["reason"]
        off = Decimal(theirs["subtotal_ex_tax"]) / 10
        given = sum(Decimal(line["amount"]) for line in invoice["adjustments"])
        assert abs(given - (2 - off)) <= Decimal("0.005")
        assert Decimal(invoice["total"]) == Decimal(invoice["store_total"]) + given


async def test_invoices_start_from_the_store_s_money_whatever_a_template_does(
    service: Service, shop: str
) -> None:
    templates = await service.all("/v1/templates", integration="get_orders")
    mappings = templates[0]["mappings"]
    mappings["order.total_inc_tax"] = {
        **mappings["order.total_inc_tax"],
        "steps": [{"do": "multiply", "by": "100"}],
    }
    body = {"name": "Pence", "integration": "get_orders", "mappings": mappings}
    made = await service.api.post("/v1/templates", json=body)
    assert made.status_code == 201, made.text
    address = f"/v1/channels/{shop}/integrations/get_orders"
    patch = {"template_id": made.json()["id"]}
    assert (await service.api.patch(address, json=patch)).status_code == 200
    percent = {"kind": "percent", "percent": "1", "of": "total_inc_tax"}
    await add(service, shop, "invoice_adjustment", "Share", {"label": "Share", "amount": percent})
    (number,) = await place(service)
    await settle(service)
    row = await order(service, number)
    assert row is not None
    theirs = (await service.store.control.get(f"/sandbox/orders/{number}")).json()
    own = Decimal(theirs["total_inc_tax"])
    assert total(row) == own * 100
    assert Decimal(row["invoice"]["store_total"]) == own
    share = Decimal(row["invoice"]["adjustments"][0]["amount"])
    assert abs(share - own / 100) <= Decimal("0.005")


async def test_a_trial_says_what_an_import_then_does(service: Service, shop: str) -> None:
    await read(service, shop)
    before = await orders(service)
    amount = {"kind": "percent", "percent": "3", "of": "total_inc_tax"}
    rule = await add(
        service, shop, "invoice_adjustment", "Share", {"label": "Share", "amount": amount}
    )
    chosen = [row for row in before.values() if row["state"] != "closed"][:20]
    answer = await service.api.post(
        f"/v1/rules/{rule['id']}/test", json={"order_ids": [row["id"] for row in chosen]}
    )
    assert answer.status_code == 200, answer.text
    tried = {row["subject_id"]: row["after"] for row in answer.json()["results"]}
    await read(service, shop)
    after = {row["id"]: row for row in (await orders(service)).values()}
    assert len(tried) == len(chosen)
    for order_id, told in tried.items():
        assert Decimal(told["total"]) == Decimal(after[order_id]["invoice"]["total"])

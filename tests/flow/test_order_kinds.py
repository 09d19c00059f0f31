"""Orders of every kind compare equal, field by field and to the cent, with the store's own."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from app.mapping.catalogue.get_orders import key_of
from app.mapping.catalogue.get_orders_rows import ADDRESS, LINE_ITEM, ORDER, SHIPPING_ONLY, Row
from sandbox.settings import SandboxSettings
from tests.flow.conftest import Service

EVERY_STATUS = list(range(1, 15))
OWN = {
    # ours: seen under other names, or computed here
    "line_item": {"id", "product_options", "refund_amount", "sku", "type", "quantity_shipped"},
    "order": {"status", "custom_status", "refunded_amount"},
    "address": {"state_code"},
}


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    return SandboxSettings(products=40, orders=184, quota=100_000, order_days=12)


def same(ours: Any, theirs: Any) -> bool:
    """Whether two values say the same, whatever they are written like."""
    empty: tuple[Any, ...] = (None, "", [], {})
    if ours in empty and theirs in empty:
        return True
    if str(ours) == str(theirs):
        return True
    try:
        return Decimal(str(ours)) == Decimal(str(theirs))
    except InvalidOperation:
        pass
    try:
        moment = datetime.fromisoformat(str(ours))
        return moment == parsedate_to_datetime(str(theirs)).astimezone(UTC)
    except (ValueError, TypeError):
        return False


def compare(
    rows: tuple[Row, ...], ours: dict[str, Any], theirs: dict[str, Any], left_out: set[str]
) -> list[str]:
    """Fields that differ; what the store does not say is not compared."""
    return [
        f"{row.label}: {ours.get(key)!r} is not {theirs[row.native]!r}"
        for row in rows
        if row.stored
        and row.native in theirs
        and (key := key_of(row.target)) not in left_out
        and not same(ours.get(key), theirs[row.native])
    ]


async def get_everything(service: Service, channel_id: str, **settings: Any) -> dict[str, Any]:
    body = {"settings": {"statuses": EVERY_STATUS, "created_within_days": 90, **settings}}
    address = f"/v1/channels/{channel_id}/integrations/get_orders"
    assert (await service.api.patch(address, json=body)).status_code == 200
    return await service.run(channel_id, "get_orders", params={"full": True})


async def test_every_kind_of_order_is_as_in_the_store(service: Service) -> None:
    channel_id = await service.connect()
    await service.store.forget_requests()
    run = await get_everything(service, channel_id)
    assert run["status"] == "succeeded", run
    orders = {int(row["external_id"]): row for row in await service.all("/v1/orders")}
    different: list[str] = []
    wanted = 0
    for number in range(100, 100 + 184 + 1):
        answer = await service.store.control.get(f"/sandbox/orders/{number}")
        if answer.status_code != 200:
            continue
        theirs = answer.json()
        if theirs["status_id"] == 0 or theirs["is_deleted"]:
            assert number not in orders
            continue
        wanted += 1
        different += [f"{number} {text}" for text in differences(orders[number], theirs)]
    assert not different, "\n".join(different[:40])
    assert wanted == len(orders) > 150
    assert not [row for row in orders.values() if "totals_differ" in row["hold_reasons"]]


def refunded(theirs: dict[str, Any], line_id: int | None = None) -> Decimal:
    """What the store's refunds of an order say, of all of it or of one line."""
    refunds = theirs["refunds"]
    if line_id is None:
        return sum((Decimal(str(row["total_amount"])) for row in refunds), Decimal(0))
    items = [item for row in refunds for item in row["items"] if item["item_id"] == line_id]
    return sum((Decimal(str(item["requested_amount"])) for item in items), Decimal(0))


def differences(ours: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    found = compare(ORDER, ours["order"], theirs, OWN["order"])
    if "refunds" in theirs:
        assert Decimal(ours["order"]["refunded_amount"]) == refunded(theirs)
    billing = theirs["billing_address"]
    found += compare(ADDRESS, ours["billing_address"], billing, OWN["address"])
    assert ours["currency"] == theirs["default_currency_code"]
    assert ours["archived"] == theirs["is_deleted"]
    lines = {int(row["external_id"]): row for row in ours["line_items"]}
    if lines.keys() != {row["id"] for row in theirs["lines"]}:
        return [*found, f"lines {sorted(lines)}"]
    for row in theirs["lines"]:
        line = lines[row["id"]]
        found += compare(LINE_ITEM, line, row, OWN["line_item"])
        if "refunds" in theirs:
            assert Decimal(line["refund_amount"]) == refunded(theirs, row["id"])
        assert line["product_options"] == {
            option["display_name"]: option["display_value"] for option in row["product_options"]
        }
        assert line["type"] == row["type"]
        assert line["effective_quantity"] == row["quantity"] - row["quantity_refunded"]
        assert (line["sku"] or "") == row["sku"] or row["type"] == "giftcertificate"
        assert (line["shipping_address"] is None) == (not row["order_address_id"])
        parent = row["parent_order_product_id"]
        assert line["parent_external_id"] == (str(parent) if parent else None)
    addresses = {int(row["external_id"]): row for row in ours["shipping_addresses"]}
    if addresses.keys() != {row["id"] for row in theirs["addresses"]}:
        return [*found, f"addresses {sorted(addresses)}"]
    for row in theirs["addresses"]:
        rows = ADDRESS + SHIPPING_ONLY
        found += compare(rows, addresses[row["id"]], row, OWN["address"])
    return found


async def test_a_dealer_in_a_comment_is_read(service: Service) -> None:
    channel_id = await service.connect()
    await get_everything(service, channel_id, import_ffl=True)
    dealers = [row["ffl"] for row in await service.all("/v1/orders") if row["ffl"]]
    read = [dealer for dealer in dealers if not dealer["needs_review"]]
    unread = [dealer for dealer in dealers if dealer["needs_review"]]
    assert read
    assert unread
    assert read[0]["license_number"] == "5-74-453-01-6K-12345"
    assert read[0]["expires_on"] == "2028-11-01"
    assert set(read[0]) == {
        "license_number",
        "name",
        "address",
        "phone",
        "email",
        "expires_on",
        "raw",
        "needs_review",
    }
    assert unread[0]["raw"]
    assert unread[0]["license_number"] is None


async def test_a_thousand_orders_cost_few_requests(service: Service) -> None:
    channel_id = await service.connect()
    await service.store.forget_requests()
    await get_everything(service, channel_id)
    made = [f"{row['method']} {row['path']}" for row in await service.store.requests()]
    lists = [line for line in made if line.endswith("/v2/orders")]
    repairs = [line for line in made if line.endswith("/products")]
    assert len(lists) == 1
    shown = [
        (await service.store.control.get(f"/sandbox/orders/{row['external_id']}")).json()
        for row in await service.all("/v1/orders")
    ]
    cut = [row for row in shown if len(row["lines"]) > 50]
    assert len(repairs) >= len(cut)
    refunds = [line for line in made if line.endswith("/orders/payment_actions/refunds")]
    assert len(refunds) <= len(lists)
    assert len(made) == len(lists) + len(refunds) + len(repairs) <= 1 + 1 + 16

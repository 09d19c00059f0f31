"""Which orders are kept: new ones by what is wanted, those that are ours whatever happens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.settings import SandboxSettings
from tests.flow.conftest import Service
from tests.flow.inbox import order, place

NAMED = [{"name": "Tea", "sku": "TEA", "quantity": 2, "price": "9.10"}]
NAMELESS = [{"name": "Odd piece", "price": "4"}]


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    return SandboxSettings(products=20, orders=0, quota=100_000, list_archived=False)


async def change(service: Service, number: int, **body: Any) -> None:
    """Change an order in the store."""
    answer = await service.store.control.patch(f"/sandbox/orders/{number}", json=body)
    assert answer.status_code == 200, answer.text


async def set_up(service: Service, channel_id: str, **settings: Any) -> None:
    """Change settings of Get Orders."""
    address = f"/v1/channels/{channel_id}/integrations/get_orders"
    answer = await service.api.patch(address, json={"settings": settings})
    assert answer.status_code == 200, answer.text


async def map_by(service: Service, channel_id: str, **mappings: Any) -> None:
    """Give Get Orders a template of its own."""
    templates = (await service.api.get("/v1/templates")).json()["data"]
    given = next(row for row in templates if row["integration"] == "get_orders")
    body = {"name": "Ours", "integration": "get_orders", "mappings": given["mappings"]}
    body["mappings"] |= {key.replace("__", "."): value for key, value in mappings.items()}
    made = await service.api.post("/v1/templates", json=body)
    assert made.status_code == 201, made.text
    answer = await service.api.patch(
        f"/v1/channels/{channel_id}/integrations/get_orders",
        json={"template_id": made.json()["id"]},
    )
    assert answer.status_code == 200, answer.text


async def kept(service: Service, number: int) -> dict[str, Any]:
    found = await order(service, number)
    assert found is not None
    return found


async def items(service: Service, run: dict[str, Any]) -> dict[str, dict[str, Any]]:
    rows = await service.all(f"/v1/runs/{run['id']}/items")
    return {row["external_id"]: row for row in rows}


async def test_an_order_that_is_ours_is_held_when_its_lines_lose_their_sku(
    service: Service,
) -> None:
    channel_id = await service.connect()
    await set_up(service, channel_id, lines_without_sku="skip_order")
    (ours,) = await place(service, lines=NAMED)
    await service.run(channel_id, "get_orders")
    await change(service, ours, add_lines=NAMELESS)
    (new,) = await place(service, lines=NAMELESS)
    run = await service.run(channel_id, "get_orders")
    found = await kept(service, ours)
    assert (found["state"], found["hold_reasons"]) == ("on_hold", ["missing_sku"])
    assert len(found["line_items"]) == 2
    assert await order(service, new) is None
    assert (await items(service, run))[str(new)]["code"] == "missing_sku"
    await change(service, ours, status_id=5)
    await service.run(channel_id, "get_orders")
    assert (await kept(service, ours))["state"] == "cancelled"


@pytest.mark.parametrize("step", ["skip_record", "fail"])
async def test_a_template_that_stops_an_order_of_ours_still_lets_it_be_refunded(
    service: Service, step: str
) -> None:
    channel_id = await service.connect()
    (ours,) = await place(service, lines=NAMED)
    await service.run(channel_id, "get_orders")
    before = await kept(service, ours)
    source = "bigcommerce_order.payment_method"
    plain = {"kind": "field", "source": source}
    stopped = {
        "kind": "rules",
        "rules": [
            {
                "when": {"field": source, "op": "equals", "value": "Credit Card"},
                "then": {**plain, "steps": [{"do": step, "reason": "Not for us"}]},
            }
        ],
        "otherwise": plain,
    }
    await map_by(service, channel_id, order__payment_method=stopped)
    (new,) = await place(service, lines=NAMED)
    (line,) = (await service.store.control.get(f"/sandbox/orders/{ours}")).json()["lines"]
    await change(service, ours, refund=[{"line_id": line["id"]}], status_id=11)
    run = await service.run(channel_id, "get_orders")
    assert run["status"] in {"succeeded", "completed_with_errors"}
    assert await order(service, new) is None
    found = await kept(service, ours)
    code = "skipped_by_rule" if step == "skip_record" else "failed_by_rule"
    assert (found["state"], found["hold_reasons"]) == ("on_hold", [code])
    assert code in found["attention"]
    assert (await items(service, run))[str(ours)]["code"] == code
    assert found["line_items"][0]["quantity_refunded"] == 1
    assert float(found["order"]["refunded_amount"]) > 0
    # What could not be mapped is as it was.
    assert found["order"]["total_inc_tax"] == before["order"]["total_inc_tax"]
    assert found["billing_address"] == before["billing_address"]
    assert found["line_items"][0]["sku"] == "TEA"
    await change(service, ours, status_id=5)
    await service.run(channel_id, "get_orders")
    assert (await kept(service, ours))["state"] == "cancelled"


async def test_archived_orders_are_no_work(service: Service) -> None:
    channel_id = await service.connect()
    ours, gone, new = await place(service, count=3, lines=NAMED)
    await service.run(channel_id, "get_orders", params={"external_ids": [ours, gone]})
    await change(service, gone, is_deleted=True, status_id=5)
    for number in (ours, new):
        await change(service, number, is_deleted=True)
    # This store's lists leave archived orders out: each is asked for by itself.
    run = await service.run(
        channel_id, "get_orders", params={"external_ids": [ours, gone, new, new + 500]}
    )
    found = await kept(service, ours)
    assert (found["archived"], found["state"]) == (True, "closed")
    found = await kept(service, gone)
    assert (found["archived"], found["state"]) == (True, "cancelled")
    assert await order(service, new) is None
    told = {
        name: (row["outcome"], row["code"]) for name, row in (await items(service, run)).items()
    }
    assert told[str(new)] == ("skipped", "archived")
    assert told[str(new + 500)] == ("skipped", "not_in_store")
    await change(service, ours, is_deleted=False)
    await service.run(channel_id, "get_orders")
    assert (await kept(service, ours))["state"] == "open"


async def test_a_dry_run_tells_what_would_change_but_nothing_personal(service: Service) -> None:
    channel_id = await service.connect()
    (ours,) = await place(service, lines=NAMED)
    await service.run(channel_id, "get_orders")
    await change(service, ours, status_id=9, customer_message="For Ada Byron")
    run = await service.run(channel_id, "get_orders", mode="dry_run")
    (item,) = (await items(service, run)).values()
    assert item["outcome"] == "updated"
    changes = {row["field"]: (row["from"], row["to"]) for row in item["changes"]}
    assert changes["status_id"] == (11, 9)
    assert changes["order.status"] == ("Awaiting Fulfillment", "Awaiting Shipment")
    assert changes["order.customer_message"] == (None, None)
    assert "Byron" not in str(item)
    assert (await kept(service, ours))["status_id"] == 11


async def test_a_total_that_does_not_add_up_is_shown_at_the_order(service: Service) -> None:
    channel_id = await service.connect()
    odd, even = await place(service, count=2, lines=NAMED)
    await change(service, odd, fields={"total_inc_tax": "1000.0000"})
    await service.run(channel_id, "get_orders")
    found = await kept(service, odd)
    assert (found["state"], found["attention"]) == ("open", ["totals_differ"])
    assert found["invoice"]["difference"] not in ("0.00", "0")
    assert (await kept(service, even))["attention"] == []


async def test_orders_on_hold_are_acknowledged_when_they_are_released(service: Service) -> None:
    channel_id = await service.connect()
    await set_up(service, channel_id, acknowledge="automatic")
    (open_one,) = await place(service, lines=NAMED)
    (held,) = await place(service, lines=NAMELESS)
    await service.run(channel_id, "get_orders")
    assert (await kept(service, open_one))["acknowledged"] == "yes"
    found = await kept(service, held)
    assert (found["state"], found["acknowledged"]) == ("on_hold", "no")
    address = f"/v1/orders/{found['id']}"
    items = [{"line_item_id": found["line_items"][0]["id"], "quantity": 1}]
    body = {"items": items, "tracking_number": "1Z1"}
    refused = await service.api.post(f"{address}/shipments", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "order_on_hold")
    released = (await service.api.post(f"{address}/release")).json()
    assert (released["state"], released["acknowledged"]) == ("open", "yes")
    taken = await service.api.post(f"{address}/shipments", json=body)
    assert taken.status_code == 201, taken.text


async def test_options_and_dates_of_lines_are_as_shoppers_see_them(service: Service) -> None:
    channel_id = await service.connect()
    option = {"kind": "field", "source": "bigcommerce_line_item.option:Engraving"}
    await map_by(service, channel_id, **{"line_item__custom_field:Text": option})
    (number,) = await place(service, lines=NAMED)
    raw = {
        "id": 7,
        "display_name": "",
        "display_name_customer": "Engraving",
        "display_value": "To Ada",
        "name": "Engraving839",
        "value": "3832",
        "type": "Text field",
    }
    await change(
        service,
        number,
        line_fields={"product_options": [raw], "event_date": "Thu, 05 May 2026 00:00:00 +0000"},
    )
    await service.run(channel_id, "get_orders")
    (line,) = (await kept(service, number))["line_items"]
    assert line["product_options"] == {"Engraving": "To Ada"}
    assert line["custom_fields"] == [{"name": "Text", "value": "To Ada"}]
    assert line["event_date"] == "2026-05-05T00:00:00Z"


async def test_other_settings_let_the_next_run_read_the_whole_window(service: Service) -> None:
    channel_id = await service.connect()
    moment = (datetime.now(UTC) - timedelta(days=3)).isoformat()
    older = (datetime.now(UTC) - timedelta(days=20)).isoformat()
    (waiting,) = await place(
        service, lines=NAMED, status_id=7, date_created=moment, date_modified=moment
    )
    (old,) = await place(service, lines=NAMED, date_created=older, date_modified=older)
    (kept_one,) = await place(service, lines=NAMED)
    await service.run(channel_id, "get_orders")
    await service.run(channel_id, "get_orders")
    assert len(await service.all("/v1/orders")) == 1
    await set_up(service, channel_id, statuses=[11, 7])
    await service.run(channel_id, "get_orders")
    assert await order(service, waiting) is not None
    assert await order(service, old) is None
    await set_up(service, channel_id, created_within_days=30)
    await change(service, kept_one, status_id=5)
    await service.run(channel_id, "get_orders")
    assert await order(service, old) is not None
    await service.store.forget_requests()
    await service.run(channel_id, "get_orders")
    (asked,) = await service.store.requests()
    assert "min_date_modified" in asked["query"]
    assert (await kept(service, kept_one))["state"] == "cancelled"

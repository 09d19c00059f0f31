"""Shipments through the API: what is taken, what is refused, and with which words."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.accounts.service import Scope, ensure_account
from app.channels.kinds import IntegrationType
from app.channels.repository import get_integration
from app.core.queue import SilentQueue
from app.core.resources import Resources
from tests.conftest import client_for, make_key, row_count
from tests.orders.conftest import Till, address, line, order
from tests.shops import Shop, open_shop

Body = dict[str, Any]


@pytest.fixture
async def shop(resources: Resources, account_id: UUID) -> Shop:
    """A channel with a connected store."""
    return await open_shop(resources, account_id)


@pytest.fixture
async def till(resources: Resources, shop: Shop) -> Till:
    """Short ways to bring orders in."""
    return Till(resources, shop.account_id, shop.channel_id)


async def bring_in(till: Till, api: httpx.AsyncClient, **changes: Any) -> Body:
    """Save an order and return it as the API shows it."""
    (saved,) = await till.save(order(**changes))
    found: Body = (await api.get(f"/v1/orders/{saved.order_id}")).json()
    return found


async def ship(
    api: httpx.AsyncClient, of: Body, *quantities: tuple[int, int], **more: Any
) -> httpx.Response:
    """Ship quantities of lines, named by their place in the order."""
    items = [
        {"line_item_id": of["line_items"][place]["id"], "quantity": quantity}
        for place, quantity in quantities
    ]
    headers = more.pop("headers", None)
    body = {"items": items, "tracking_number": "1Z999", "carrier": "UPS", **more}
    return await api.post(f"/v1/orders/{of['id']}/shipments", json=body, headers=headers)


async def test_a_shipment_is_answered_whole(till: Till, api: httpx.AsyncClient) -> None:
    of = await bring_in(till, api)
    answer = await ship(
        api,
        of,
        (0, 1),
        shipping_method="Ground",
        tracking_url="https://track.example/1Z999",
        note="For Ada",
        shipping_cost="4.5",
        shipped_at="2026-05-02T10:00:00+02:00",
    )
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["sync_status"] == "pending"
    assert made["order_id"] == of["id"]
    assert (made["order_external_id"], made["address_external_id"]) == ("100", "20")
    (item,) = made["items"]
    assert item["line_item_id"] == of["line_items"][0]["id"]
    assert (item["sku"], item["quantity"]) == ("SKU-1", 1)
    assert (made["shipping_cost"], made["currency"]) == ("4.50", "USD")
    assert made["shipped_at"] == "2026-05-02T08:00:00Z"
    assert (made["note"], made["external_id"], made["code"]) == ("For Ada", None, None)
    assert (await api.get(f"/v1/shipments/{made['id']}")).json() == made
    assert (await api.get("/v1/shipments?sync_status=pending")).json()["data"] == [made]
    assert (await api.get("/v1/shipments?sync_status=synced")).json()["data"] == []
    after = (await api.get(f"/v1/orders/{of['id']}")).json()
    assert (after["shipped"], after["line_items"][0]["quantity_shipped"]) == ("partly", 1)


async def test_the_note_is_kept_encrypted(
    till: Till, api: httpx.AsyncClient, resources: Resources
) -> None:
    of = await bring_in(till, api)
    await ship(api, of, (0, 1), note="Ring twice at Lovelace")
    async with resources.unit_of_work() as uow:
        dump = await uow.session.scalar(text("SELECT string_agg(s::text, '') FROM shipments s"))
    assert "Lovelace" not in str(dump)


async def test_more_than_is_left_is_refused_by_line(till: Till, api: httpx.AsyncClient) -> None:
    of = await bring_in(
        till, api, lines=(line(1, quantity=5, quantity_refunded=1, quantity_shipped=1), line(2))
    )
    assert (await ship(api, of, (0, 1))).status_code == 201
    refused = await ship(api, of, (0, 3), (1, 1))
    assert (refused.status_code, refused.json()["code"]) == (422, "over_shipping")
    (short,) = refused.json()["lines"]
    assert (short["sku"], short["requested"], short["available"]) == ("SKU-1", 3, 2)
    assert short["line_item_id"] == of["line_items"][0]["id"]
    assert (await ship(api, of, (0, 1), (0, 2))).status_code == 422, "a line named twice adds up"
    assert (await ship(api, of, (0, 2), (1, 2))).status_code == 201


async def test_two_at_once_do_not_both_take_the_last(till: Till, api: httpx.AsyncClient) -> None:
    of = await bring_in(till, api)
    answers = await asyncio.gather(*(ship(api, of, (0, 2)) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 422, 422, 422, 422]


async def test_items_for_several_addresses_are_named_in_groups(
    till: Till, api: httpx.AsyncClient
) -> None:
    lines = (line(1, address=20), line(2, address=21), line(3, address=20))
    of = await bring_in(till, api, lines=lines, addresses=(address(20), address(21)))
    refused = await ship(api, of, (0, 1), (1, 2), (2, 1))
    assert (refused.status_code, refused.json()["code"]) == (422, "several_addresses")
    groups = {
        group["address_external_id"]: [item["sku"] for item in group["items"]]
        for group in refused.json()["groups"]
    }
    assert groups == {"20": ["SKU-1", "SKU-3"], "21": ["SKU-2"]}
    assert (await ship(api, of, (0, 1), (2, 1))).status_code == 201
    assert (await ship(api, of, (1, 2))).json()["address_external_id"] == "21"


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ((replace(line(1), type="digital"),), "not_physical"),
        ((replace(line(1, address=None), type="giftcertificate"),), "not_physical"),
        ((line(1, address=None),), "no_address"),
    ],
)
async def test_what_is_not_sent_by_parcel_is_refused(
    till: Till, api: httpx.AsyncClient, lines: Sequence[Any], code: str
) -> None:
    of = await bring_in(till, api, lines=tuple(lines))
    refused = await ship(api, of, (0, 1))
    assert (refused.status_code, refused.json()["code"]) == (422, "not_shippable")
    assert refused.json()["errors"][0]["code"] == code


@pytest.mark.parametrize(
    "change",
    [
        {"tracking_number": "x" * 51},
        {"tracking_url": "javascript:alert(1)"},
        {"tracking_url": "https://t.example/" + "x" * 500},
        {"shipping_cost": "-1"},
        {"shipping_cost": "1.00001"},
        {"shipping_cost": "NaN"},
        {"items": []},
        {"colour": "blue"},
    ],
)
async def test_bodies_that_make_no_sense_are_refused(
    till: Till, api: httpx.AsyncClient, change: Body
) -> None:
    of = await bring_in(till, api)
    assert (await ship(api, of, (0, 1), **change)).status_code == 422


@pytest.mark.parametrize("quantity", [0, -1, 1.5, "1", True, None, 10**9])
async def test_quantities_are_whole_and_positive(
    till: Till, api: httpx.AsyncClient, quantity: Any
) -> None:
    of = await bring_in(till, api)
    assert (await ship(api, of, (0, quantity))).status_code == 422


async def test_lines_of_another_order_and_other_accounts_are_unknown(
    till: Till, api: httpx.AsyncClient, resources: Resources, app: FastAPI
) -> None:
    of = await bring_in(till, api)
    other = await bring_in(till, api, external_id=101)
    mixed = {**of, "line_items": other["line_items"]}
    refused = await ship(api, mixed, (0, 1))
    assert refused.status_code == 422
    assert refused.json()["errors"][0] == {
        "field": "items.0.line_item_id",
        "code": "unknown_line",
        "message": "The order has no such line.",
    }
    made = (await ship(api, of, (0, 1))).json()
    async with resources.unit_of_work() as uow:
        stranger_id = await ensure_account(uow, "Somebody else")
    async with client_for(app, await make_key(resources, stranger_id, Scope.ADMIN)) as stranger:
        assert (await ship(stranger, of, (0, 1))).status_code == 404
        assert (await stranger.get(f"/v1/shipments/{made['id']}")).status_code == 404
        assert (await stranger.delete(f"/v1/shipments/{made['id']}")).status_code == 404
        assert (await stranger.post(f"/v1/shipments/{made['id']}/retry")).status_code == 404
        assert (await stranger.get("/v1/shipments")).json()["data"] == []
        assert (await stranger.get(f"/v1/shipments?order_id={of['id']}")).status_code == 404
    assert (await api.get(f"/v1/shipments/{uuid4()}")).status_code == 404
    assert (await api.get("/v1/shipments/nonsense")).status_code == 404
    reader = await make_key(resources, till.account_id, Scope.READ)
    async with client_for(app, reader) as looking:
        assert (await ship(looking, of, (0, 1))).status_code == 403


async def test_a_cancelled_order_is_not_shipped(till: Till, api: httpx.AsyncClient) -> None:
    of = await bring_in(till, api, status_id=5, state="cancelled")
    refused = await ship(api, of, (0, 1))
    assert (refused.status_code, refused.json()["code"]) == (409, "order_state_conflict")


async def test_the_same_key_takes_a_shipment_once(
    till: Till, api: httpx.AsyncClient, resources: Resources
) -> None:
    of = await bring_in(till, api)
    key = {"Idempotency-Key": "parcel-1"}
    first = await ship(api, of, (0, 1), headers=key)
    second = await ship(api, of, (0, 1), headers=key)
    assert first.json() == second.json()
    assert await row_count(resources, "shipments") == 1
    other = await ship(api, of, (0, 2), headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


async def test_a_pending_shipment_can_be_withdrawn_and_frees_its_items(
    till: Till, api: httpx.AsyncClient
) -> None:
    of = await bring_in(till, api)
    made = (await ship(api, of, (0, 2))).json()
    assert (await ship(api, of, (0, 1))).status_code == 422
    assert (await api.delete(f"/v1/shipments/{made['id']}")).status_code == 204
    assert (await api.get(f"/v1/shipments/{made['id']}")).status_code == 404
    assert (await api.get(f"/v1/orders/{of['id']}")).json()["shipped"] == "no"
    assert (await ship(api, of, (0, 2))).status_code == 201


async def _set(resources: Resources, shipment: Body, **values: str) -> None:
    columns = ", ".join(f"{name} = :{name}" for name in values)
    async with resources.unit_of_work() as uow:
        await uow.session.execute(
            text(f"UPDATE shipments SET {columns} WHERE id = :id"),
            {**values, "id": UUID(shipment["id"])},
        )


async def test_what_is_being_sent_or_was_sent_stays(
    till: Till, api: httpx.AsyncClient, resources: Resources
) -> None:
    of = await bring_in(till, api)
    made = (await ship(api, of, (0, 2))).json()
    for status in ("sending", "synced"):
        await _set(resources, made, sync_status=status)
        refused = await api.delete(f"/v1/shipments/{made['id']}")
        assert (refused.status_code, refused.json()["code"]) == (409, "shipment_state_conflict")
        assert (await api.post(f"/v1/shipments/{made['id']}/retry")).status_code == 409
    await _set(resources, made, sync_status="sending")
    shown = (await api.get(f"/v1/shipments/{made['id']}")).json()
    assert (shown["sync_status"], shown["in_flight"]) == ("pending", True)
    assert (await api.get("/v1/shipments?sync_status=pending")).json()["data"] == [shown]


async def test_a_failed_shipment_is_retried_if_its_items_are_still_there(
    till: Till, api: httpx.AsyncClient, resources: Resources
) -> None:
    of = await bring_in(till, api)
    made = (await ship(api, of, (0, 2))).json()
    await _set(resources, made, sync_status="failed", code="unknown_carrier")
    again = await api.post(f"/v1/shipments/{made['id']}/retry")
    assert (again.json()["sync_status"], again.json()["code"]) == ("pending", None)
    await _set(resources, made, sync_status="failed")
    assert (await ship(api, of, (0, 2))).status_code == 201, "a failed one takes nothing away"
    refused = await api.post(f"/v1/shipments/{made['id']}/retry")
    assert (refused.status_code, refused.json()["code"]) == (422, "over_shipping")


async def test_a_worker_is_rung_only_while_the_integration_is_on(
    till: Till, api: httpx.AsyncClient, resources: Resources
) -> None:
    of = await bring_in(till, api)
    queue = resources.queue
    assert isinstance(queue, SilentQueue)
    queue.rung.clear()
    await ship(api, of, (0, 1))
    (rung,) = queue.rung
    assert (rung.job, rung.arguments) == ("send_shipments", {"order_id": of["id"]})
    async with resources.unit_of_work() as uow:
        row = await get_integration(uow, till.channel_id, IntegrationType.SYNC_ORDERS, lock=True)
        row.enabled = False
    await ship(api, of, (0, 1))
    assert len(queue.rung) == 1


async def test_lists_are_paged_and_filtered_by_order_and_channel(
    till: Till, api: httpx.AsyncClient
) -> None:
    first = await bring_in(till, api)
    second = await bring_in(till, api, external_id=101)
    made = [(await ship(api, of, (place, 1))).json() for of in (first, second) for place in (0, 1)]
    page = (await api.get("/v1/shipments?limit=3")).json()
    rest = (await api.get(f"/v1/shipments?limit=3&cursor={page['next_cursor']}")).json()
    assert [row["id"] for row in page["data"] + rest["data"]] == [row["id"] for row in made]
    of_second = (await api.get(f"/v1/shipments?order_id={second['id']}")).json()["data"]
    assert of_second == made[2:]
    in_channel = (await api.get(f"/v1/shipments?channel_id={till.channel_id}")).json()["data"]
    assert len(in_channel) == 4


async def test_a_malformed_line_is_told_as_a_mistake_in_the_body(
    till: Till, api: httpx.AsyncClient
) -> None:
    of = await bring_in(till, api)
    body = {"items": [{"line_item_id": "nonsense", "quantity": 1}], "tracking_number": "1Z999"}
    answer = await api.post(f"/v1/orders/{of['id']}/shipments", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
    assert answer.json()["errors"][0]["field"] == "items.0.line_item_id"

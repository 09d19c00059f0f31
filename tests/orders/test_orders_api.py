"""Orders through the API."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from app.accounts.service import Scope, ensure_account
from app.core.clock import SettableClock
from app.core.resources import Resources
from tests.conftest import client_for, make_key
from tests.listings.sql import statements
from tests.orders.conftest import MODIFIED, Till, address, line, order


async def test_an_order_is_answered_whole(till: Till, api: httpx.AsyncClient) -> None:
    ffl = {"license_number": "9-12-345", "name": "Quay Arms", "needs_review": False}
    (saved,) = await till.save(
        order(
            lines=(line(1, quantity_refunded=1), replace(line(2, address=None), type="digital")),
            ffl=ffl,
        )
    )
    answer = await api.get(f"/v1/orders/{saved.order_id}")
    assert answer.status_code == 200
    body = answer.json()
    assert body["id"] == str(saved.order_id)
    assert (body["external_id"], body["state"], body["status_id"]) == ("100", "open", 11)
    assert (body["acknowledged"], body["shipped"], body["hold_reasons"]) == ("no", "no", [])
    assert body["order"]["total_inc_tax"] == "102.60"
    assert body["order"]["exchange_rate"] == "1"
    assert body["order"]["date_created"] == "2026-05-01T12:00:00Z"
    assert body["order"]["customer_message"] == "Ring twice"
    assert body["currency"] == "USD"
    assert body["billing_address"]["email"] == "ada@example.com"
    assert body["shipping_addresses"][0]["zip"] == "94105"
    assert body["shipping_addresses"][0]["cost_inc_tax"] == "5.40"
    assert body["ffl"] == ffl
    first, second = body["line_items"]
    assert (first["external_id"], first["sku"], first["name"]) == ("1", "SKU-1", "Blue Widget")
    assert (first["quantity"], first["quantity_refunded"], first["effective_quantity"]) == (2, 1, 1)
    assert first["id"] != "1"
    assert (first["type"], first["price_inc_tax"]) == ("physical", "21.60")
    assert first["wrapping_message"] == "Happy birthday, Ada!"
    assert first["shipping_address"] == body["shipping_addresses"][0]
    assert (second["type"], second["shipping_address"]) == ("digital", None)


async def test_each_line_keeps_its_own_address(till: Till, api: httpx.AsyncClient) -> None:
    await till.save(
        order(
            addresses=(address(20), address(21, first_name="Grace")),
            lines=(line(1, address=20), line(2, address=21)),
        )
    )
    (found,) = (await api.get("/v1/orders")).json()["data"]
    assert [item["shipping_address"]["first_name"] for item in found["line_items"]] == [
        "Ada",
        "Grace",
    ]


async def test_filters(till: Till, api: httpx.AsyncClient, clock: SettableClock) -> None:
    await till.save(order(1), order(2, state="on_hold", hold_reasons=("x",)), order(3, status_id=9))
    moment = clock.now() + timedelta(minutes=1)
    clock.at = moment
    await till.save(order(3, status_id=9, modified_at=MODIFIED + timedelta(1), archived=True))

    async def ids(**params: str) -> list[str]:
        answer = await api.get("/v1/orders", params=params)
        assert answer.status_code == 200, answer.text
        return [item["external_id"] for item in answer.json()["data"]]

    assert await ids() == ["1", "2", "3"]
    assert await ids(status="on_hold") == ["2"]
    assert await ids(status="9") == ["3"]
    assert await ids(external_id="1") == ["1"]
    assert await ids(channel_id=str(till.channel_id), status="open") == ["1", "3"]
    assert await ids(updated_since=moment.isoformat()) == ["3"]
    wrong = await api.get("/v1/orders", params={"status": "sleeping"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "status")
    strange = await api.get("/v1/orders", params={"channel_id": str(uuid4())})
    assert strange.status_code == 404


async def test_pages_follow_each_other(till: Till, api: httpx.AsyncClient) -> None:
    await till.save(*[order(n) for n in range(1, 8)])
    seen: list[str] = []
    cursor: str | None = None
    while True:
        params = {"limit": "3"} | ({"cursor": cursor} if cursor else {})
        page = (await api.get("/v1/orders", params=params)).json()
        seen += [item["external_id"] for item in page["data"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [str(n) for n in range(1, 8)]


async def test_hold_and_release_survive_imports(till: Till, api: httpx.AsyncClient) -> None:
    (saved,) = await till.save(order())
    path = f"/v1/orders/{saved.order_id}"
    held = await api.post(f"{path}/hold", json={"reason": "check the address"})
    assert (held.json()["state"], held.json()["hold_reasons"]) == ("on_hold", ["check the address"])
    assert (await api.post(f"{path}/hold")).status_code == 409
    await till.save(order(modified_at=MODIFIED + timedelta(1), archived=True))
    assert (await api.get(path)).json()["state"] == "on_hold"
    released = await api.post(f"{path}/release")
    assert (released.json()["state"], released.json()["hold_reasons"]) == ("open", [])
    again = await api.post(f"{path}/release")
    assert (again.status_code, again.json()["code"]) == (409, "order_state_conflict")

    found = order(
        modified_at=MODIFIED + timedelta(2), state="on_hold", hold_reasons=("missing_sku",)
    )
    await till.save(found)
    assert (await api.get(path)).json()["state"] == "on_hold"
    await api.post(f"{path}/release")
    await till.save(replace(found, modified_at=MODIFIED + timedelta(3), status_id=9))
    assert (await api.get(path)).json()["state"] == "open"
    more = replace(
        found, modified_at=MODIFIED + timedelta(4), hold_reasons=("missing_sku", "rule:7")
    )
    await till.save(more)
    assert (await api.get(path)).json()["hold_reasons"] == ["rule:7"]


async def test_acknowledging(till: Till, api: httpx.AsyncClient) -> None:
    first, second = await till.save(order(1), order(2, state="cancelled"))
    path = f"/v1/orders/{first.order_id}/acknowledge"
    answer = await api.post(path)
    assert (answer.status_code, answer.json()["acknowledged"]) == (200, "yes")
    assert (await api.post(path)).status_code == 200
    refused = await api.post(f"/v1/orders/{second.order_id}/acknowledge")
    assert (refused.status_code, refused.json()["code"]) == (409, "order_state_conflict")
    assert (await api.post(f"/v1/orders/{second.order_id}/hold")).status_code == 409
    events = (await api.get("/v1/audit-events", params={"entity": "order"})).json()["data"]
    assert [item["action"] for item in events] == ["acknowledge"]
    assert events[0]["changes"] == {"acknowledged": {"from": "no", "to": "yes"}}


async def test_reading_keys_may_not_act(till: Till, app: FastAPI, resources: Resources) -> None:
    (saved,) = await till.save(order())
    async with client_for(app, await make_key(resources, till.account_id, Scope.READ)) as reader:
        assert (await reader.get(f"/v1/orders/{saved.order_id}")).status_code == 200
        assert (await reader.post(f"/v1/orders/{saved.order_id}/hold")).status_code == 403


async def test_another_account_sees_nothing(till: Till, app: FastAPI, resources: Resources) -> None:
    (saved,) = await till.save(order())
    async with resources.unit_of_work() as uow:
        other = await ensure_account(uow, "Other")
    async with client_for(app, await make_key(resources, other, Scope.ADMIN)) as stranger:
        assert (await stranger.get("/v1/orders")).json()["data"] == []
        assert (await stranger.get(f"/v1/orders/{saved.order_id}")).status_code == 404
        for action in ("acknowledge", "hold", "release"):
            answer = await stranger.post(f"/v1/orders/{saved.order_id}/{action}")
            assert answer.status_code == 404
        by_channel = {"channel_id": str(till.channel_id)}
        assert (await stranger.get("/v1/orders", params=by_channel)).status_code == 404


async def test_orders_of_a_removed_channel_are_gone(
    till: Till, api: httpx.AsyncClient, resources: Resources
) -> None:
    (saved,) = await till.save(order())
    async with resources.unit_of_work() as uow:
        await uow.session.execute(text("UPDATE channels SET deleted_at = now()"))
    assert (await api.get("/v1/orders")).json()["data"] == []
    assert (await api.get(f"/v1/orders/{saved.order_id}")).status_code == 404


async def test_two_hundred_whole_orders_are_quick(
    till: Till, api: httpx.AsyncClient, resources: Resources
) -> None:
    lines = tuple(line(n) for n in range(1, 5))
    await till.save(*[order(n, lines=lines) for n in range(1, 251)])
    await api.get("/v1/orders", params={"limit": "1"})
    with statements(resources) as small:
        await api.get("/v1/orders", params={"limit": "2"})
    with statements(resources) as large:
        started = time.perf_counter()
        answer = await api.get("/v1/orders", params={"limit": "200"})
        seconds = time.perf_counter() - started
    assert len(answer.json()["data"]) == 200
    assert len(small) == len(large)
    print(f"{seconds:.3f} s, {len(large)} statements")
    assert seconds < 3  # a bound for busy machines; an idle one takes a fifteenth of a second

"""After retention nothing of a shopper is left: not in any column, sealed or open, nor in a log."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.core.clock import SettableClock
from app.core.queue import SilentQueue
from app.core.resources import Resources, open_resources
from app.core.rotation import sealed_columns
from app.integrations.ordering.order_erasure import erase_due_personal_data
from benchmarks.storm.mortals import lasting_worker
from benchmarks.storm.processes import Site, migrate, site
from migrations.tables import load_tables
from tests.services import DatabaseMaker, TemplateMaker
from worker.schedule import forget_old

ORDERS = 6
TOKEN = re.compile(r"gAAAA[\w-]{60,}={0,2}")
PERSON = {
    "first_name": "Quillonia",
    "last_name": "Vandersplint",
    "company": "Splintworks",
    "street_1": "4711 Zebrawood Crescent",
    "street_2": "Loft Xylo",
    "city": "Quagmirton",
    "zip": "QZ998",
    "phone": "+1 555 8677309",
    "email": "quillonia@splint.example",
}
RECIPIENT = {**PERSON, "first_name": "Thaddeo", "last_name": "Brumblethwack"}
MESSAGE = "Ring twice for Quillonia, Zebrawood Crescent"
DEALER = "FFL: 5-74-453-01-6K-12345 Vandersplint Arms, 4711 Zebrawood Crescent, +1 555 8677309"
SECRETS = (
    *("quillonia", "vandersplint", "splintworks", "zebrawood", "loft xylo", "quagmirton"),
    *("qz998", "8677309", "splint.example", "thaddeo", "brumblethwack", "left with thad"),
    *("nefertabulous", "wugglebert"),
)
SPEC: dict[str, Any] = {
    "billing": PERSON,
    "addresses": [RECIPIENT],
    "customer_message": MESSAGE,
    "staff_notes": DEALER,
    "lines": [
        {"name": "Tea", "sku": "TEA", "quantity": 2, "price": "9.10"},
        {"name": "Cup", "sku": "CUP", "quantity": 1, "price": "5"},
        {"name": "Gift for Nefertabulous", "type": "giftcertificate", "price": "10"},
    ],
}


@dataclass(frozen=True)
class Scan:
    """Where something was looked for, and where it was found."""

    columns: int
    unsealed: int
    found: list[str]


def traces(where: str, value: str) -> list[str]:
    """Places in a text that tell of the shopper."""
    low = value.lower()
    return [f"{where}: {secret}" for secret in SECRETS if secret in low]


async def scan(res: Resources) -> Scan:
    """Look through every column of every table, and into what is sealed."""
    found: list[str] = []
    columns = unsealed = 0
    async with res.unit_of_work() as uow:
        names = await uow.session.execute(
            text(
                "SELECT table_schema, table_name, column_name FROM information_schema.columns"
                " WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
            )
        )
        for schema, table, column in names.all():
            columns += 1
            values = await uow.session.scalars(
                text(f'SELECT CAST("{column}" AS text) FROM "{schema}"."{table}"')
            )
            for value in values:
                where = f"{table}.{column}"
                found += traces(where, value or "")
                for token in TOKEN.findall(value or ""):
                    unsealed += 1
                    found += traces(f"{where} unsealed", res.keyring.decrypt(token))
    return Scan(columns, unsealed, sorted(set(found)))


def logged(folder: Path) -> Iterable[str]:
    """What logs tell of the shopper; the look-alike's own log is not ours."""
    for output in folder.glob("*.log"):
        if output.name != "store.log":
            yield from traces(output.name, output.read_text(errors="replace"))


async def rest(running: Site, orders: int) -> list[dict[str, Any]]:
    """Wait until so many orders are shipped here and at the store; returns them."""
    async with asyncio.timeout(60):
        while True:
            rows = await running.every("/v1/orders")
            if len(rows) == orders and {row["status_id"] for row in rows} == {2}:
                return rows
            await asyncio.sleep(0.2)


async def arrived(running: Site, orders: int) -> list[dict[str, Any]]:
    """Wait until so many orders are readable; returns them."""
    async with asyncio.timeout(60):
        while len(rows := await running.every("/v1/orders")) < orders:
            await asyncio.sleep(0.2)
        return rows


async def trade(running: Site) -> str:
    """Orders come in, are held, released, acknowledged, shipped with notes, and read anew."""
    settings = {"pii_retention_days": 30, "import_ffl": True}
    channel = await running.connect(
        {
            "get_orders": {"enabled": True, "settings": settings},
            "sync_orders": {"enabled": True},
        }
    )
    placed = await running.store.post("/sandbox/orders", json={**SPEC, "count": ORDERS})
    placed.raise_for_status()
    broken = {"effect": "status", "method": "POST", "path": "/shipments$", "every": 2}
    (await running.store.post("/sandbox/faults", json=[broken])).raise_for_status()
    for number, order in enumerate(await arrived(running, ORDERS)):
        address = f"/v1/orders/{order['id']}"
        (
            await running.api.post(f"{address}/hold", json={"reason": "Wugglebert rang"})
        ).raise_for_status()
        (await running.api.post(f"{address}/release")).raise_for_status()
        key = {"Idempotency-Key": f"acknowledge-{number}"}
        (await running.api.post(f"{address}/acknowledge", headers=key)).raise_for_status()
        body = {
            "items": [
                {"line_item_id": line["id"], "quantity": line["effective_quantity"]}
                for line in order["line_items"]
                if line["type"] == "physical"
            ],
            "tracking_number": f"1Z{number}",
            "carrier": "UPS" if number % 2 else "Wugglebert's van",
            "shipping_method": "By hand to Thaddeo",
            "tracking_url": "https://track.example/quillonia",
            "note": "Left with Thaddeo at 4711 Zebrawood Crescent",
        }
        key = {"Idempotency-Key": f"ship-{number}"}
        answer = await running.api.post(f"{address}/shipments", json=body, headers=key)
        assert answer.status_code == 201, answer.text
    await rest(running, ORDERS)
    return channel


async def reread(running: Site, channel: str) -> None:
    """A whole run of Get Orders, whose items and log are kept too."""
    body = {"channel_id": channel, "integration": "get_orders", "params": {"full": True}}
    run = (await running.api.post("/v1/runs", json=body)).raise_for_status().json()
    async with asyncio.timeout(60):
        while run["finished_at"] is None:
            await asyncio.sleep(0.2)
            run = (await running.api.get(f"/v1/runs/{run['id']}")).json()
    assert run["status"] == "succeeded", run


@pytest.mark.timeout(300)
async def test_nothing_of_a_shopper_is_left_after_retention(
    template_database: TemplateMaker,
    make_database: DatabaseMaker,
    redis_url: str,
    tmp_path: Path,
) -> None:
    load_tables()
    database_url = make_database(template_database("migrated", migrate))
    store = {"products": 20, "orders": 0, "quota": 100_000, "retry_scale": 0.01}
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(site(database_url, redis_url, tmp_path, **store))
        later = SettableClock(datetime.now(UTC) + timedelta(days=31))
        res = await stack.enter_async_context(
            open_resources(running.settings, clock=later, queue=SilentQueue())
        )
        async with lasting_worker(running):
            channel = await trade(running)
            await reread(running, channel)
            before = await scan(res)
            assert {line.rpartition(":")[0] for line in before.found} == {
                "order_lines.sku",
                "shipments.carrier",
                "shipments.shipping_method",
                "shipments.tracking_url",
                "orders.sealed_person unsealed",
                "order_addresses.sealed unsealed",
                "shipments.sealed_note unsealed",
                "shipments.sealed_payload unsealed",
                "idempotency_keys.sealed_body unsealed",
            }
            async with res.unit_of_work() as uow:
                assert await erase_due_personal_data(uow) == ORDERS
                await forget_old(uow)
            # The store still has the orders, and tells of them again.
            await reread(running, channel)
        after = await scan(res)
    assert after.found == []
    assert after.columns > 300
    assert after.unsealed > 0, "connections keep their tokens"
    assert sum(len(columns) for _, columns in sealed_columns()) >= 10
    assert list(logged(tmp_path)) == []

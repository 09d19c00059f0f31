"""Publish Listings: requests against the fewest that the API allows (FACTS 7)."""

from __future__ import annotations

import asyncio
import math
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from rich.console import Console
from rich.table import Table
from sqlalchemy import insert

from app.channels.models import Channel
from app.core.ids import new_id
from app.listings.models import Listing, ListingVariant
from app.local.services import LocalServices
from benchmarks.stage import Stage, services, stage

LISTINGS = 1_000
VARIANTS = 5
IMAGES = 4
SHELVES = 40
BOUND = 1_060


def measure(console: Console) -> None:
    """Print one row per run."""
    table = Table(title=f"Publishing {LISTINGS} listings of {VARIANTS} variants, {IMAGES} images")
    for column in ("run", "rows", "requests", "estimated", "bound", "writes", "seconds"):
        table.add_column(column, justify="right")
    with services() as started:
        asyncio.run(_fill(table, started))
    console.print(table)


async def _fill(table: Table, started: LocalServices) -> None:
    async with stage(started, products=0, orders=0, quota=100_000) as on:
        channel = await on.connect()
        await _add_listings(on, channel)
        await _row(table, on, channel, "dry run", "0 writes", mode="dry_run")
        await _row(table, on, channel, "create", str(BOUND))
        await _overwrite(on, channel)
        await _row(table, on, channel, "nothing changed", "0 writes")
        await _edit(on)
        changed = math.ceil(LISTINGS / 10) + math.ceil(LISTINGS / 50) + 20
        await _row(table, on, channel, "other texts", str(changed))


async def _add_listings(on: Stage, channel_id: str) -> None:
    async with on.resources.unit_of_work() as uow:
        channel = await uow.session.get_one(Channel, UUID(channel_id))
        owner = {"account_id": channel.account_id, "channel_id": channel.id}
        listings = [
            {
                "id": new_id(),
                **owner,
                "sku": f"TOY-{number}",
                "title": f"Toy {number}",
                "description": "<p>Fun</p>",
                "brand": f"Maker {number % 20}",
                "categories": [["Toys", f"Shelf {number % SHELVES}"]],
                "images": [f"https://{number}.pictures.invalid/{n}.jpg" for n in range(IMAGES)],
                "custom_fields": [{"name": "Material", "value": "Wood"}],
                "price": Decimal("19.99"),
                "weight": Decimal("0.5"),
            }
            for number in range(LISTINGS)
        ]
        await uow.session.execute(insert(Listing), listings)
        await uow.session.execute(
            insert(ListingVariant),
            [
                {
                    "id": new_id(),
                    **owner,
                    "listing_id": listing["id"],
                    "sku": f"{listing['sku']}-{size}",
                    "options": {"Size": str(size)},
                    "price": Decimal("19.99") + size,
                    "quantity": size,
                    "position": size,
                }
                for listing in listings
                for size in range(VARIANTS)
            ],
        )


async def _overwrite(on: Stage, channel_id: str) -> None:
    address = f"/v1/channels/{channel_id}/integrations/publish_listings"
    (await on.api.patch(address, json={"settings": {"overwrite": True}})).raise_for_status()


async def _edit(on: Stage) -> None:
    async with on.resources.unit_of_work() as uow:
        connection = await uow.session.connection()
        await connection.exec_driver_sql(
            "UPDATE listings SET description = '<p>More fun</p>', version = version + 1"
        )


async def _row(
    table: Table, on: Stage, channel: str, name: str, bound: str, mode: str = "execute"
) -> None:
    await on.store.delete("/sandbox/requests")
    run = await on.run(channel, "publish_listings", mode=mode)
    asked = await on.requests()
    writes = [line for line in asked if not line.startswith("GET ")]
    began = datetime.fromisoformat(run["started_at"])
    seconds = (datetime.fromisoformat(run["finished_at"]) - began).total_seconds()
    table.add_row(
        f"{name} ({run['status']})",
        str(run["progress"]["done"]),
        str(len(asked)),
        str(run["requests"]["estimated"]),
        bound,
        str(len(writes)),
        f"{seconds:.1f}",
    )

"""Shipments for whatever arrives, taken through the API while the storm lasts."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.storm.processes import Site
from benchmarks.storm.shoppers import is_edited

LOOK_BACK = timedelta(seconds=30)
PAUSE = 0.5


@dataclass
class Shipped:
    """What was asked for: order and quantities by the store's line ids, by tracking number."""

    asked: dict[str, tuple[int, dict[int, int]]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    orders: set[int] = field(default_factory=set)


async def ship_arrivals(
    site: Site, channel_id: str, shipped: Shipped, rng: random.Random, enough: asyncio.Event
) -> None:
    """Ship orders as they arrive, whole or in two parcels, until told that it is enough."""
    since = datetime.now(UTC) - LOOK_BACK
    while not enough.is_set():
        began = datetime.now(UTC)
        rows = await site.every(
            "/v1/orders", channel_id=channel_id, updated_since=since.isoformat(), status="open"
        )
        for order in rows:
            number = int(order["external_id"])
            if number not in shipped.orders and not is_edited(number):
                shipped.orders.add(number)
                await _ship(site, order, shipped, rng)
        since = began - LOOK_BACK
        await asyncio.sleep(PAUSE)


async def _ship(site: Site, order: dict[str, Any], shipped: Shipped, rng: random.Random) -> None:
    for parcel in _parcels(order, rng):
        number = int(order["external_id"])
        tracking = f"1Z{number}-{len(shipped.asked)}"
        answer = await site.api.post(
            f"/v1/orders/{order['id']}/shipments",
            headers={"Idempotency-Key": tracking},
            json={
                "items": [
                    {"line_item_id": line["id"], "quantity": quantity} for line, quantity in parcel
                ],
                "tracking_number": tracking,
                "carrier": rng.choice(("UPS", "FedEx", "Harbour Couriers")),
            },
        )
        if answer.status_code == 201:
            quantities = {int(line["external_id"]): quantity for line, quantity in parcel}
            shipped.asked[tracking] = (number, quantities)
        else:
            shipped.refused.append(f"{number}: {answer.status_code} {answer.text[:300]}")


def _parcels(order: dict[str, Any], rng: random.Random) -> list[list[tuple[dict[str, Any], int]]]:
    """Lines with quantities by address; some parcels are split in two."""
    by_address: dict[str, list[tuple[dict[str, Any], int]]] = {}
    for line in order["line_items"]:
        left = line["effective_quantity"] - line["quantity_shipped"]
        if line["type"] == "physical" and line["shipping_address"] and left > 0:
            place = line["shipping_address"]["external_id"]
            by_address.setdefault(place, []).append((line, left))
    parcels = []
    for parcel in by_address.values():
        line, quantity = parcel[0]
        if quantity > 1 and rng.random() < 0.5:
            parcels.append([(line, 1)])
            parcels.append([(line, quantity - 1), *parcel[1:]])
        else:
            parcels.append(parcel)
    return parcels

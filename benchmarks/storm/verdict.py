"""After the storm: what the store has is compared, one by one, with what the API shows."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from benchmarks.storm.carriers import Shipped
from benchmarks.storm.processes import Site

WANTED: Final = (11, 9, 3, 2)
AT_ONCE = 8

Order = dict[str, Any]


@dataclass
class Verdict:
    """What went wrong, in sentences; all lists are empty when nothing did."""

    orders: int = 0
    """Orders that had to arrive."""
    shipments: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    shipments_lost: list[str] = field(default_factory=list)
    sent_twice: list[str] = field(default_factory=list)
    unasked: list[str] = field(default_factory=list)

    def wrong(self) -> list[str]:
        """Everything that is wrong."""
        return [
            *(f"lost: {text}" for text in self.lost),
            *(f"doubled: {text}" for text in self.doubled),
            *(f"different: {text}" for text in self.different),
            *(f"shipment lost: {text}" for text in self.shipments_lost),
            *(f"shipment sent twice: {text}" for text in self.sent_twice),
            *(f"shipment not asked for: {text}" for text in self.unasked),
        ]


async def judge(site: Site, channel_id: str, placed: Iterable[int], shipped: Shipped) -> Verdict:
    """Compare everything; the site must have come to rest."""
    verdict = Verdict()
    theirs = await _shown(site, placed)
    ours: dict[int, list[Order]] = {}
    for row in await site.every("/v1/orders", channel_id=channel_id):
        ours.setdefault(int(row["external_id"]), []).append(row)
    for number, order in theirs.items():
        _judge_order(verdict, order, ours.get(number, []))
    verdict.doubled += [f"order {number} is not in the store" for number in ours.keys() - theirs]
    parcels = await site.every("/v1/shipments", channel_id=channel_id)
    _judge_shipments(verdict, theirs, parcels, shipped)
    return verdict


async def _shown(site: Site, placed: Iterable[int]) -> dict[int, Order]:
    slots = asyncio.Semaphore(AT_ONCE)

    async def show(number: int) -> Order:
        async with slots:
            answer = await site.store.get(f"/sandbox/orders/{number}")
        found: Order = answer.raise_for_status().json()
        return found

    numbers = list(placed)
    return dict(zip(numbers, await asyncio.gather(*map(show, numbers)), strict=True))


def _judge_order(verdict: Verdict, theirs: Order, ours: list[Order]) -> None:
    number = theirs["id"]
    wanted = theirs["status_id"] in WANTED and not theirs["is_deleted"]
    verdict.orders += wanted
    if not ours:
        if wanted:
            verdict.lost.append(f"order {number} of status {theirs['status_id']}")
        return
    if len(ours) > 1:
        verdict.doubled.append(f"order {number} is here {len(ours)} times")
    mine = ours[0]
    lines = Counter((int(line["external_id"]), line["quantity"]) for line in mine["line_items"])
    should = Counter((line["id"], line["quantity"]) for line in theirs["lines"])
    if lines != should:
        kind = verdict.doubled if sum(lines.values()) > sum(should.values()) else verdict.different
        kind.append(f"lines of order {number}: {dict(lines)} instead of {dict(should)}")
    told = (mine["status_id"], mine["archived"], Decimal(mine["order"]["total_inc_tax"]))
    real = (theirs["status_id"], theirs["is_deleted"], Decimal(theirs["total_inc_tax"]))
    if told != real:
        verdict.different.append(f"order {number}: {told} instead of {real}")
    total, right = _sum(mine["line_items"]), _sum(theirs["lines"])
    if total != right:
        verdict.different.append(f"order {number}: lines sum up to {total} instead of {right}")


def _sum(lines: list[dict[str, Any]]) -> Decimal:
    return sum((Decimal(line["total_inc_tax"]) for line in lines), Decimal(0))


def _judge_shipments(
    verdict: Verdict, theirs: dict[int, Order], ours: list[dict[str, Any]], shipped: Shipped
) -> None:
    found: dict[str, list[tuple[int, dict[int, int], str]]] = {}
    for order in theirs.values():
        for row in order["shipments"]:
            items = {item["order_product_id"]: item["quantity"] for item in row["items"]}
            entry = (order["id"], items, str(row["id"]))
            found.setdefault(row["tracking_number"], []).append(entry)
    known = {row["tracking_number"]: row for row in ours}
    verdict.shipments = len(shipped.asked)
    for tracking, (number, quantities) in shipped.asked.items():
        copies = found.pop(tracking, [])
        row = known.pop(tracking, None)
        if not copies:
            verdict.shipments_lost.append(f"{tracking}: {row and _told(row)}")
            continue
        if len(copies) > 1:
            verdict.sent_twice.append(f"{tracking} is in the store {len(copies)} times")
        order_number, items, identity = copies[0]
        if (order_number, items) != (number, quantities):
            verdict.unasked.append(f"{tracking}: {items} instead of {quantities}")
        if row is None or (row["sync_status"], row["external_id"]) != ("synced", identity):
            verdict.different.append(f"shipment {tracking} is {row and _told(row)} here")
    verdict.unasked += [f"{tracking} is in the store" for tracking in found]
    verdict.doubled += [f"shipment {tracking} is here" for tracking in known]


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("sync_status", "code", "external_id", "attempts")}

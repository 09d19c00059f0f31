"""Buyers: who comes when, to which store, for what; and what came of it."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

STORES = ("north", "south", "west")
MOST_UNITS = 2


@dataclass(frozen=True)
class Crowd:
    """Buyers of some SKUs: `rate` of them per SKU and simulated minute, in all stores together.

    `units` of each SKU are on hand, and `buffer` of them are kept back from every store.
    """

    name: str
    rate: float
    buffer: int
    skus: int
    units: int

    @property
    def own_skus(self) -> list[str]:
        """SKUs that no other crowd wants."""
        return [f"{self.name}-{number}".upper().replace(" ", "-") for number in range(self.skus)]


@dataclass(frozen=True)
class Purchase:
    """Somebody comes to a store at a simulated minute for so many units."""

    minute: float
    store: str
    sku: str
    quantity: int


@dataclass
class Ledger:
    """What buyers of a crowd got; `sold` in the order in which the stores took the orders."""

    crowd: Crowd
    sold: list[Purchase] = field(default_factory=list)
    refused: int = 0

    @property
    def on_hand(self) -> int:
        """Units that there are."""
        return self.crowd.skus * self.crowd.units

    @property
    def ordered(self) -> int:
        """Units that were ordered."""
        return sum(purchase.quantity for purchase in self.sold)

    @property
    def oversold(self) -> int:
        """Units that were ordered and that there are not."""
        units = self._by_sku()
        return sum(max(count - self.crowd.units, 0) for count in units.values())

    @property
    def unfulfillable(self) -> int:
        """Orders that came when there were too few units left for them."""
        left = dict.fromkeys(self.crowd.own_skus, self.crowd.units)
        count = 0
        for purchase in self.sold:
            if left[purchase.sku] < purchase.quantity:
                count += 1
            else:
                left[purchase.sku] -= purchase.quantity
        return count

    @property
    def unsold(self) -> int:
        """Units that nobody got."""
        units = self._by_sku()
        return sum(max(self.crowd.units - units[sku], 0) for sku in self.crowd.own_skus)

    def _by_sku(self) -> Counter[str]:
        units: Counter[str] = Counter()
        for purchase in self.sold:
            units[purchase.sku] += purchase.quantity
        return units


def arrivals(crowd: Crowd, minutes: float, seed: int) -> list[Purchase]:
    """Who comes; the same for the same seed."""
    rng = random.Random(f"{crowd.name} {seed}")
    found = []
    for sku in crowd.own_skus:
        minute = rng.expovariate(crowd.rate)
        while minute < minutes:
            quantity = MOST_UNITS if rng.random() < 0.2 else 1
            found.append(Purchase(minute, rng.choice(STORES), sku, quantity))
            minute += rng.expovariate(crowd.rate)
    return sorted(found, key=lambda purchase: purchase.minute)


def in_flight(purchases: Sequence[Purchase], minutes: float) -> int:
    """The most units of one SKU that are ordered within some minutes, wherever."""
    most = 0
    for place, first in enumerate(purchases):
        until = first.minute + minutes
        most = max(
            most,
            sum(
                one.quantity
                for one in purchases[place:]
                if one.sku == first.sku and one.minute <= until
            ),
        )
    return most


async def let_in(
    stores: Mapping[str, httpx.AsyncClient],
    ledgers: Sequence[Ledger],
    *,
    minutes: float,
    seed: int,
    seconds_per_minute: float,
) -> None:
    """Let everybody buy, at their time; each store sells as long as it shows enough."""
    began = asyncio.get_running_loop().time()

    async def buy(ledger: Ledger, purchase: Purchase) -> None:
        at = began + purchase.minute * seconds_per_minute
        await asyncio.sleep(at - asyncio.get_running_loop().time())
        line = {"sku": purchase.sku, "quantity": purchase.quantity}
        body = {"lines": [line], "at_checkout": True}
        answer = await stores[purchase.store].post("sandbox/orders", json=body)
        if answer.is_success:
            ledger.sold.append(purchase)
        elif answer.status_code == httpx.codes.CONFLICT:
            ledger.refused += 1
        else:
            raise RuntimeError(answer.text)

    async with asyncio.TaskGroup() as group:
        for ledger in ledgers:
            for purchase in arrivals(ledger.crowd, minutes, seed):
                group.create_task(buy(ledger, purchase))


async def stock_up(
    stores: Mapping[str, httpx.AsyncClient], crowds: Sequence[Crowd]
) -> dict[str, dict[str, int]]:
    """Put every SKU into every store, less what is kept back; return ids by store and SKU."""
    ids: dict[str, dict[str, int]] = {name: {} for name in stores}
    for name, store in stores.items():
        for crowd in crowds:
            for sku in crowd.own_skus:
                body: dict[str, Any] = {
                    "name": sku,
                    "sku": sku,
                    "type": "physical",
                    "weight": 1,
                    "price": 10,
                    "is_visible": True,
                    "brand_name": f"Buffer {crowd.buffer}",
                    "inventory_tracking": "product",
                    "inventory_level": crowd.units - crowd.buffer,
                }
                made = await store.post("sandbox/products", json=body)
                ids[name][sku] = made.raise_for_status().json()["id"]
    return ids

"""A classic connector: it reads orders by the clock and writes stock as absolute numbers.

Plainly written and without faults: every order is read once, the stock of all stores is lowered by
it, and every store is told at once. All that is wrong with it is that it looks every so often.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import httpx

from benchmarks.race.buyers import Crowd

PAGE = 250


@dataclass
class Poller:
    """Stock as it is known, and the last order that was read of each store."""

    apis: Mapping[str, httpx.AsyncClient]
    """The stores' own APIs."""
    stock: dict[str, int]
    buffers: Mapping[str, int]
    products: Mapping[str, Mapping[str, int]]
    """Ids of products by store and SKU."""
    last: dict[str, int] = field(default_factory=dict)
    rounds: int = 0

    @classmethod
    def of(
        cls,
        apis: Mapping[str, httpx.AsyncClient],
        crowds: Sequence[Crowd],
        products: Mapping[str, Mapping[str, int]],
    ) -> Poller:
        """One that knows what is on hand."""
        return cls(
            apis,
            {sku: crowd.units for crowd in crowds for sku in crowd.own_skus},
            {sku: crowd.buffer for crowd in crowds for sku in crowd.own_skus},
            products,
        )

    async def run(self, every: float) -> None:
        """Look for ever."""
        while True:
            await asyncio.sleep(every)
            await self.look()

    async def look(self) -> None:
        """Read what was ordered since, then tell all stores."""
        for name in self.apis:
            await self._read(name)
        for name, api in self.apis.items():
            items = [
                {
                    "location_id": 1,
                    "product_id": self.products[name][sku],
                    "quantity": max(left - self.buffers[sku], 0),
                }
                for sku, left in self.stock.items()
            ]
            body = {"reason": "poll", "items": items}
            answer = await api.put("v3/inventory/adjustments/absolute", json=body)
            answer.raise_for_status()
        self.rounds += 1

    async def _read(self, name: str) -> None:
        api = self.apis[name]
        while True:
            after = self.last.get(name, 0)
            answer = await api.get(f"v2/orders?min_id={after + 1}&limit={PAGE}&sort=id:asc")
            orders = answer.raise_for_status().json() if answer.content else []
            for order in orders:
                lines = await api.get(f"v2/orders/{order['id']}/products")
                for line in lines.raise_for_status().json():
                    self.stock[line["sku"]] -= line["quantity"]
                self.last[name] = order["id"]
            if len(orders) < PAGE:
                return

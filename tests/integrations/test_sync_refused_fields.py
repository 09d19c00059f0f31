"""A field that the store refuses keeps others from arriving only where half would be wrong."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest
import respx

from app.bigcommerce import StoreClient, open_http
from app.integrations.syncing.store_writes import Sender
from app.listings.writes import Batch
from app.listings.writes_models import ListingWrite, Route
from tests.bigcommerce.stores import URL, Clock, make_client

WANTED = {"price": "9.5", "map_price": "8", "retail_price": "12", "sale_price": "9"}


def row(target: int, name: str) -> ListingWrite:
    """A value of a variant that is to be sent."""
    return ListingWrite(
        id=uuid4(),
        target=target,
        route=Route.VARIANT.value,
        field=f"bigcommerce_variant.{name}",
        store_field=name,
        after={"shown": WANTED[name], "stored": WANTED[name]},
    )


class Store:
    """Takes variants whose fields it knows; names the first one that it does not."""

    def __init__(self, unknown: str, path: str) -> None:
        self._unknown = unknown
        self._path = path
        self.taken: dict[int, dict[str, Any]] = {}
        self.requests = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        bodies = json.loads(request.content)
        for place, body in enumerate(bodies):
            if self._unknown in body:
                field = self._path.format(place=place, name=self._unknown)
                told = {"status": 422, "title": "No", "errors": {field: "unknown field"}}
                return httpx.Response(422, json=told)
        for body in bodies:
            self.taken.setdefault(body["id"], {}).update(body)
        return httpx.Response(200, json={"data": bodies, "meta": {}})


async def send(store: Store, rows: list[ListingWrite]) -> dict[str, str]:
    """Send rows as one batch; returns the codes of what was refused, by variant and field."""
    with respx.mock(base_url=URL) as router:
        router.put("/v3/catalog/variants").mock(side_effect=store)
        async with open_http() as http:
            client: StoreClient = make_client(http, Clock())
            sent = await Sender(client).send(Batch(Route.VARIANT, tuple(rows)))
    names = {one.id: f"{one.target}.{one.store_field}" for one in rows}
    return {names[row_id]: refusal.code for row_id, refusal in sent.refused.items()}


@pytest.mark.parametrize("path", ["{name}", "{place}.{name}", "variants.{place}.{name}"])
async def test_a_price_arrives_without_the_field_that_is_refused(path: str) -> None:
    store = Store("map_price", path)
    rows = [row(1, "price"), row(2, "price"), row(2, "map_price"), row(2, "retail_price")]
    refused = await send(store, rows)
    assert refused == {"2.map_price": "store_refused"}
    assert store.taken[1] == {"id": 1, "price": 9.5}
    assert store.taken[2] == {"id": 2, "price": 9.5, "retail_price": 12}
    assert store.requests <= 5


async def test_what_a_buyer_pays_goes_whole_or_not_at_all() -> None:
    store = Store("price", "{place}.{name}")
    refused = await send(store, [row(1, "price"), row(1, "sale_price")])
    assert refused == {"1.price": "store_refused", "1.sale_price": "refused_together"}
    assert store.taken == {}

"""A world: a store, an account and a channel, the same for the same seed, down to every id."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import text

from benchmarks.stage import Stage

View = dict[str, dict[str, Any]]
"""What can be seen of a world: by the key of a run's item, then by the field's name."""
Item = dict[str, Any]

FOLLOWS = "follows"
"""Names in a view the values of variants that are their product's; it is no value itself."""
OWN_RECORD = {"runs", "run_items", "run_logs", "link_candidates"}
"""Tables that hold a run's own record."""
BESIDE = {"worker_heartbeats", "order_polls"}
"""Tables that a worker writes by the clock, whatever runs."""


@dataclass
class World:
    """Everything that a case builds and looks at."""

    on: Stage
    channel: str
    rng: random.Random
    size: int
    pictures: str
    """Address of a host of pictures."""
    notes: dict[str, Any] = field(default_factory=dict)
    """What the case remembers of its building."""

    async def settings(self, integration: str, **changes: Any) -> None:
        """Change settings of an integration."""
        address = f"/v1/channels/{self.channel}/integrations/{integration}"
        (await self.on.api.patch(address, json={"settings": changes})).raise_for_status()

    async def rule(self, kind: str, name: str, definition: Mapping[str, Any]) -> None:
        """Make a rule."""
        body = {"channel_id": self.channel, "kind": kind, "name": name, "definition": definition}
        answer = await self.on.api.post("/v1/rules", json=body)
        if answer.is_error:
            raise RuntimeError(answer.text)

    async def template(self, integration: str, **more: Any) -> None:
        """Use the default template with some mappings more."""
        rows = await self.on.every("/v1/templates")
        usual = next(row for row in rows if row["integration"] == integration)
        body = {
            "name": "With more",
            "integration": integration,
            "mappings": {**usual["mappings"], **more},
        }
        answer = await self.on.api.post("/v1/templates", json=body)
        if answer.is_error:
            raise RuntimeError(answer.text)
        address = f"/v1/channels/{self.channel}/integrations/{integration}"
        body = {"template_id": answer.json()["id"]}
        (await self.on.api.patch(address, json=body)).raise_for_status()

    async def product(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Make a product in the store, as another app would."""
        answer = await self.on.store.post("/sandbox/products", json=dict(body))
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    async def change_product(self, number: int, body: Mapping[str, Any]) -> None:
        """Change a product in the store behind our back."""
        answer = await self.on.store.patch(f"/sandbox/products/{number}", json=dict(body))
        if answer.is_error:
            raise RuntimeError(answer.text)

    async def put_products(self, products: Sequence[Mapping[str, Any]]) -> None:
        """Write products of ours."""
        for start in range(0, len(products), 500):
            body = {"products": list(products[start : start + 500])}
            (await self.on.api.put("/v1/products", json=body)).raise_for_status()

    async def in_store(self, address: str, **params: Any) -> list[dict[str, Any]]:
        """All rows of a list of the store's API."""
        state = (await self.on.store.get("/sandbox/state")).json()
        headers = {"X-Auth-Token": state["access_token"], "Accept": "application/json"}
        rows: list[dict[str, Any]] = []
        page = 1
        while True:
            answer = await self.on.store.get(
                f"/stores/{state['store_hash']}{address}",
                params={**params, "limit": 250, "page": page},
                headers=headers,
            )
            found = answer.raise_for_status().json()
            rows += found["data"]
            if page >= found["meta"]["pagination"]["total_pages"]:
                return rows
            page += 1


@dataclass(frozen=True)
class Case:
    """One integration with some settings, in worlds of some size."""

    name: str
    integration: str
    size: int
    build: Callable[[World], Awaitable[None]]
    look: Callable[[World], Awaitable[View]]
    disturb: Callable[[World, Mapping[str, Item]], Awaitable[set[tuple[str, str]]]]
    """Change some of the store's objects; returns the keys and fields that were touched, all of
    them of items that a plan holds. Touched objects have to be reported."""
    keys: Callable[[World], Awaitable[dict[str, str]]]
    """Keys of listings by their ids."""
    apply: Callable[[View, str, Mapping[str, Any]], None]
    """Make a change of an item in a view."""
    by_subject: bool = True
    """Whether an item is about a listing; else it is about a variant of the store."""
    params: Mapping[str, Any] = field(default_factory=dict)


async def tables(on: Stage) -> dict[str, str]:
    """A fingerprint of every table but those of the runs' own record."""
    found = {}
    async with on.resources.unit_of_work() as uow:
        names = await uow.session.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        )
        for name in list(names):
            if name in OWN_RECORD | BESIDE:
                continue
            found[name] = str(
                await uow.session.scalar(
                    text(
                        "SELECT count(*) || ' ' || coalesce(md5(string_agg(row, '' ORDER BY row)),"
                        f" '') FROM (SELECT md5(t::text) AS row FROM {name} AS t) AS rows"
                    )
                )
            )
    return found


def plain(value: Any) -> Any:
    """A value as it is compared: numbers by what they are worth, blank and absent alike."""
    if value is None or value == "" or value == [] or value == {}:
        return None
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float | Decimal):
        return Decimal(str(value)).normalize()
    if isinstance(value, str):
        try:
            return Decimal(value).normalize() if value[:1] in "-0123456789" else value
        except InvalidOperation:
            return value
    return json.dumps(value, sort_keys=True, default=str)


async def in_order(works: Sequence[Awaitable[Any]], at_once: int = 1) -> None:
    """Do things one after the other, or some at a time where their order means nothing."""
    for start in range(0, len(works), at_once):
        await asyncio.gather(*works[start : start + at_once])

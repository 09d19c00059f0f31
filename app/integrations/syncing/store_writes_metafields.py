"""Metafields of variants: added once, changed afterwards, whatever gets lost on the way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.bigcommerce.client import StoreClient
from app.bigcommerce.errors import MalformedAnswer, Refused, Unreachable
from app.bigcommerce.models.catalog import Metafield
from app.bigcommerce.resources import metafields
from app.bigcommerce.resources.batches import batches
from app.integrations.syncing.batches import deliver
from app.integrations.syncing.texts import METAFIELD
from app.listings.writes_models import ListingWrite

PERMISSION: Final = "app_only"
Place = tuple[int, str, str]
"""Id of the variant, namespace and key."""


@dataclass
class Metafields:
    """Those of ours that the store has, as far as they were asked for."""

    ids: dict[Place, tuple[int, str]] = field(default_factory=dict)
    asked: set[tuple[str, str]] = field(default_factory=set)

    async def send(
        self, client: StoreClient, rows: Sequence[ListingWrite]
    ) -> list[tuple[ListingWrite, Refused]]:
        """Write the values of rows; returns what the store refuses."""
        await self._look(client, {place_of(row)[1:] for row in rows} - self.asked)
        there = [row for row in rows if place_of(row) in self.ids]
        refused: list[tuple[ListingWrite, Refused]] = []
        for batch in batches(there, metafields.BATCH):
            refused += await self._change(client, batch)
        new = [row for row in rows if place_of(row) not in self.ids]
        for batch in batches(new, metafields.BATCH):
            refused += await self._add(client, batch)
        return refused

    async def _change(
        self, client: StoreClient, rows: Sequence[ListingWrite]
    ) -> list[tuple[ListingWrite, Refused]]:
        async def send(batch: Sequence[ListingWrite]) -> None:
            bodies = [{"id": self.ids[place_of(row)][0], **_body(row)} for row in batch]
            await metafields.update_batch(client, "variants", bodies)

        return await deliver(rows, send)

    async def _add(
        self, client: StoreClient, rows: Sequence[ListingWrite]
    ) -> list[tuple[ListingWrite, Refused]]:
        """Add a batch; when its answer is a refusal or lost, look before trying one by one."""
        try:
            answer = await metafields.create_batch(client, "variants", _bodies(rows))
        except (Refused, Unreachable, MalformedAnswer) as error:
            if isinstance(error, Unreachable) and not error.sent:
                raise
            if isinstance(error, Refused) and len(rows) == 1:
                return [(rows[0], error)]
        else:
            self._note(answer.data)
            return []
        await self._look(client, {place_of(row)[1:] for row in rows})
        there = [row for row in rows if place_of(row) in self.ids]
        refused = await self._change(client, there)
        for row in rows:
            if place_of(row) not in self.ids:
                refused += await self._add_one(client, row)
        return refused

    async def _add_one(
        self, client: StoreClient, row: ListingWrite
    ) -> list[tuple[ListingWrite, Refused]]:
        try:
            answer = await metafields.create_batch(client, "variants", _bodies([row]))
        except Refused as error:
            return [(row, error)]
        self._note(answer.data)
        return []

    async def _look(self, client: StoreClient, names: set[tuple[str, str]]) -> None:
        if not names:
            return
        namespaces = sorted({namespace for namespace, _ in names})
        keys = sorted({key for _, key in names})
        self._note(await metafields.named(client, "variants", namespaces, keys))
        self.asked |= names

    def _note(self, found: Iterable[Metafield]) -> None:
        for one in found:
            if one.resource_id is not None:
                self.ids[one.resource_id, one.namespace, one.key] = (one.id, one.value)


def place_of(row: ListingWrite) -> Place:
    """Where a row's value stands in the store."""
    namespace, _, key = row.store_field.removeprefix(METAFIELD).rpartition(".")
    return row.target, namespace, key


def _body(row: ListingWrite) -> dict[str, object]:
    _, namespace, key = place_of(row)
    return {
        "permission_set": PERMISSION,
        "namespace": namespace,
        "key": key,
        "value": row.after["stored"],
    }


def _bodies(rows: Sequence[ListingWrite]) -> list[dict[str, object]]:
    return [{"resource_id": row.target, **_body(row)} for row in rows]

"""Metafields of products and variants: which are to be sent, and sending them, each once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from app.bigcommerce.client import StoreClient
from app.bigcommerce.errors import MalformedAnswer, Refused, Unreachable
from app.bigcommerce.models.catalog import Metafield as Stored
from app.bigcommerce.models.catalog import Product, Variant
from app.bigcommerce.resources import metafields
from app.bigcommerce.resources.batches import batches
from app.bigcommerce.resources.metafields import Owner
from app.integrations.publishing.batches import Candidate
from app.integrations.publishing.plan import Change, Desired, Metafield, Remark, change

Key = tuple[str, int, str, str]
"""Kind of owner, its id in the store, namespace and key."""
PUBLIC = "read_and_sf_access"
PRIVATE = "app_only"
OWNERS: tuple[Owner, ...] = ("products", "variants")


class MetafieldChanges(Protocol):
    """The part of an update that metafields are written to."""

    candidate: Candidate
    metafields: bool
    changes: list[Change]


@dataclass
class Wanted:
    """Metafields of one listing by what they are told apart by."""

    listing_id: UUID
    values: dict[Key, Metafield]
    known: dict[Key, tuple[int, str]]
    """Id and value of those that were sent earlier."""
    remarks: list[Remark] = field(default_factory=list)


def wanted_values(
    desired: Desired, product_id: int, numbers: Mapping[UUID, Variant]
) -> dict[Key, Metafield]:
    """Every metafield that a product and its variants are to have."""
    found: dict[Key, Metafield] = {
        ("products", product_id, *row.name): row for row in desired.metafields
    }
    for variant in desired.variants:
        there = numbers.get(variant.id)
        if there is not None:
            found |= {("variants", there.id, *row.name): row for row in variant.metafields}
    return found


def known_values(kept: Iterable[Sequence[Any]]) -> dict[Key, tuple[int, str]]:
    """What an earlier publication noted."""
    return {
        (owner, int(owner_id), namespace, key): (int(number), value)
        for owner, owner_id, namespace, key, value, number in kept
    }


def metafield_changes(
    update: MetafieldChanges, live: Product, numbers: Mapping[UUID, Variant]
) -> None:
    """Compare with what was sent earlier; reading them would take a request per product."""
    before = update.candidate.before
    known = known_values(before.metafields if before is not None else [])
    skus = {
        numbers[row.id].id: row.sku
        for row in update.candidate.desired.variants
        if row.id in numbers
    }
    for key, row in wanted_values(update.candidate.desired, live.id, numbers).items():
        there = known.get(key)
        if there is not None and there[1] == row.value:
            continue
        update.metafields = True
        owner, owner_id, namespace, name = key
        place = (
            "bigcommerce_product"
            if owner == "products"
            else f"bigcommerce_variant[{skus.get(owner_id, owner_id)}]"
        )
        update.changes.append(
            change(f"{place}.metafield:{namespace}.{name}", there[1] if there else None, row.value)
        )


@dataclass
class Seen:
    """Metafields that the store has although no publication remembers them: what undo goes back to.

    They are read once for all products, and only if there are names that are not remembered.
    """

    values: dict[Key, tuple[int, str]] = field(default_factory=dict)
    asked: set[tuple[str, str, str]] = field(default_factory=set)

    async def look(self, client: StoreClient, keys: Iterable[Key]) -> None:
        """Read those of these names that were not asked for yet."""
        names = {(owner, namespace, name) for owner, _, namespace, name in keys} - self.asked
        for owner in OWNERS:
            mine = [name for name in names if name[0] == owner]
            if not mine:
                continue
            namespaces = sorted({namespace for _, namespace, _ in mine})
            found = await metafields.named(client, owner, namespaces, sorted({n[2] for n in mine}))
            for row in found:
                key = (owner, row.resource_id or 0, row.namespace, row.key)
                self.values[key] = (row.id, row.value)
        self.asked |= names


def unknown_keys(
    update: MetafieldChanges, live: Product, numbers: Mapping[UUID, Variant]
) -> list[Key]:
    """Metafields that a product is to have and of which nothing is remembered."""
    before = update.candidate.before
    known = known_values(before.metafields if before is not None else [])
    return [
        key for key in wanted_values(update.candidate.desired, live.id, numbers) if key not in known
    ]


async def send_metafields(client: StoreClient, wanted: Sequence[Wanted], *, doubtful: bool) -> None:
    """Create and change metafields, 50 a request, and note their ids in `known`.

    After a lost answer, or one that refused some of a batch, the store is read before anything is
    sent again. What is refused even alone becomes a remark of its listing.
    """
    for owner in OWNERS:
        if doubtful:
            await _read_back(client, owner, wanted)
        new, changed = _missing(owner, wanted)
        again = False
        for batch in batches(new, metafields.BATCH):
            again = not await _create(client, owner, batch) or again
        for batch in batches(changed, metafields.BATCH):
            again = not await _change(client, owner, batch) or again
        if not again:
            continue
        await _read_back(client, owner, wanted)
        new, changed = _missing(owner, wanted)
        for entry, key in new:
            await _alone(client, owner, entry, key)
        for entry, key in changed:
            await _change(client, owner, [(entry, key)])


Entry = tuple[Wanted, Key]


def _missing(owner: Owner, wanted: Sequence[Wanted]) -> tuple[list[Entry], list[Entry]]:
    new: list[Entry] = []
    changed: list[Entry] = []
    for entry in wanted:
        for key, row in entry.values.items():
            if key[0] != owner:
                continue
            if key not in entry.known:
                new.append((entry, key))
            elif entry.known[key][1] != row.value:
                changed.append((entry, key))
    return new, changed


async def _create(client: StoreClient, owner: Owner, batch: Sequence[Entry]) -> bool:
    bodies = [_body(entry.values[key], key) for entry, key in batch]
    try:
        answer = await metafields.create_batch(client, owner, bodies)
    except Refused:
        return False
    except (Unreachable, MalformedAnswer) as error:
        if not error.sent:
            raise
        return False
    _note(owner, answer.data, [entry for entry, _ in batch])
    return all(key in entry.known for entry, key in batch)


async def _alone(client: StoreClient, owner: Owner, entry: Wanted, key: Key) -> None:
    row = entry.values[key]
    try:
        answer = await metafields.create_batch(client, owner, [_body(row, key)])
    except Refused as error:
        text = f"Metafield {row.namespace}.{row.key} was not saved: {error.for_merchant}"
        entry.remarks.append(Remark("metafield_refused", text, f"metafield:{row.key}"[:200]))
        return
    _note(owner, answer.data, [entry])


async def _change(client: StoreClient, owner: Owner, batch: Sequence[Entry]) -> bool:
    bodies = [{"id": entry.known[key][0], "value": entry.values[key].value} for entry, key in batch]
    try:
        await metafields.update_batch(client, owner, bodies)
    except Refused as error:
        if len(batch) > 1:
            return False
        entry, key = batch[0]
        text = f"Metafield {key[2]}.{key[3]} was not changed: {error.for_merchant}"
        entry.remarks.append(Remark("metafield_refused", text, f"metafield:{key[3]}"[:200]))
        return True
    for entry, key in batch:
        entry.known[key] = (entry.known[key][0], entry.values[key].value)
    return True


def _body(row: Metafield, key: Key) -> dict[str, object]:
    return {
        "resource_id": key[1],
        "permission_set": PUBLIC if row.public else PRIVATE,
        "namespace": row.namespace,
        "key": row.key,
        "value": row.value,
    }


async def _read_back(client: StoreClient, owner: Owner, wanted: Sequence[Wanted]) -> None:
    keys = [key for entry in wanted for key in entry.values if key[0] == owner]
    if not keys:
        return
    namespaces = sorted({key[2] for key in keys})
    names = sorted({key[3] for key in keys})
    found = await metafields.named(client, owner, namespaces, names)
    _note(owner, found, wanted)


def _note(owner: Owner, found: Iterable[Stored], wanted: Sequence[Wanted]) -> None:
    places = {key: entry for entry in wanted for key in entry.values if key[0] == owner}
    for row in found:
        key: Key = (owner, row.resource_id or 0, row.namespace, row.key)
        if key in places:
            places[key].known[key] = (row.id, row.value)

"""Sending the rows of one request, and what the store then has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from app.bigcommerce.client import StoreClient
from app.bigcommerce.errors import AccessLost, NotFound, Refused
from app.bigcommerce.resources import inventory, products, variants
from app.bigcommerce.wire import Answer
from app.core.uow import UnitOfWork
from app.integrations.batches import code_of, deliver
from app.integrations.sync_diff import OF_PRODUCT, OF_VARIANT
from app.integrations.sync_known import LEVEL, MONEY
from app.listings.kinds import Health
from app.listings.synced import (
    Level,
    Noted,
    StatusNote,
    note_ownership,
    note_statuses,
    note_sums,
    note_values,
)
from app.listings.writes import Batch, Refusal
from app.listings.writes_models import ListingWrite, Route

DEFAULT_LOCATION: Final = 1
REASON: Final = "Stock level sent by the listing sync"


@dataclass
class Sent:
    """What became of a request's rows."""

    refused: dict[UUID, Refusal] = field(default_factory=dict)
    partly: list[str] = field(default_factory=list)
    """Sentences about what the store saved only in part (207)."""


@dataclass(frozen=True)
class _Target:
    """One object of the store with all that is written of it."""

    id: int
    rows: tuple[ListingWrite, ...]

    def body(self) -> dict[str, object]:
        """What a catalogue request says of it."""
        return {"id": self.id, **{row.store_field: stored_value(row) for row in self.rows}}

    def adjustment(self, location: int) -> dict[str, object]:
        """What a stock request says of it."""
        row = self.rows[0]
        identity = "product_id" if row.store_field == OF_PRODUCT else "variant_id"
        return {"location_id": location, identity: self.id, "quantity": stored_value(row)}


def stored_value(row: ListingWrite) -> Any:
    """The value that a row sends."""
    value = row.after["stored"]
    if row.store_field in MONEY and value is not None:
        return Decimal(str(value))
    return value


async def send_batch(client: StoreClient, batch: Batch, location: int) -> Sent:
    """Send a batch; everything the store takes arrives, the rest is refused row by row.

    All requests set absolute values, so a batch may be sent again after a time-out or a crash.
    """
    sent = Sent()

    async def send(targets: Sequence[_Target]) -> None:
        answer = await _request(client, batch.route, targets, location)
        if answer is not None and answer.partly_saved is not None:
            sent.partly.append(answer.partly_saved.for_merchant)

    for target, error in await deliver(_targets(batch.rows), send):
        sent.refused.update(_refusals(target, error))
    return sent


async def _request(
    client: StoreClient, route: Route, targets: Sequence[_Target], location: int
) -> Answer[Any] | None:
    match route:
        case Route.INVENTORY:
            adjustments = [target.adjustment(location) for target in targets]
            await inventory.adjust_absolute(client, adjustments, reason=REASON)
            return None
        case Route.VARIANT:
            return await variants.update_batch(client, [target.body() for target in targets])
        case Route.PRODUCT:
            return await products.update_batch(client, [target.body() for target in targets])
        case Route.DELETION:
            await products.delete(client, [target.id for target in targets])
            return None


def _targets(rows: Iterable[ListingWrite]) -> list[_Target]:
    found: dict[tuple[int, bool], list[ListingWrite]] = {}
    for row in rows:
        found.setdefault((row.target, row.store_field == OF_VARIANT), []).append(row)
    return [_Target(target, tuple(group)) for (target, _), group in found.items()]


def _refusals(target: _Target, error: Refused) -> dict[UUID, Refusal]:
    """The reason for every row of a target; a row of a field that the store names comes first."""
    named = set(error.fields)
    return {
        row.id: Refusal(
            code_of(error)
            if not named or row.store_field in named or not _any_named(target, named)
            else "refused_together",
            error.for_merchant,
        )
        for row in target.rows
    }


def _any_named(target: _Target, named: set[str]) -> bool:
    return any(row.store_field in named for row in target.rows)


async def stock_location(client: StoreClient) -> tuple[int, int]:
    """Return the id of the place that stock is written to, and how many places hold stock."""
    try:
        found = [place for place in await inventory.locations(client) if place.enabled]
    except (AccessLost, NotFound):
        # Without the scope for locations there is still the one that every store begins with.
        return DEFAULT_LOCATION, 1
    chosen = next((place for place in found if place.is_default), None)
    if chosen is None:
        ids = sorted(place.id for place in found) or [DEFAULT_LOCATION]
        return (DEFAULT_LOCATION if DEFAULT_LOCATION in ids else ids[0]), len(found)
    return chosen.id, len(found)


async def note_sent(uow: UnitOfWork, rows: Sequence[ListingWrite]) -> None:
    """Record in our rows what the store has acknowledged."""
    await note_values(uow, [noted for row in rows for noted in _noted(row)])
    await note_sums(uow, {row.listing_id for row in rows if row.store_field == OF_VARIANT})
    for name in MONEY:
        mine = [
            row
            for row in rows
            if row.store_field == name and row.route == Route.VARIANT and row.variant_id
        ]
        await note_ownership(
            uow,
            name,
            own=[
                row.variant_id for row in mine if row.variant_id and stored_value(row) is not None
            ],
            inherited=[
                row.variant_id for row in mine if row.variant_id and stored_value(row) is None
            ],
        )
    await note_statuses(uow, [status_note(row) for row in rows if row.note and "facts" in row.note])


def _noted(row: ListingWrite) -> list[Noted]:
    name = LEVEL if row.store_field in (OF_VARIANT, OF_PRODUCT) else row.store_field
    if name != LEVEL and name not in MONEY:
        return []
    shown = row.after["shown"]
    value = shown if shown is None or name == LEVEL else Decimal(str(shown))
    found = []
    if row.variant_id is not None and not _of_whole_only(row):
        found.append(Noted(Level.VARIANT, row.variant_id, name, value))
    if row.route == Route.PRODUCT or row.store_field == OF_PRODUCT:
        found.append(Noted(Level.LISTING, row.listing_id, name, value))
    return found


def _of_whole_only(row: ListingWrite) -> bool:
    """Whether a stock row speaks of a product with several choices, not of its first variant."""
    return bool(row.note and row.note.get("whole"))


def status_note(row: ListingWrite) -> StatusNote:
    """What a row's note says about the listing."""
    note = row.note or {}
    health = note.get("health")
    return StatusNote(
        row.listing_id,
        note.get("facts", {}),
        Health(health) if health else None,
        note.get("carried_out"),
        note.get("attention", {}),
    )

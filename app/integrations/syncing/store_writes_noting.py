"""What the store has acknowledged becomes what it is known to have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from app.core.uow import UnitOfWork
from app.integrations.syncing.diff import OF_PRODUCT, OF_VARIANT
from app.integrations.syncing.known import LEVEL, MONEY
from app.integrations.syncing.store_writes import stored_value
from app.integrations.syncing.texts import CUSTOM_FIELD
from app.listings.kinds import Health
from app.listings.synced import (
    Level,
    Noted,
    StatusNote,
    note_custom_fields,
    note_ownership,
    note_statuses,
    note_sums,
    note_values,
)
from app.listings.writes_models import ListingWrite, Route


async def note_sent(
    uow: UnitOfWork, rows: Sequence[ListingWrite], levels: Mapping[UUID, int]
) -> None:
    """Record in our rows what the store has acknowledged; `levels` it shows in place of others."""
    await note_values(uow, [noted for row in rows for noted in _noted(row, levels)])
    await note_custom_fields(
        uow,
        [
            (row.listing_id, row.store_field.removeprefix(CUSTOM_FIELD), row.after["stored"])
            for row in rows
            if row.store_field.startswith(CUSTOM_FIELD)
        ],
    )
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


def _noted(row: ListingWrite, levels: Mapping[UUID, int]) -> list[Noted]:
    name = LEVEL if row.store_field in (OF_VARIANT, OF_PRODUCT) else row.store_field
    if name != LEVEL and name not in MONEY:
        return []
    shown = levels.get(row.id, row.after["shown"])
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

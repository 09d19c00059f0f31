"""Where a listing stands and where it is to go.

A wish is kept as a pending change, which the right run carries out and acknowledges. Pausing is
the exception: it freezes the listing at once, whatever is pending, and touches no store.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import select, text

from app.core.uow import UnitOfWork
from app.listings.errors import NotInStore
from app.listings.kinds import DELETED_IN_STORE, Health, Pending
from app.listings.models import Listing

Wish = Literal["listed", "hidden", "paused", "delisted"]


@dataclass(frozen=True)
class Standing:
    """Health, pending change, and what the store was last seen to have."""

    health: Health
    pending: Pending | None
    in_store: bool
    visible: bool = True


@dataclass(frozen=True)
class PendingListing:
    """A listing with something to do; `version` is what `acknowledge` compares."""

    listing_id: UUID
    pending: Pending
    health: Health
    version: int
    external_id: str | None
    sku: str | None


@dataclass(frozen=True)
class Acknowledgement:
    """What the store confirmed: the health it has now, and whether the product is visible.

    None leaves a value alone. `version` is the listing's when the work on it began.
    """

    listing_id: UUID
    version: int
    health: Health | None = None
    visible: bool | None = None


def standing_of(listing: Listing) -> Standing:
    """Return where a listing stands."""
    gone = listing.health == Health.DELISTED or DELETED_IN_STORE in listing.import_attention
    return Standing(
        Health(listing.health),
        Pending(listing.pending) if listing.pending else None,
        listing.external_id is not None and not gone,
        bool(listing.store_facts.get("is_visible", True)),
    )


def after_wish(standing: Standing, to: Wish) -> Standing:
    """Return the standing after a wish; raises `NotInStore` where there is nothing to change."""
    if to == "paused":
        if standing.health is Health.DELISTED:
            raise NotInStore("The product was deleted in the store; there is nothing to pause.")
        return _with(standing, Health.PAUSED, standing.pending)
    health = _thawed(standing)
    if to == "listed":
        if not standing.in_store:
            return _with(standing, health, Pending.PUBLISHED)
        return _with(standing, health, None if health is Health.LISTED else Pending.LISTED)
    if not standing.in_store:
        raise NotInStore(f"The listing is not in the store, so it cannot be {to}.")
    if to == "hidden":
        return _with(standing, health, None if health is Health.HIDDEN else Pending.HIDDEN)
    return _with(standing, health, Pending.DELISTED)


def _with(standing: Standing, health: Health, pending: Pending | None) -> Standing:
    return Standing(health, pending, standing.in_store, standing.visible)


def _thawed(standing: Standing) -> Health:
    """The health that a paused listing comes back with."""
    if standing.health is not Health.PAUSED:
        return standing.health
    if not standing.in_store:
        return Health.NOT_LISTED
    return Health.LISTED if standing.visible else Health.HIDDEN


async def pending_changes(
    uow: UnitOfWork,
    channel_id: UUID,
    *,
    among: Collection[Pending] | None = None,
    listing_ids: Collection[UUID] | None = None,
    after: UUID | None = None,
    limit: int = 500,
) -> list[PendingListing]:
    """Return listings with a pending change, by id; paused ones are frozen and left out."""
    query = select(Listing).where(
        Listing.channel_id == channel_id,
        Listing.pending.is_not(None),
        Listing.health != Health.PAUSED.value,
    )
    if among is not None:
        query = query.where(Listing.pending.in_([item.value for item in among]))
    if listing_ids is not None:
        query = query.where(Listing.id.in_(listing_ids))
    if after is not None:
        query = query.where(Listing.id > after)
    rows = await uow.session.scalars(query.order_by(Listing.id).limit(limit))
    return [
        PendingListing(
            row.id, Pending(row.pending), Health(row.health), row.version, row.external_id, row.sku
        )
        for row in rows
        if row.pending is not None
    ]


_ACKNOWLEDGE = text("""
    UPDATE listings SET
        health = CASE WHEN listings.health = 'paused' THEN listings.health
                      ELSE coalesce(a.health, listings.health) END,
        store_facts = CASE WHEN a.visible IS NULL THEN listings.store_facts
                           ELSE listings.store_facts || jsonb_build_object('is_visible', a.visible)
                      END,
        pending = CASE WHEN listings.version = a.version THEN NULL ELSE listings.pending END,
        version = listings.version + 1,
        updated_at = :now
    FROM (
        SELECT l.id, l.version AS present, a.version, a.health, a.visible
        FROM unnest(
            CAST(:ids AS uuid[]), CAST(:versions AS integer[]), CAST(:healths AS text[]),
            CAST(:visibles AS boolean[])
        ) AS a(id, version, health, visible)
        JOIN listings l ON l.id = a.id
        ORDER BY l.channel_id, l.external_number, l.id
        FOR UPDATE OF l
    ) a
    WHERE listings.id = a.id
    RETURNING listings.id, a.present = a.version
""")


async def acknowledge(uow: UnitOfWork, done: Sequence[Acknowledgement]) -> set[UUID]:
    """Note what the store confirmed, and clear what was pending; return whose was cleared.

    A listing that was changed since its version was read keeps its pending change, so that an
    edit made during a run is carried out by the next.
    """
    if not done:
        return set()
    chosen = {item.listing_id: item for item in done}
    rows = await uow.session.execute(
        _ACKNOWLEDGE,
        {
            "ids": list(chosen),
            "versions": [item.version for item in chosen.values()],
            "healths": [item.health.value if item.health else None for item in chosen.values()],
            "visibles": [item.visible for item in chosen.values()],
            "now": uow.clock.now(),
        },
    )
    return {listing_id for listing_id, cleared in rows if cleared}


async def apply_wishes(uow: UnitOfWork, wishes: Mapping[UUID, Wish]) -> dict[UUID, Standing]:
    """Set what status rules want; return the listings that changed.

    Paused listings are frozen, and wishes that a listing cannot follow are passed over.
    """
    if not wishes:
        return {}
    rows = await uow.session.scalars(
        select(Listing)
        .where(Listing.id.in_(list(wishes)), Listing.health != Health.PAUSED.value)
        .order_by(Listing.channel_id, Listing.external_number, Listing.id)
        .with_for_update()
    )
    found: dict[UUID, Standing] = {}
    for row in rows:
        try:
            standing = after_wish(standing_of(row), wishes[row.id])
        except NotInStore:
            continue
        if take_standing(uow, row, standing):
            found[row.id] = standing
    await uow.session.flush()
    return found


def take_standing(uow: UnitOfWork, listing: Listing, standing: Standing) -> bool:
    """Write a standing to a locked row; return whether anything changed."""
    pending = standing.pending.value if standing.pending else None
    if (listing.health, listing.pending) == (standing.health.value, pending):
        return False
    listing.health = standing.health.value
    listing.pending = pending
    listing.version += 1
    listing.updated_at = uow.clock.now()
    return True

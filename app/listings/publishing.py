"""Queries of publishing: which listings are to be published, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core.ids import new_id
from app.core.uow import UnitOfWork
from app.listings.kinds import Health
from app.listings.models import Listing
from app.listings.publishing_models import ListingImage, ListingPublication, PublicationStatus

PENDING_PUBLICATION: Final = ("published", "overwrite")
"""Pending changes that a publication carries out."""
OVERWRITE: Final = "overwrite"
PRODUCT: Final = "product"
"""Owner of a product's pictures in `listing_images`."""
UNCOUNTED: Final = "uncounted"
"""Kept with a publication: we left the stock uncounted in the store, because it was not known."""
OPEN: Final = tuple(
    status.value
    for status in (
        PublicationStatus.PLANNED,
        PublicationStatus.SENDING,
        PublicationStatus.FINISHING,
    )
)


@dataclass(frozen=True)
class Choice:
    """Which listings of a channel a run is about; `only` names them one by one."""

    channel_id: UUID
    overwrite: bool
    only: tuple[UUID, ...] | None = None


def _chosen(choice: Choice) -> Select[UUID]:
    query = select(Listing.id).where(Listing.channel_id == choice.channel_id)
    if choice.only is not None:
        return query.where(Listing.id.in_(choice.only))
    unlisted = Listing.external_number.is_(None) & (Listing.health == Health.NOT_LISTED.value)
    shown = Listing.health.in_((Health.LISTED.value, Health.HIDDEN.value))
    in_store = Listing.external_number.is_not(None) & shown
    # An edit may wait behind another pending change.
    edited = Listing.unsent & in_store
    wanted = [unlisted, Listing.pending.in_(PENDING_PUBLICATION), edited]
    if choice.overwrite:
        wanted.append(in_store)
    return query.where(or_(*wanted), Listing.health != Health.PAUSED.value)


async def count_chosen(uow: UnitOfWork, choice: Choice) -> int:
    """Count the listings of a choice."""
    query = select(func.count()).select_from(_chosen(choice).subquery())
    return int(await uow.session.scalar(query) or 0)


async def chosen_after(
    uow: UnitOfWork, choice: Choice, after: UUID | None, limit: int
) -> list[UUID]:
    """Return the next listings of a choice, by id."""
    query = _chosen(choice).order_by(Listing.id).limit(limit)
    if after is not None:
        query = query.where(Listing.id > after)
    return list(await uow.session.scalars(query))


async def listings_by_id(uow: UnitOfWork, listing_ids: Sequence[UUID]) -> list[Listing]:
    """Return listings in the order of their ids."""
    query = select(Listing).where(Listing.id.in_(listing_ids)).order_by(Listing.id)
    return list(await uow.session.scalars(query))


async def stands_for(
    uow: UnitOfWork, channel_id: UUID, number: int, *, besides: UUID, since: datetime
) -> bool:
    """Whether another listing stood for a product of the store before a moment."""
    query = select(Listing.id).where(
        Listing.channel_id == channel_id,
        Listing.external_number == number,
        Listing.id != besides,
        Listing.first_seen_at < since,
    )
    return await uow.session.scalar(query.limit(1)) is not None


async def open_publications(uow: UnitOfWork, run_id: UUID) -> dict[UUID, ListingPublication]:
    """Return what a run has begun and not finished, by listing."""
    rows = await uow.session.scalars(
        select(ListingPublication)
        .where(ListingPublication.run_id == run_id, ListingPublication.status.in_(OPEN))
        .order_by(ListingPublication.listing_id)
    )
    return {row.listing_id: row for row in rows}


async def publications_of(
    uow: UnitOfWork, listing_ids: Sequence[UUID]
) -> dict[UUID, ListingPublication]:
    """Return the last publication of each of these listings, by whichever run."""
    if not listing_ids:
        return {}
    rows = await uow.session.scalars(
        select(ListingPublication).where(ListingPublication.listing_id.in_(listing_ids))
    )
    return {row.listing_id: row for row in rows}


async def uncounted_here(uow: UnitOfWork, listing_ids: Sequence[UUID]) -> set[UUID]:
    """Return those of the listings whose stock the store does not count because we left it so."""
    if not listing_ids:
        return set()
    rows = await uow.session.scalars(
        select(ListingPublication.listing_id).where(
            ListingPublication.listing_id.in_(listing_ids),
            ListingPublication.sent.has_key(UNCOUNTED),
        )
    )
    return set(rows)


async def write_publications(uow: UnitOfWork, rows: list[dict[str, Any]]) -> None:
    """Write down what is going to be published; a listing has one row, the latest."""
    if not rows:
        return
    statement = insert(ListingPublication)
    await uow.session.execute(
        statement.on_conflict_do_update(
            index_elements=["listing_id"],
            set_={name: statement.excluded[name] for name in rows[0] if name != "listing_id"},
        ),
        sorted(rows, key=lambda row: str(row["listing_id"])),
    )


async def set_publication(
    uow: UnitOfWork, listing_ids: Iterable[UUID], status: PublicationStatus, **values: Any
) -> None:
    """Move publications to a status."""
    ids = sorted(set(listing_ids))
    if ids:
        await uow.session.execute(
            update(ListingPublication)
            .where(ListingPublication.listing_id.in_(ids))
            .values(status=status.value, **values)
        )


async def images_of(
    uow: UnitOfWork, listing_ids: Sequence[UUID]
) -> dict[UUID, dict[tuple[str, str], ListingImage]]:
    """Return the pictures of listings that were sent, by listing, owner and source."""
    found: dict[UUID, dict[tuple[str, str], ListingImage]] = {}
    if listing_ids:
        rows = await uow.session.scalars(
            select(ListingImage).where(ListingImage.listing_id.in_(listing_ids))
        )
        for row in rows:
            found.setdefault(row.listing_id, {})[(row.owner, row.source)] = row
    return found


async def remember_images(
    uow: UnitOfWork,
    listing_id: UUID,
    owner: str,
    numbers: Mapping[str, int | None],
    present: Sequence[int] = (),
) -> None:
    """Write down which image of the store came from which source."""
    if not numbers:
        return
    statement = insert(ListingImage)
    await uow.session.execute(
        statement.on_conflict_do_update(
            index_elements=["listing_id", "owner", "source"],
            set_={
                "external_number": statement.excluded.external_number,
                "present": statement.excluded.present,
            },
        ),
        [
            {
                "id": new_id(),
                "listing_id": listing_id,
                "owner": owner,
                "source": source,
                "external_number": number,
                "present": list(present),
            }
            for source, number in sorted(numbers.items())
        ],
    )


async def forget_images(
    uow: UnitOfWork, listing_id: UUID, owner: str, sources: Sequence[str]
) -> None:
    """Forget pictures that are no longer in the store."""
    if sources:
        await uow.session.execute(
            delete(ListingImage).where(
                ListingImage.listing_id == listing_id,
                ListingImage.owner == owner,
                ListingImage.source.in_(sources),
            )
        )


async def forget_publication(uow: UnitOfWork, listing_id: UUID) -> None:
    """Forget all that is remembered of a product that is no longer in the store."""
    for table in (ListingImage, ListingPublication):
        await uow.session.execute(delete(table).where(table.listing_id == listing_id))


async def set_memory(
    uow: UnitOfWork, listing_id: UUID, sent: Mapping[str, Any], metafields: list[list[Any]]
) -> None:
    """Replace what the next publication is to know of the ones before."""
    await uow.session.execute(
        update(ListingPublication)
        .where(ListingPublication.listing_id == listing_id)
        .values(sent=dict(sent), metafields=metafields)
    )

"""Queries of listings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, Table, bindparam, delete, func, select, text, union_all, update
from sqlalchemy.dialects.postgresql import insert

from app.channels.models import Channel
from app.core.errors import NotFound
from app.core.uow import UnitOfWork
from app.listings.drafts import Link
from app.listings.kinds import DELETED_IN_STORE, Health, LinkStatus
from app.listings.models import Listing, ListingVariant

LISTINGS: Final[Table] = Listing.metadata.tables["listings"]
VARIANTS: Final[Table] = Listing.metadata.tables["listing_variants"]

Stored = Mapping[str, Any]


async def lock_channel_listings(uow: UnitOfWork, channel_id: UUID) -> None:
    """Wait until no other transaction imports into the channel; held until the commit."""
    await uow.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"),
        {"name": f"listings:{channel_id}"},
    )


async def stored_listings(
    uow: UnitOfWork, channel_id: UUID, external_ids: Sequence[int], *, lock: bool
) -> dict[int, Stored]:
    """Return the rows of store products, by external id."""
    query = (
        select(LISTINGS)
        .where(LISTINGS.c.channel_id == channel_id, LISTINGS.c.external_number.in_(external_ids))
        .order_by(LISTINGS.c.external_number)
    )
    rows = (await uow.session.execute(query.with_for_update() if lock else query)).mappings()
    return {row["external_number"]: dict(row) for row in rows}


async def stored_variants(
    uow: UnitOfWork, listing_ids: Sequence[UUID]
) -> dict[UUID, dict[int, Stored]]:
    """Return the variants of listings that the store has, by listing and external id."""
    if not listing_ids:
        return {}
    rows = await uow.session.execute(
        select(VARIANTS).where(
            VARIANTS.c.listing_id.in_(listing_ids), VARIANTS.c.external_number.is_not(None)
        )
    )
    found: dict[UUID, dict[int, Stored]] = {}
    for row in rows.mappings():
        found.setdefault(row["listing_id"], {})[row["external_number"]] = dict(row)
    return found


async def tie_variants(uow: UnitOfWork, skus: Mapping[UUID, Mapping[str, int]]) -> bool:
    """Tie variants that are not in the store, as far as we know, to those of the store.

    `skus` are the store's, in lower case, with their ids, by listing. Returns whether there were
    any.
    """
    wanted = [listing_id for listing_id, found in skus.items() if found]
    if not wanted:
        return False
    rows = await uow.session.execute(
        select(VARIANTS.c.id, VARIANTS.c.listing_id, func.lower(VARIANTS.c.sku).label("sku"))
        .where(VARIANTS.c.listing_id.in_(wanted), VARIANTS.c.external_number.is_(None))
        .order_by(VARIANTS.c.id)
    )
    ties = {
        number: {"of": row.id, "text": str(number), "number": number}
        for row in rows
        if (number := skus[row.listing_id].get(row.sku or "")) is not None
    }
    if ties:
        await uow.session.execute(_TIE, list(ties.values()))
    return bool(ties)


_TIE: Final = (
    update(VARIANTS)
    .where(VARIANTS.c.id == bindparam("of"))
    .values(external_id=bindparam("text"), external_number=bindparam("number"))
)


async def upsert_listings(uow: UnitOfWork, rows: list[dict[str, Any]]) -> dict[UUID, UUID]:
    """Write whole rows, keyed by channel and external id; return given id → id in the table."""
    if not rows:
        return {}
    statement = insert(LISTINGS)
    result = await uow.session.execute(
        statement.on_conflict_do_update(
            index_elements=["channel_id", "external_id"],
            set_=_excluded(statement, rows[0], keep=("id", "account_id")),
        ).returning(LISTINGS.c.external_number, LISTINGS.c.id),
        rows,
    )
    ids = {row.external_number: row.id for row in result}
    return {row["id"]: ids[row["external_number"]] for row in rows}


async def upsert_variants(uow: UnitOfWork, rows: list[dict[str, Any]]) -> None:
    """Write whole rows, keyed by channel and external id."""
    if not rows:
        return
    statement = insert(VARIANTS)
    rows.sort(key=lambda row: row["external_number"])
    await uow.session.execute(
        statement.on_conflict_do_update(
            index_elements=["channel_id", "external_id"],
            set_=_excluded(statement, rows[0], keep=("id", "account_id")),
        ),
        rows,
    )


def _excluded(statement: Any, row: Stored, keep: tuple[str, ...]) -> dict[str, Any]:
    fixed = {*keep, "channel_id", "external_id"}
    return {column: statement.excluded[column] for column in row if column not in fixed}


async def delete_variants(uow: UnitOfWork, ids: Sequence[UUID]) -> None:
    """Delete variants that the store no longer has."""
    if ids:
        await uow.session.execute(delete(VARIANTS).where(VARIANTS.c.id.in_(ids)))


async def vanished_between(
    uow: UnitOfWork, channel_id: UUID, *, after: int, up_to: int | None, present: Collection[int]
) -> list[int]:
    """Return live listings in the id range (after, up_to] that the store did not return."""
    query = select(LISTINGS.c.external_number).where(
        *_live(channel_id), LISTINGS.c.external_number > after
    )
    if up_to is not None:
        query = query.where(LISTINGS.c.external_number <= up_to)
    found = await uow.session.scalars(query.order_by(LISTINGS.c.external_number))
    there = set(present)
    return [number for number in found if number not in there]


async def count_live(uow: UnitOfWork, channel_id: UUID) -> int:
    """Count the channel's listings that were in the store at the last look."""
    query = select(func.count()).select_from(LISTINGS).where(*_live(channel_id))
    return int(await uow.session.scalar(query) or 0)


def _live(channel_id: UUID) -> tuple[Any, ...]:
    return (
        LISTINGS.c.channel_id == channel_id,
        LISTINGS.c.external_number.is_not(None),
        LISTINGS.c.health != Health.DELISTED.value,
    )


async def mark_deleted(uow: UnitOfWork, channel_id: UUID, external_ids: Iterable[int]) -> int:
    """Note that products are gone from the store; return how many listings that concerned."""
    concerned = select(LISTINGS.c.id).where(
        *_live(channel_id), LISTINGS.c.external_number.in_(sorted(set(external_ids)))
    )
    ids = list(await uow.session.scalars(_locked(concerned)))
    if not ids:
        return 0
    await uow.session.execute(
        update(LISTINGS)
        .where(LISTINGS.c.id.in_(ids))
        .values(
            health=Health.DELISTED.value,
            import_attention=[DELETED_IN_STORE],
            version=LISTINGS.c.version + 1,
            updated_at=uow.clock.now(),
        )
    )
    return len(ids)


def _locked(query: Select[Any]) -> Select[Any]:
    """Lock in the order in which imports do, so that nobody waits in a circle."""
    return query.order_by(
        LISTINGS.c.channel_id, LISTINGS.c.external_number, LISTINGS.c.id
    ).with_for_update()


async def set_links(uow: UnitOfWork, links: Iterable[Link]) -> int:
    """Store what linking found; return how many listings changed. Equal rows are not written."""
    rows = [
        {
            "of": link.listing_id,
            "new_status": link.status.value,
            "new_product": link.product_id if link.status is LinkStatus.LINKED else None,
            "new_sku": link.product_sku if link.status is LinkStatus.LINKED else None,
            "now": uow.clock.now(),
        }
        for link in sorted(links, key=lambda link: link.listing_id)
    ]
    if not rows:
        return 0
    present = select(
        LISTINGS.c.id, LISTINGS.c.link_status, LISTINGS.c.product_id, LISTINGS.c.product_sku
    ).where(LISTINGS.c.id.in_([row["of"] for row in rows]))
    current = await uow.session.execute(_locked(present))
    known = {row.id: (row.link_status, row.product_id, row.product_sku) for row in current}
    changed = [
        row
        for row in rows
        if row["of"] in known
        and known[row["of"]] != (row["new_status"], row["new_product"], row["new_sku"])
    ]
    if changed:
        await uow.session.execute(_LINK, changed)
    return len(changed)


_LINK: Final = (
    update(LISTINGS)
    .where(LISTINGS.c.id == bindparam("of"))
    .values(
        link_status=bindparam("new_status"),
        product_id=bindparam("new_product"),
        product_sku=bindparam("new_sku"),
        version=LISTINGS.c.version + 1,
        updated_at=bindparam("now"),
    )
)


def listings_of(
    account_id: UUID,
    *,
    channel_id: UUID | None = None,
    sku: str | None = None,
    health: Health | None = None,
    linked: bool | None = None,
) -> Select[Listing]:
    """Select an account's listings, by id; `sku` is its own, its product's or a variant's."""
    alive = select(Channel.id).where(Channel.account_id == account_id, Channel.deleted_at.is_(None))
    query = select(Listing).where(Listing.account_id == account_id, Listing.channel_id.in_(alive))
    if channel_id is not None:
        query = query.where(Listing.channel_id == channel_id)
    if sku is not None:
        query = query.where(Listing.id.in_(_with_sku(account_id, sku)))
    if health is not None:
        query = query.where(Listing.health == health.value)
    if linked is not None:
        is_linked = Listing.link_status == LinkStatus.LINKED.value
        query = query.where(is_linked if linked else ~is_linked)
    return query.order_by(Listing.id)


def _with_sku(account_id: UUID, sku: str) -> Any:
    wanted = func.lower(sku)
    return union_all(
        select(LISTINGS.c.id).where(
            LISTINGS.c.account_id == account_id, func.lower(LISTINGS.c.sku) == wanted
        ),
        select(LISTINGS.c.id).where(
            LISTINGS.c.account_id == account_id, func.lower(LISTINGS.c.product_sku) == wanted
        ),
        select(VARIANTS.c.listing_id).where(
            VARIANTS.c.account_id == account_id, func.lower(VARIANTS.c.sku) == wanted
        ),
    )


async def get_listing(
    uow: UnitOfWork, account_id: UUID, listing_id: UUID, *, lock: bool = False
) -> Listing:
    """Return a listing of the account; raises `NotFound`."""
    query = listings_of(account_id).where(Listing.id == listing_id)
    found = await uow.session.scalar(query.with_for_update(of=Listing) if lock else query)
    if found is None:
        raise NotFound("There is no listing with that id.")
    return found


async def variants_of(
    uow: UnitOfWork, listing_ids: Sequence[UUID]
) -> dict[UUID, list[ListingVariant]]:
    """Return the variants of listings, in the store's order, with one query."""
    found: dict[UUID, list[ListingVariant]] = {listing_id: [] for listing_id in listing_ids}
    if listing_ids:
        rows = await uow.session.scalars(
            select(ListingVariant)
            .where(ListingVariant.listing_id.in_(listing_ids))
            .order_by(ListingVariant.listing_id, ListingVariant.position, ListingVariant.id)
        )
        for row in rows:
            found[row.listing_id].append(row)
    return found

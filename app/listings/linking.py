"""Queries of linking: listings without a product in the store, and what becomes of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, bindparam, case, delete, func, select, update
from sqlalchemy.dialects.postgresql import JSONB

from app.core.uow import UnitOfWork
from app.listings.columns import AMOUNTS, IDENTIFIERS
from app.listings.kinds import Health, LinkStatus, Pending
from app.listings.repository import LISTINGS, VARIANTS, Stored
from app.mapping.ownership import EVERYTHING

_IDENTIFIERS: Final = ("sku", *IDENTIFIERS)
_UNLINKED: Final = (LinkStatus.UNLINKED.value, LinkStatus.AMBIGUOUS.value)


@dataclass(frozen=True)
class UnlinkedVariant:
    """A variant's id, identifiers and options."""

    id: UUID
    identifiers: Mapping[str, str | None]
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Unlinked:
    """A listing that was built here and is not tied to a product of the store."""

    id: UUID
    product_id: UUID | None
    product_sku: str | None
    identifiers: Mapping[str, str | None]
    variants: tuple[UnlinkedVariant, ...]


@dataclass(frozen=True)
class AdoptedVariant:
    """What a variant takes over from the store; `values` are keyed by our columns."""

    id: UUID
    external_id: int
    values: Mapping[str, Any]
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Adoption:
    """What a listing takes over when it is linked: ids, health, and what the store has."""

    listing_id: UUID
    external_id: int
    health: Health
    currency: str | None
    values: Mapping[str, Any]
    facts: Mapping[str, Any]
    variants: tuple[AdoptedVariant, ...] = field(default=())


async def unlinked_listings(
    uow: UnitOfWork, channel_id: UUID, only: Collection[UUID] | None = None
) -> list[Unlinked]:
    """Return the channel's listings that are not tied to the store, by id, with their variants."""
    where = [LISTINGS.c.channel_id == channel_id, LISTINGS.c.external_number.is_(None)]
    if only is not None:
        where.append(LISTINGS.c.id.in_(only))
    columns = (LISTINGS.c.id, LISTINGS.c.product_id, LISTINGS.c.product_sku)
    rows = await uow.session.execute(
        select(*columns, *(LISTINGS.c[name] for name in _IDENTIFIERS))
        .where(*where)
        .order_by(LISTINGS.c.id)
    )
    parents = list(rows.mappings())
    variants = await _variants(
        uow, select(VARIANTS).join(LISTINGS, LISTINGS.c.id == VARIANTS.c.listing_id).where(*where)
    )
    return [
        Unlinked(
            row["id"],
            row["product_id"],
            row["product_sku"],
            _identifiers(row),
            tuple(variants.get(row["id"], ())),
        )
        for row in parents
    ]


async def holders(
    uow: UnitOfWork, channel_id: UUID, external_ids: Collection[int]
) -> dict[int, Stored]:
    """Return and lock the listings that stand for products of the store, by external id."""
    rows = await uow.session.execute(
        select(
            LISTINGS.c.id,
            LISTINGS.c.external_number,
            LISTINGS.c.product_id,
            LISTINGS.c.product_sku,
            LISTINGS.c.link_status,
            LISTINGS.c.sku,
        )
        .where(LISTINGS.c.channel_id == channel_id, LISTINGS.c.external_number.in_(external_ids))
        .order_by(LISTINGS.c.channel_id, LISTINGS.c.external_number, LISTINGS.c.id)
        .with_for_update()
    )
    return {row["external_number"]: dict(row) for row in rows.mappings()}


async def still_unlinked(uow: UnitOfWork, listing_ids: Collection[UUID]) -> dict[UUID, Stored]:
    """Return and lock those of the listings that nobody tied to the store in the meantime."""
    rows = await uow.session.execute(
        select(LISTINGS.c.id, LISTINGS.c.health, LISTINGS.c.pending, LISTINGS.c.link_status)
        .where(LISTINGS.c.id.in_(listing_ids), LISTINGS.c.external_number.is_(None))
        .order_by(LISTINGS.c.id)
        .with_for_update()
    )
    return {row["id"]: dict(row) for row in rows.mappings()}


_KNOWN: Final = (*AMOUNTS, "quantity")
_ADOPT: Final = (
    update(LISTINGS)
    .where(LISTINGS.c.id == bindparam("of"))
    .values(
        external_id=bindparam("new_external_id"),
        external_number=bindparam("new_external_number"),
        health=case(
            (LISTINGS.c.health == Health.PAUSED.value, LISTINGS.c.health),
            else_=bindparam("new_health"),
        ),
        pending=func.nullif(LISTINGS.c.pending, Pending.PUBLISHED.value),
        link_status=LinkStatus.LINKED.value,
        own_content=[EVERYTHING],
        currency=bindparam("new_currency"),
        store_facts=bindparam("new_facts", type_=JSONB),
        **{name: bindparam(f"new_{name}") for name in _KNOWN},
        version=LISTINGS.c.version + 1,
        updated_at=bindparam("now"),
    )
)
_ADOPT_VARIANT: Final = (
    update(VARIANTS)
    .where(VARIANTS.c.id == bindparam("of"))
    .values(
        external_id=bindparam("new_external_id"),
        external_number=bindparam("new_external_number"),
        store_facts=bindparam("new_facts", type_=JSONB),
        **{name: bindparam(f"new_{name}") for name in _KNOWN},
        updated_at=bindparam("now"),
    )
)


async def adopt(uow: UnitOfWork, adoptions: Sequence[Adoption]) -> None:
    """Tie listings to products of the store, whose prices and stock are now the last known ones.

    A paused listing stays paused. What was to be published is in the store already, so that wish
    is fulfilled. The content stays ours, and so do the SKUs, whatever the store calls them.
    """
    now = uow.clock.now()
    listings = [
        {
            "of": item.listing_id,
            "new_health": item.health.value,
            "new_currency": item.currency,
            **_known(item.external_id, item.values, item.facts),
            "now": now,
        }
        for item in sorted(adoptions, key=lambda item: item.listing_id)
    ]
    variants = [
        {"of": own.id, **_known(own.external_id, own.values, own.facts), "now": now}
        for item in adoptions
        for own in item.variants
    ]
    if listings:
        await uow.session.execute(_ADOPT, listings)
    if variants:
        await uow.session.execute(_ADOPT_VARIANT, sorted(variants, key=lambda row: str(row["of"])))


def _known(external_id: int, values: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "new_external_id": str(external_id),
        "new_external_number": external_id,
        "new_facts": dict(facts),
        **{f"new_{name}": values[name] for name in _KNOWN},
    }


async def note_link_status(
    uow: UnitOfWork, listing_ids: Collection[UUID], status: LinkStatus
) -> None:
    """Say why listings are not linked; what they were built of stays."""
    if listing_ids:
        await uow.session.execute(
            update(LISTINGS)
            .where(LISTINGS.c.id.in_(listing_ids), LISTINGS.c.link_status != status.value)
            .values(
                link_status=status.value,
                version=LISTINGS.c.version + 1,
                updated_at=uow.clock.now(),
            )
        )


async def retire(uow: UnitOfWork, listing_ids: Collection[UUID]) -> None:
    """Take away built listings whose product of the store another listing stands for."""
    if listing_ids:
        await uow.session.execute(delete(LISTINGS).where(LISTINGS.c.id.in_(listing_ids)))


async def without_product(
    uow: UnitOfWork,
    channel_id: UUID,
    *,
    after: UUID | None,
    limit: int,
    only: Collection[UUID] | None = None,
) -> list[Unlinked]:
    """Return listings of the store that no product of ours belongs to, by id."""
    query = (
        select(LISTINGS.c.id, *(LISTINGS.c[name] for name in _IDENTIFIERS))
        .where(*_without_product(channel_id, only))
        .order_by(LISTINGS.c.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(LISTINGS.c.id > after)
    parents = list((await uow.session.execute(query)).mappings())
    ids = [row["id"] for row in parents]
    variants = await _variants(uow, select(VARIANTS).where(VARIANTS.c.listing_id.in_(ids)))
    return [
        Unlinked(row["id"], None, None, _identifiers(row), tuple(variants.get(row["id"], ())))
        for row in parents
    ]


async def count_without_product(
    uow: UnitOfWork, channel_id: UUID, only: Collection[UUID] | None = None
) -> int:
    """Count the listings of the store that no product of ours belongs to."""
    query = select(func.count()).select_from(LISTINGS).where(*_without_product(channel_id, only))
    return int(await uow.session.scalar(query) or 0)


def _without_product(channel_id: UUID, only: Collection[UUID] | None) -> list[Any]:
    where = [
        LISTINGS.c.channel_id == channel_id,
        LISTINGS.c.external_number.is_not(None),
        LISTINGS.c.product_id.is_(None),
        LISTINGS.c.link_status.in_(_UNLINKED),
        LISTINGS.c.health != Health.DELISTED.value,
    ]
    return where if only is None else [*where, LISTINGS.c.id.in_(only)]


async def linked_products(
    uow: UnitOfWork, channel_id: UUID, product_ids: Collection[UUID]
) -> dict[UUID, UUID]:
    """Return which listing of the store stands for a product on the channel, by product."""
    if not product_ids:
        return {}
    rows = await uow.session.execute(
        select(LISTINGS.c.product_id, LISTINGS.c.id).where(
            LISTINGS.c.channel_id == channel_id,
            LISTINGS.c.product_id.in_(product_ids),
            LISTINGS.c.external_number.is_not(None),
            LISTINGS.c.link_status == LinkStatus.LINKED.value,
        )
    )
    return {row.product_id: row.id for row in rows}


async def _variants(uow: UnitOfWork, query: Select[Any]) -> dict[UUID, list[UnlinkedVariant]]:
    found: dict[UUID, list[UnlinkedVariant]] = {}
    rows = await uow.session.execute(
        query.with_only_columns(
            VARIANTS.c.id,
            VARIANTS.c.listing_id,
            VARIANTS.c.options,
            *(VARIANTS.c[name] for name in _IDENTIFIERS),
        ).order_by(VARIANTS.c.listing_id, VARIANTS.c.position, VARIANTS.c.id)
    )
    for row in rows.mappings():
        own = UnlinkedVariant(row["id"], _identifiers(row), row["options"])
        found.setdefault(row["listing_id"], []).append(own)
    return found


def _identifiers(row: Mapping[Any, Any]) -> dict[str, str | None]:
    return {name: row[name] for name in _IDENTIFIERS}

"""Queries of building: a few statements per call, however many products."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, Table, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.channels.models import Channel
from app.core.uow import UnitOfWork
from app.listings.columns import Row
from app.listings.kinds import Health
from app.listings.repository import LISTINGS, VARIANTS, Stored

Skus = dict[str, set[UUID]]
"""Listings of a channel by SKU in lower case, own or as a variant's."""
AT_ONCE: Final = 1000


@dataclass
class Existing:
    """The listing that a product has on a channel; variants by SKU in lower case."""

    row: Stored
    variants: dict[str, Stored] = field(default_factory=dict)

    @property
    def id(self) -> UUID:
        """The listing's id."""
        found: UUID = self.row["id"]
        return found

    @property
    def in_store(self) -> bool:
        """Whether the store has it, as far as we know."""
        return self.row["external_id"] is not None and self.row["health"] != Health.DELISTED


async def existing_listings(
    uow: UnitOfWork, channel_id: UUID, product_ids: Collection[UUID]
) -> dict[UUID, Existing]:
    """Return and lock the listings of products; one in the store goes before one that is not."""
    rows = await uow.session.execute(
        select(LISTINGS)
        .where(LISTINGS.c.channel_id == channel_id, LISTINGS.c.product_id.in_(product_ids))
        .order_by(LISTINGS.c.channel_id, LISTINGS.c.external_number, LISTINGS.c.id)
        .with_for_update()
    )
    found: dict[UUID, Existing] = {}
    for row in rows.mappings():
        own = Existing(dict(row))
        present = found.get(row["product_id"])
        if present is None or (own.in_store and not present.in_store):
            found[row["product_id"]] = own
    by_id = {own.id: own for own in found.values()}
    variants = await uow.session.execute(
        select(VARIANTS)
        .where(VARIANTS.c.listing_id.in_(list(by_id)))
        .order_by(VARIANTS.c.listing_id, VARIANTS.c.position, VARIANTS.c.id)
    )
    for row in variants.mappings():
        # One without SKU cannot be told by it, so it is kept under its id.
        key = (row["sku"] or "").strip().lower() or str(row["id"])
        by_id[row["listing_id"]].variants.setdefault(key, dict(row))
    return found


async def skus_of_channel(uow: UnitOfWork, channel: Channel, skus: Collection[str]) -> Skus:
    """Return which listings of a channel have these SKUs; deleted products do not count."""
    found: Skus = {}
    every = sorted(skus)
    for start in range(0, len(every), AT_ONCE):
        wanted = every[start : start + AT_ONCE]
        for query in _owners_of(channel, wanted):
            for sku, listing_id in await uow.session.execute(query):
                found.setdefault(sku, set()).add(listing_id)
    return found


def _owners_of(channel: Channel, skus: Sequence[str]) -> tuple[Select[Any], Select[Any]]:
    alive = LISTINGS.c.health != Health.DELISTED.value
    own, of_variant = func.lower(LISTINGS.c.sku), func.lower(VARIANTS.c.sku)
    return (
        select(own, LISTINGS.c.id).where(
            LISTINGS.c.account_id == channel.account_id,
            LISTINGS.c.channel_id == channel.id,
            own.in_(skus),
            alive,
        ),
        select(of_variant, VARIANTS.c.listing_id)
        .join(LISTINGS, LISTINGS.c.id == VARIANTS.c.listing_id)
        .where(
            VARIANTS.c.account_id == channel.account_id,
            VARIANTS.c.channel_id == channel.id,
            of_variant.in_(skus),
            alive,
        ),
    )


async def write_rows(
    uow: UnitOfWork,
    table: Table,
    *,
    new: Sequence[Row],
    changed: Iterable[tuple[UUID, Row]],
    gone: Sequence[UUID] = (),
) -> None:
    """Insert, change and delete rows of a table; changed rows name only what differs."""
    for start in range(0, len(new), AT_ONCE):
        await uow.session.execute(insert(table), list(new[start : start + AT_ONCE]))
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row_id, values in changed:
        row = {f"new_{name}": value for name, value in values.items()}
        groups.setdefault(tuple(sorted(values)), []).append({"of": row_id, **row})
    for names, rows in groups.items():
        changing: Mapping[str, Any] = {name: bindparam(f"new_{name}") for name in names}
        await uow.session.execute(
            update(table).where(table.c.id == bindparam("of")).values(changing), rows
        )
    if gone:
        await uow.session.execute(delete(table).where(table.c.id.in_(gone)))

"""Which listings a sync looks at, and what the store is known to have after it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from sqlalchemy import String, bindparam, cast, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from app.core.uow import UnitOfWork
from app.listings.kinds import Health, LinkStatus
from app.listings.models import Listing, ListingVariant
from app.listings.repository import LISTINGS, VARIANTS

PENDING_HERE: Final = ("listed", "hidden", "delisted")
"""Pending changes that a sync carries out; the others wait for publishing."""

HIDDEN_OUT_OF_STOCK: Final = "hidden_out_of_stock"
DISABLED_OUT_OF_STOCK: Final = "disabled_out_of_stock"
"""Attention codes of listings that a sync took off sale, and that it puts on sale again."""

COLUMNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "price": "price",
        "sale_price": "sale_price",
        "retail_price": "msrp",
        "map_price": "map",
        "cost_price": "cost",
        "inventory_level": "quantity",
    }
)
"""Value of the store → column that holds it."""

Known = Decimal | int | None


class Level(StrEnum):
    """Whose columns a value belongs to."""

    LISTING = "listing"
    VARIANT = "variant"


@dataclass(frozen=True, slots=True)
class Noted:
    """A value that the store is known to have now."""

    level: Level
    id: UUID
    store_field: str
    value: Known


async def listings_to_sync(
    uow: UnitOfWork,
    channel_id: UUID,
    *,
    after: UUID | None,
    limit: int,
    only: Sequence[UUID] | None = None,
) -> list[Listing]:
    """Return the next listings in the order of their ids.

    Of a whole channel those that are in the store and linked, or wait for a change of status; with
    `only` all that were asked for, so that each gets an answer.
    """
    query = select(Listing).where(Listing.channel_id == channel_id)
    if only is not None:
        query = query.where(Listing.id.in_(only))
    else:
        query = query.where(*_synced(), Listing.health != Health.PAUSED.value)
    if after is not None:
        query = query.where(Listing.id > after)
    return list(await uow.session.scalars(query.order_by(Listing.id).limit(limit)))


def _synced() -> tuple[Any, ...]:
    return (
        Listing.external_number.is_not(None),
        or_(
            Listing.link_status == LinkStatus.LINKED.value,
            Listing.pending.in_(PENDING_HERE),
        ),
        Listing.health != Health.DELISTED.value,
    )


async def count_variants(
    uow: UnitOfWork, channel_id: UUID, only: Sequence[UUID] | None = None
) -> int:
    """Count the variants that a sync looks at."""
    query = (
        select(func.count())
        .select_from(ListingVariant)
        .join(Listing, Listing.id == ListingVariant.listing_id)
        .where(Listing.channel_id == channel_id)
    )
    if only is not None:
        query = query.where(Listing.id.in_(only))
    else:
        query = query.where(*_synced(), Listing.health != Health.PAUSED.value)
    return int(await uow.session.scalar(query) or 0)


_NUMBERS: Final = """
    UPDATE {table} AS t SET {column} = n.value, updated_at = :now
    FROM unnest(CAST(:ids AS uuid[]), CAST(:values AS {kind}[])) AS n(id, value)
    WHERE t.id = n.id AND t.{column} IS DISTINCT FROM n.value
"""
_TABLES: Final = MappingProxyType({Level.LISTING: "listings", Level.VARIANT: "listing_variants"})


async def note_values(uow: UnitOfWork, noted: Collection[Noted]) -> None:
    """Write what the store is known to have into the columns; equal values are not written."""
    groups: dict[tuple[Level, str], dict[UUID, Known]] = {}
    for item in noted:
        groups.setdefault((item.level, COLUMNS[item.store_field]), {})[item.id] = item.value
    for (level, column), values in sorted(groups.items()):
        kind = "bigint" if column == "quantity" else "numeric"
        ids = sorted(values)
        await uow.session.execute(
            text(_NUMBERS.format(table=_TABLES[level], column=column, kind=kind)),
            {"ids": ids, "values": [values[key] for key in ids], "now": uow.clock.now()},
        )


_IMPORT_ORDER: Final = (
    "price",
    "cost_price",
    "sale_price",
    "retail_price",
    "map_price",
    "weight",
    "width",
    "height",
    "depth",
)
"""The order in which an import notes what is inherited, so that it finds the list unchanged."""
_OWN: Final = text("""
    UPDATE listing_variants
    SET store_facts = jsonb_set(store_facts, '{inherited}', (store_facts->'inherited') - :name)
    WHERE id = ANY(:ids) AND store_facts->'inherited' @> to_jsonb(CAST(:name AS text))
""")
_INHERITED: Final = text("""
    UPDATE listing_variants
    SET store_facts = jsonb_set(
        store_facts, '{inherited}', (
            SELECT jsonb_agg(every.name ORDER BY array_position(CAST(:order AS text[]), every.name))
            FROM jsonb_array_elements_text(
                (store_facts->'inherited') || to_jsonb(CAST(:name AS text))
            ) AS every(name)
        )
    )
    WHERE id = ANY(:ids) AND NOT store_facts->'inherited' @> to_jsonb(CAST(:name AS text))
""")


async def note_ownership(
    uow: UnitOfWork, store_field: str, *, own: Sequence[UUID], inherited: Sequence[UUID]
) -> None:
    """Note which variants have a value of their own now, and which leave it to their product."""
    if own:
        await uow.session.execute(_OWN, {"name": store_field, "ids": sorted(own)})
    if inherited:
        given = {"name": store_field, "ids": sorted(inherited), "order": list(_IMPORT_ORDER)}
        await uow.session.execute(_INHERITED, given)


_SUMS: Final = text("""
    UPDATE listings AS t SET quantity = sums.total FROM (
        SELECT listing_id, greatest(sum(quantity), 0) AS total FROM listing_variants
        WHERE listing_id = ANY(:ids) GROUP BY listing_id
    ) AS sums
    WHERE t.id = sums.listing_id AND sums.total IS NOT NULL
      AND t.quantity IS DISTINCT FROM sums.total
""")


async def note_sums(uow: UnitOfWork, listing_ids: Collection[UUID]) -> None:
    """Note the stock of products that are counted by variant: the sum, as the store shows it."""
    if listing_ids:
        await uow.session.execute(_SUMS, {"ids": sorted(listing_ids)})


async def note_inherited(uow: UnitOfWork, inherited: Mapping[UUID, Sequence[str]]) -> None:
    """Note which values variants leave to their product; the lists are complete."""
    facts = VARIANTS.c.store_facts
    statement = (
        update(VARIANTS)
        .where(VARIANTS.c.id == bindparam("of"))
        .values(
            store_facts=func.jsonb_set(
                facts, cast(["inherited"], ARRAY(String)), bindparam("list", type_=JSONB)
            )
        )
    )
    rows = [{"of": key, "list": list(inherited[key])} for key in sorted(inherited)]
    if rows:
        await uow.session.execute(statement, rows)


async def note_custom_fields(uow: UnitOfWork, fields: Sequence[tuple[UUID, str, str]]) -> None:
    """Note custom fields that products have now: listing, name and value."""
    given: dict[UUID, dict[str, str]] = {}
    for listing_id, name, value in fields:
        given.setdefault(listing_id, {})[name] = value
    if not given:
        return
    rows = await uow.session.scalars(
        select(Listing)
        .where(Listing.id.in_(sorted(given)))
        .order_by(LISTINGS.c.channel_id, LISTINGS.c.external_number, LISTINGS.c.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for row in rows:
        new = given[row.id]
        kept = [
            {**entry, "value": new.pop(entry["name"], entry["value"])}
            for entry in row.custom_fields
        ]
        row.custom_fields = [*kept, *({"name": name, "value": new[name]} for name in new)]
        row.updated_at = uow.clock.now()
    await uow.session.flush()


@dataclass(frozen=True, slots=True)
class StatusNote:
    """What became of a listing's status; None leaves a part as it is.

    `carried_out` is the pending change that this answers: another one that was asked for in the
    meantime stays.
    """

    listing_id: UUID
    facts: Mapping[str, Any]
    health: Health | None = None
    carried_out: str | None = None
    attention: Mapping[str, bool] = field(default_factory=dict)
    """Attention codes to set (true) or to take away (false)."""


async def note_statuses(uow: UnitOfWork, notes: Sequence[StatusNote]) -> None:
    """Record statuses that the store has now; pauses set meanwhile stay."""
    if not notes:
        return
    rows = await uow.session.scalars(
        select(Listing)
        .where(Listing.id.in_(sorted({note.listing_id for note in notes})))
        .order_by(LISTINGS.c.channel_id, LISTINGS.c.external_number, LISTINGS.c.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    known = {row.id: row for row in rows}
    for note in notes:
        listing = known.get(note.listing_id)
        if listing is not None:
            _note_status(listing, note)
            listing.updated_at = uow.clock.now()
    await uow.session.flush()


def _note_status(listing: Listing, note: StatusNote) -> None:
    listing.store_facts = {**listing.store_facts, **note.facts}
    if note.health is not None and listing.health != Health.PAUSED:
        listing.health = note.health.value
    if note.carried_out is not None and listing.pending == note.carried_out:
        listing.pending = None
    codes = set(listing.attention)
    codes |= {code for code, wanted in note.attention.items() if wanted}
    codes -= {code for code, wanted in note.attention.items() if not wanted}
    if codes != set(listing.attention):
        listing.attention = sorted(codes)
    listing.version += 1

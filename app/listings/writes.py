"""Queries of what is and was written to a store."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, Table, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import distinct_on

from app.core.ids import new_id
from app.core.uow import UnitOfWork
from app.listings.columns import plain
from app.listings.models import Listing, ListingVariant
from app.listings.writes_models import ListingWrite, Route, WriteStatus

WRITES: Final[Table] = ListingWrite.metadata.tables["listing_writes"]
MOST_TARGETS: Final[Mapping[Route, int]] = MappingProxyType(
    {
        Route.INVENTORY: 2000,
        Route.VARIANT: 50,
        Route.PRODUCT: 10,
        Route.METAFIELD: 50,
        Route.DELETION: 250,
    }
)
"""Of one request."""


def canonical(value: Any) -> Any:
    """A value as JSON; equal numbers have equal texts."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else plain(value)


@dataclass(frozen=True, slots=True)
class Value:
    """What counts, and what the store holds for it: null where a variant inherits."""

    shown: Any
    stored: Any

    def as_json(self) -> dict[str, Any]:
        """As the table holds it."""
        return {"shown": canonical(self.shown), "stored": canonical(self.stored)}


@dataclass(frozen=True, slots=True)
class NewWrite:
    """A field to be written; `code` with status `failed` or `skipped` says why it is not."""

    listing_id: UUID
    variant_id: UUID | None
    variant_external_id: str | None
    sku: str | None
    route: Route
    target: int
    field: str
    store_field: str
    before: Value
    after: Value
    status: WriteStatus = WriteStatus.PLANNED
    code: str | None = None
    message: str | None = None
    reason: str | None = None
    note: dict[str, Any] | None = None

    @property
    def change(self) -> dict[str, Any]:
        """As items of a run show it."""
        return {
            "field": self.field,
            "from": canonical(self.before.shown),
            "to": canonical(self.after.shown),
        }


@dataclass(frozen=True)
class Batch:
    """Rows of one request, marked as being sent."""

    route: Route
    rows: tuple[ListingWrite, ...]


@dataclass(frozen=True)
class Refusal:
    """Why the store did not take a value."""

    code: str
    message: str
    retryable: bool = False


async def add_writes(
    uow: UnitOfWork,
    *,
    account_id: UUID,
    channel_id: UUID,
    run_id: UUID,
    writes: Sequence[NewWrite],
) -> None:
    """Write a plan down."""
    if not writes:
        return
    now = uow.clock.now()
    shared = {"account_id": account_id, "channel_id": channel_id, "run_id": run_id}
    await uow.session.execute(
        insert(WRITES),
        [
            {
                **shared,
                "id": new_id(),
                "listing_id": write.listing_id,
                "variant_id": write.variant_id,
                "variant_external_id": write.variant_external_id,
                "sku": write.sku,
                "route": write.route.value,
                "target": write.target,
                "field": write.field,
                "store_field": write.store_field,
                "before": write.before.as_json(),
                "after": write.after.as_json(),
                "status": write.status.value,
                "code": write.code,
                "message": write.message,
                "reason": write.reason,
                "note": write.note,
                "created_at": now,
            }
            for write in writes
        ],
    )


async def claim_batch(uow: UnitOfWork, run_id: UUID) -> Batch | None:
    """Mark the rows of the next request as being sent; None when nothing is open.

    Rows that a dead worker left as being sent come again: every write is absolute, so repeating
    one is harmless.
    """
    open_rows = (
        WRITES.c.run_id == run_id,
        WRITES.c.status.in_([WriteStatus.PLANNED.value, WriteStatus.SENDING.value]),
    )
    for route in Route:
        targets = (
            select(WRITES.c.listing_id, WRITES.c.target)
            .where(*open_rows, WRITES.c.route == route.value)
            .group_by(WRITES.c.listing_id, WRITES.c.target)
            .order_by(WRITES.c.listing_id, WRITES.c.target)
            .limit(MOST_TARGETS[route])
        )
        found = [row.target for row in await uow.session.execute(targets)]
        if not found:
            continue
        rows = list(
            await uow.session.scalars(
                select(ListingWrite)
                .where(
                    *open_rows,
                    ListingWrite.route == route.value,
                    ListingWrite.target.in_(sorted(set(found))),
                )
                .order_by(ListingWrite.listing_id, ListingWrite.target, ListingWrite.id)
            )
        )
        await uow.session.execute(
            update(WRITES)
            .where(WRITES.c.id.in_([row.id for row in rows]))
            .values(status=WriteStatus.SENDING.value, sent_at=uow.clock.now())
        )
        return Batch(route, tuple(rows))
    return None


_SETTLE: Final = text("""
    UPDATE listing_writes AS w
    SET status = s.status, code = coalesce(s.code, w.code),
        message = coalesce(s.message, w.message), retryable = s.retryable,
        settled_at = :now
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:statuses AS text[]), CAST(:codes AS text[]),
        CAST(:messages AS text[]), CAST(:retryables AS boolean[])
    ) AS s(id, status, code, message, retryable)
    WHERE w.id = s.id
""")


async def settle_writes(
    uow: UnitOfWork,
    rows: Iterable[ListingWrite],
    refused: Mapping[UUID, Refusal],
    remarks: Mapping[UUID, Refusal],
) -> None:
    """Record what became of rows that were sent: refused with a reason, or done, with a remark."""
    ordered = sorted(rows, key=lambda row: row.id)
    reasons = [refused.get(row.id) or remarks.get(row.id) for row in ordered]
    await uow.session.execute(
        _SETTLE,
        {
            "now": uow.clock.now(),
            "ids": [row.id for row in ordered],
            "statuses": [
                (WriteStatus.FAILED if row.id in refused else WriteStatus.DONE).value
                for row in ordered
            ],
            "codes": [reason.code if reason else None for reason in reasons],
            "messages": [reason.message if reason else None for reason in reasons],
            "retryables": [bool(reason and reason.retryable) for reason in reasons],
        },
    )


async def remember_before(uow: UnitOfWork, stored: Mapping[UUID, Any]) -> None:
    """Keep what the store held, by row, before it is taken away."""
    for row_id in sorted(stored):
        await uow.session.execute(
            update(WRITES)
            .where(WRITES.c.id == row_id)
            .values(before=WRITES.c.before.concat({"stored": plain(stored[row_id])}))
        )


async def settled_variants(
    uow: UnitOfWork, run_id: UUID, variant_ids: Collection[UUID]
) -> dict[UUID, list[ListingWrite]]:
    """Return all rows of those of the variants of which the run has nothing open any more."""
    if not variant_ids:
        return {}
    rows = await uow.session.scalars(
        select(ListingWrite)
        .where(ListingWrite.run_id == run_id, ListingWrite.variant_id.in_(sorted(variant_ids)))
        .order_by(ListingWrite.id)
        .execution_options(populate_existing=True)
    )
    found: dict[UUID, list[ListingWrite]] = {}
    for row in rows:
        if row.variant_id is not None:
            found.setdefault(row.variant_id, []).append(row)
    return {
        variant_id: writes
        for variant_id, writes in found.items()
        if not any(row.status in (WriteStatus.PLANNED, WriteStatus.SENDING) for row in writes)
    }


async def last_texts(
    uow: UnitOfWork, listing_ids: Collection[UUID]
) -> dict[UUID, dict[tuple[UUID, str], Any]]:
    """Return what the store last acknowledged of values that no column holds.

    By listing, then by variant and field.
    """
    found: dict[UUID, dict[tuple[UUID, str], Any]] = {}
    if not listing_ids:
        return found
    rows = await uow.session.execute(
        select(WRITES.c.listing_id, WRITES.c.variant_id, WRITES.c.field, WRITES.c.after)
        .join(ListingVariant, ListingVariant.id == WRITES.c.variant_id)
        .join(Listing, Listing.id == WRITES.c.listing_id)
        .where(
            WRITES.c.listing_id.in_(sorted(listing_ids)),
            # What was sent to a product that is gone says nothing of the one in its place.
            or_(
                WRITES.c.target == ListingVariant.external_number,
                WRITES.c.target == Listing.external_number,
            ),
            WRITES.c.status == WriteStatus.DONE.value,
            or_(
                WRITES.c.route == Route.METAFIELD.value,
                WRITES.c.store_field == "availability_description",
            ),
        )
        .order_by(WRITES.c.listing_id, WRITES.c.variant_id, WRITES.c.field, WRITES.c.id.desc())
        .ext(distinct_on(WRITES.c.listing_id, WRITES.c.variant_id, WRITES.c.field))
    )
    for row in rows:
        mine = found.setdefault(row.listing_id, {})
        mine[row.variant_id, row.field] = row.after["stored"]
    return found


async def listings_written(
    uow: UnitOfWork,
    channel_id: UUID,
    run_id: UUID,
    *,
    after: str | None,
    limit: int,
    only: Sequence[UUID] | None = None,
) -> list[Listing]:
    """Return the next listings, by id, of which a run has changed something in the store."""
    written = select(WRITES.c.listing_id).where(
        WRITES.c.run_id == run_id, WRITES.c.status == WriteStatus.DONE.value
    )
    query = select(Listing).where(Listing.channel_id == channel_id, Listing.id.in_(written))
    if only is not None:
        query = query.where(Listing.id.in_(only))
    if after is not None:
        query = query.where(Listing.id > UUID(after))
    return list(await uow.session.scalars(query.order_by(Listing.id).limit(limit)))


async def writes_of_run(
    uow: UnitOfWork, run_id: UUID, listing_ids: Sequence[UUID]
) -> dict[UUID, list[ListingWrite]]:
    """Return what a run has changed in the store, by listing, in the order of the changes."""
    found: dict[UUID, list[ListingWrite]] = {listing_id: [] for listing_id in listing_ids}
    rows = await uow.session.scalars(
        select(ListingWrite)
        .where(
            ListingWrite.run_id == run_id,
            ListingWrite.listing_id.in_(listing_ids),
            ListingWrite.status == WriteStatus.DONE.value,
        )
        .order_by(ListingWrite.id)
    )
    for row in rows:
        found[row.listing_id].append(row)
    return found


def history_of(
    listing_id: UUID, *, field: str | None = None, variant_id: UUID | None = None
) -> Select[ListingWrite]:
    """Select what was written of a listing, newest first."""
    query = select(ListingWrite).where(
        ListingWrite.listing_id == listing_id, ListingWrite.store_field != ""
    )
    if field is not None:
        query = query.where(ListingWrite.field == field)
    if variant_id is not None:
        query = query.where(ListingWrite.variant_id == variant_id)
    return query.order_by(ListingWrite.id.desc())

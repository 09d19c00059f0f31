"""Queries of what publications found in a store and left there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core.ids import new_id
from app.core.uow import UnitOfWork
from app.listings.models import Listing
from app.listings.traces_models import PublicationTrace, TraceStatus
from app.listings.writes import WRITES
from app.listings.writes_models import Route, WriteStatus

KEPT: Final = timedelta(days=90)
"""So long a publication can be taken back."""
AT_A_TIME: Final = 5_000


@dataclass(frozen=True)
class NewTrace:
    """What is found of a listing's product, and what is going to be sent."""

    listing_id: UUID
    creates: bool
    external_number: int | None = None
    before: Mapping[str, Any] = field(default_factory=dict)
    sent: Mapping[str, Any] = field(default_factory=dict)


async def write_traces(uow: UnitOfWork, run_id: UUID, traces: Sequence[NewTrace]) -> None:
    """Write traces down; of what an earlier slice of the run found already, its finding counts."""
    if not traces:
        return
    known = await traces_of(uow, run_id, [trace.listing_id for trace in traces])
    for trace in sorted(traces, key=lambda one: one.listing_id):
        row = known.get(trace.listing_id)
        before = joined(row.before if row else {}, trace.before)
        after = joined(trace.sent, row.after if row else {})
        statement = insert(PublicationTrace).values(
            id=new_id(),
            run_id=run_id,
            listing_id=trace.listing_id,
            external_number=trace.external_number,
            creates=trace.creates,
            status=TraceStatus.SENT.value,
            before=before,
            after=after,
            created_at=uow.clock.now(),
        )
        await uow.session.execute(
            statement.on_conflict_do_update(
                index_elements=["run_id", "listing_id"],
                set_={"before": before, "after": after, "status": TraceStatus.SENT.value},
            )
        )


def joined(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Two objects in one; where both have a value, the first one's counts."""
    found = {**second, **first}
    for name, value in first.items():
        other = second.get(name)
        if isinstance(value, Mapping) and isinstance(other, Mapping):
            found[name] = joined(value, other)
    return found


async def traces_of(
    uow: UnitOfWork, run_id: UUID, listing_ids: Collection[UUID]
) -> dict[UUID, PublicationTrace]:
    """Return a run's traces of listings, ready to be changed."""
    if not listing_ids:
        return {}
    rows = await uow.session.scalars(
        select(PublicationTrace)
        .where(
            PublicationTrace.run_id == run_id,
            PublicationTrace.listing_id.in_(sorted(set(listing_ids))),
        )
        .order_by(PublicationTrace.listing_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.listing_id: row for row in rows}


@dataclass(frozen=True)
class Undoing:
    """Which traces a run takes back; `only` names their listings one by one."""

    run_id: UUID
    undo_of: UUID
    channel_id: UUID
    only: Sequence[UUID] | None = None


def _chosen(choice: Undoing) -> Select[PublicationTrace]:
    query = (
        select(PublicationTrace)
        .join(Listing, Listing.id == PublicationTrace.listing_id)
        .where(PublicationTrace.run_id == choice.undo_of, Listing.channel_id == choice.channel_id)
    )
    if choice.only is not None:
        query = query.where(PublicationTrace.listing_id.in_(choice.only))
    return query


async def count_traces(uow: UnitOfWork, choice: Undoing) -> int:
    """Count the traces of a choice."""
    query = select(func.count()).select_from(_chosen(choice).subquery())
    return int(await uow.session.scalar(query) or 0)


async def traces_after(
    uow: UnitOfWork, choice: Undoing, after: UUID | None, limit: int
) -> list[PublicationTrace]:
    """Return the next traces of a choice, by listing."""
    query = _chosen(choice).order_by(PublicationTrace.listing_id).limit(limit)
    if after is not None:
        query = query.where(PublicationTrace.listing_id > after)
    return list(await uow.session.scalars(query))


async def traces_begun(uow: UnitOfWork, choice: Undoing) -> list[PublicationTrace]:
    """Return those that the run has begun to take back and not finished."""
    query = _chosen(choice).where(
        PublicationTrace.undo_run_id == choice.run_id,
        PublicationTrace.status == TraceStatus.UNDOING.value,
    )
    return list(await uow.session.scalars(query.order_by(PublicationTrace.listing_id)))


async def drop_unborn(uow: UnitOfWork, run_id: UUID, listing_ids: Collection[UUID]) -> None:
    """Drop traces of products that the store has refused to make."""
    if listing_ids:
        await uow.session.execute(
            delete(PublicationTrace).where(
                PublicationTrace.run_id == run_id,
                PublicationTrace.listing_id.in_(sorted(listing_ids)),
                PublicationTrace.creates,
                PublicationTrace.external_number.is_(None),
            )
        )


async def begin_undoing(
    uow: UnitOfWork, run_id: UUID, changes: Mapping[UUID, list[dict[str, Any]]]
) -> None:
    """Write down what is going to be taken back, by trace."""
    for trace_id in sorted(changes):
        await uow.session.execute(
            update(PublicationTrace)
            .where(PublicationTrace.id == trace_id)
            .values(
                status=TraceStatus.UNDOING.value,
                undo_run_id=run_id,
                undo_changes=changes[trace_id],
            )
        )


async def set_traces(uow: UnitOfWork, trace_ids: Iterable[UUID], status: TraceStatus) -> None:
    """Move traces to a status."""
    ids = sorted(set(trace_ids))
    if ids:
        await uow.session.execute(
            update(PublicationTrace).where(PublicationTrace.id.in_(ids)).values(status=status.value)
        )


async def stock_sent_since(
    uow: UnitOfWork, listing_ids: Collection[UUID], since: datetime
) -> dict[tuple[str, int], int]:
    """Return the level that a sync sent last since a moment, by name of the value and target."""
    if not listing_ids:
        return {}
    rows = await uow.session.execute(
        select(WRITES.c.store_field, WRITES.c.target, WRITES.c.after)
        .where(
            WRITES.c.listing_id.in_(sorted(listing_ids)),
            WRITES.c.route == Route.INVENTORY.value,
            WRITES.c.status == WriteStatus.DONE.value,
            WRITES.c.created_at >= since,
        )
        .order_by(WRITES.c.id)
    )
    return {(name, target): int(after["stored"] or 0) for name, target, after in rows}


async def forget_old_traces(uow: UnitOfWork) -> None:
    """Drop traces of publications that are too long ago to be taken back."""
    old = (
        select(PublicationTrace.id)
        .where(PublicationTrace.created_at < uow.clock.now() - KEPT)
        .limit(AT_A_TIME)
    )
    await uow.session.execute(delete(PublicationTrace).where(PublicationTrace.id.in_(old)))

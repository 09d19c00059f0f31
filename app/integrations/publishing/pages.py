"""Pages of a publishing run: each is one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.bigcommerce.models.catalog import Product
from app.core.uow import UnitOfWork
from app.integrations.context import PageResult, RunContext
from app.integrations.publishing.batches import Candidate, choice_of
from app.integrations.publishing.items import lines_of, refused_item
from app.integrations.publishing.plan import Change, NotPublishable, Remark, Source
from app.integrations.publishing.saving import (
    Published,
    note_remarks,
    save_failures,
    save_published,
)
from app.integrations.publishing.tracing import note_left, note_metafields
from app.listings.publishing import count_chosen, set_publication, write_publications
from app.listings.publishing_models import PublicationStatus
from app.listings.traces import NewTrace, drop_unborn, write_traces
from app.runs.kinds import Outcome
from app.runs.recording import ItemOutcome, LogLine, PageRecord


def cursor_at(after: UUID | None, estimated: int = 0) -> dict[str, Any]:
    """The cursor behind a listing. What is begun is found by the run's publications."""
    return {"after": str(after) if after else None, "estimated": estimated}


@dataclass
class Opening:
    """Counts the listings that the run is about."""

    context: RunContext
    scratch: dict[str, Any] | None

    async def save(self, uow: UnitOfWork) -> PageResult:
        """Nothing is written but the total, and what the run keeps."""
        total = await count_chosen(uow, choice_of(self.context))
        record = PageRecord(cursor=cursor_at(None), total=total, scratch=self.scratch)
        return PageResult(record)


@dataclass
class Closing:
    """The end of the run."""

    after: UUID | None
    requests_estimated: int | None = None

    async def save(self, uow: UnitOfWork) -> PageResult:
        """Nothing is left to write."""
        record = PageRecord(
            cursor=cursor_at(self.after, self.requests_estimated or 0),
            requests_estimated=self.requests_estimated,
        )
        return PageResult(record, finished=True)


@dataclass
class Planning:
    """Writes down what a batch is going to publish, and reports what it is not.

    `settled` are items that need no request; `planned` are listings with their changes.
    """

    context: RunContext
    after: UUID
    refused: Sequence[tuple[Source, NotPublishable]]
    settled: Sequence[ItemOutcome]
    planned: Sequence[tuple[Candidate, list[Change]]]
    resumed: bool = False
    acknowledged: Sequence[Published] = ()
    """Listings that the store has as they are wanted already."""
    scratch: dict[str, Any] | None = None
    requests_estimated: int | None = None

    async def save(self, uow: UnitOfWork) -> PageResult:
        """Write publications, and failures onto their listings."""
        await write_publications(
            uow, [_planned_row(self.context, *entry) for entry in self.planned]
        )
        failed = {
            source.listing.id: Remark(refusal.code, refusal.message, refusal.field)
            for source, refusal in self.refused
            if refusal.outcome is Outcome.FAILED
        }
        await save_failures(uow, failed, attempted=False)
        if self.resumed:
            dropped = [source.listing.id for source, _ in self.refused]
            await set_publication(uow, dropped, PublicationStatus.FAILED)
        run = self.context.run
        await save_published(
            uow, run.account_id, run.channel_id, self.acknowledged, self.context.currency
        )
        items = [*(refused_item(*entry) for entry in self.refused), *self.settled]
        return PageResult(
            PageRecord(
                cursor=cursor_at(self.after, self.requests_estimated or 0),
                items=items,
                done=len(items),
                scratch=self.scratch,
                requests_estimated=self.requests_estimated,
                log=lines_of(items),
            )
        )


def _planned_row(
    context: RunContext, candidate: Candidate, changes: list[Change]
) -> dict[str, Any]:
    row, listing = candidate.row, candidate.source.listing
    sending = row is not None and row.status == PublicationStatus.SENDING
    desired = candidate.desired
    return {
        "listing_id": candidate.id,
        "run_id": context.run.id,
        "status": (PublicationStatus.SENDING if sending else PublicationStatus.PLANNED).value,
        "name": desired.name,
        "sku": next(iter(desired.skus), None),
        "version": listing.version,
        "creates": candidate.live is None,
        "changes": changes,
        "warnings": [],
        "code": None,
        "message": None,
        "sent_at": row.sent_at if sending and row is not None else None,
    }


@dataclass
class Step:
    """What came of the last requests, and what is sent next.

    Listings in `sending` are marked before their requests leave, so that a worker that finds them
    so looks at the store before it sends anything.
    """

    context: RunContext
    after: UUID | None
    published: list[Published] = field(default_factory=list)
    items: list[ItemOutcome] = field(default_factory=list)
    failed: Mapping[UUID, Remark] = field(default_factory=dict)
    estimated: int = 0
    sending: Sequence[UUID] = ()
    finished: Mapping[UUID, list[Any]] = field(default_factory=dict)
    """Listings of which everything is sent, with the metafields that the store keeps."""
    told: Mapping[UUID, list[Remark]] = field(default_factory=dict)
    log: list[LogLine] = field(default_factory=list)
    scratch: dict[str, Any] | None = None
    traces: Sequence[NewTrace] = ()
    """What the listings in `sending` find in the store."""
    left: dict[UUID, Product] = field(default_factory=dict)
    """Products as the last requests left them, refused ones included."""

    async def save(self, uow: UnitOfWork) -> PageResult:
        """Record the past, announce the next."""
        run = self.context.run
        await save_published(
            uow, run.account_id, run.channel_id, self.published, self.context.currency
        )
        await save_failures(uow, self.failed, attempted=True)
        await note_left(uow, run.id, self.left)
        await drop_unborn(uow, run.id, list(self.failed))
        for listing_id, kept in self.finished.items():
            await set_publication(uow, [listing_id], PublicationStatus.DONE, metafields=kept)
        await note_metafields(uow, run.id, self.finished)
        await note_remarks(uow, self.told)
        await write_traces(uow, run.id, self.traces)
        await set_publication(uow, self.sending, PublicationStatus.SENDING, sent_at=uow.clock.now())
        return PageResult(
            PageRecord(
                cursor=cursor_at(self.after, self.estimated),
                items=self.items,
                done=len(self.items),
                scratch=self.scratch,
                log=[*lines_of(self.items), *self.log],
            )
        )

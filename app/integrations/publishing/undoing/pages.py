"""Pages of a run that takes a publication back: each is one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.core.uow import UnitOfWork
from app.integrations.context import PageResult, RunContext
from app.integrations.publishing.items import lines_of
from app.integrations.publishing.pages import cursor_at
from app.integrations.publishing.undoing.batches import choice_of
from app.integrations.publishing.undoing.noting import Kept, note_deletions, note_updates
from app.integrations.publishing.undoing.plan import TakeBack
from app.listings.traces import KEPT, begin_undoing, count_traces, set_traces
from app.listings.traces_models import TraceStatus
from app.runs.kinds import LogLevel
from app.runs.recording import ItemOutcome, LogLine, PageRecord


@dataclass
class Opening:
    """Counts what is to be taken back."""

    context: RunContext

    async def save(self, uow: UnitOfWork) -> PageResult:
        """Nothing is written but the total."""
        choice = choice_of(self.context)
        total = await count_traces(uow, choice)
        log = [
            LogLine(
                f"Taking back what run {choice.undo_of} has published. Categories and brands that"
                " it has made stay: others may use them by now."
            )
        ]
        if not total:
            text = f"It has changed nothing, or more than {KEPT.days} days ago."
            log.append(LogLine(text, LogLevel.WARNING, "nothing_to_undo"))
        return PageResult(PageRecord(cursor=cursor_at(None), total=total, log=log))


@dataclass
class Planned:
    """Writes down what is about to be taken back, and reports what is not."""

    context: RunContext
    after: UUID
    items: Sequence[ItemOutcome]
    begun: Mapping[UUID, list[dict[str, Any]]]
    """Changes by trace."""
    done: Sequence[UUID] = ()
    """Traces of which nothing is left to take back."""
    undone_in_part: Sequence[UUID] = ()
    deleted: Sequence[TakeBack] = ()
    """Deletions that an earlier slice has sent."""
    estimated: int = 0

    async def save(self, uow: UnitOfWork) -> PageResult:
        """Nothing is sent before this is saved."""
        await begin_undoing(uow, self.context.run.id, self.begun)
        await note_deletions(uow, self.context.run.channel_id, self.deleted)
        await set_traces(uow, self.done, TraceStatus.UNDONE)
        await set_traces(uow, self.undone_in_part, TraceStatus.KNOWN)
        return PageResult(
            PageRecord(
                cursor=cursor_at(self.after, self.estimated),
                items=self.items,
                done=len(self.items),
                requests_estimated=self.estimated,
                log=lines_of(self.items),
            )
        )


@dataclass
class Sent:
    """What came of a group's requests."""

    context: RunContext
    after: UUID
    items: Sequence[ItemOutcome]
    deleted: Sequence[TakeBack] = ()
    updated: Sequence[TakeBack] = ()
    done: Sequence[UUID] = ()
    undone_in_part: Sequence[UUID] = ()
    failed: frozenset[UUID] = frozenset()
    """Listings of which something was refused."""
    refused_metafields: frozenset[int] = frozenset()
    estimated: int = 0

    async def save(self, uow: UnitOfWork) -> PageResult:
        """Listings and traces as they are now."""
        channel_id = self.context.run.channel_id
        await note_deletions(uow, channel_id, self.deleted)
        kept = Kept(self.failed, self.refused_metafields)
        await note_updates(uow, channel_id, self.updated, kept)
        await set_traces(uow, self.done, TraceStatus.UNDONE)
        await set_traces(uow, self.undone_in_part, TraceStatus.KNOWN)
        return PageResult(
            PageRecord(
                cursor=cursor_at(self.after, self.estimated),
                items=self.items,
                done=len(self.items),
                log=lines_of(self.items),
            )
        )

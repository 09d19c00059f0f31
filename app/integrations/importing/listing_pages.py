"""One page of an import, mapped and ready to be saved."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from app.channels.settings import ImportListingsSettings
from app.core.uow import UnitOfWork
from app.integrations.context import PageResult, RunContext
from app.integrations.importing.import_cursor import ImportCursor
from app.integrations.importing.listing_mapping import MappedProducts
from app.integrations.importing.listing_products import save_products_of
from app.listings.drafts import SavedListing
from app.listings.importing import save_page
from app.listings.repository import count_live, mark_deleted, vanished_between
from app.runs.kinds import Entity, LogLevel, Outcome
from app.runs.recording import ItemOutcome, LogLine, PageRecord

GONE = "deleted_in_store"
UNKNOWN = "not_in_store"
UNMATCHED_SHOWN = 20


@dataclass(frozen=True)
class Span:
    """Ids that a page speaks for: above `after`, up to `up_to` or without end."""

    after: int
    up_to: int | None
    present: Collection[int]


@dataclass
class ListingPage:
    """Products of a page and where the pass goes from here.

    `span` finds listings that the store no longer sends: saving adds them to `following.ids`.
    `absent` were asked for by id and are not there.
    """

    context: RunContext
    mapped: MappedProducts
    following: ImportCursor
    done: int
    total: int | None = None
    span: Span | None = None
    absent: Sequence[int] = ()

    async def save(self, uow: UnitOfWork) -> PageResult:
        """Save listings, products, deletions; a page may add ids that are to be looked up."""
        run, settings = self.context.run, self.context.settings
        assert isinstance(settings, ImportListingsSettings)  # noqa: S101 - of this integration
        saved = await save_page(
            uow,
            account_id=run.account_id,
            channel_id=run.channel_id,
            drafts=self.mapped.drafts,
            pause_new=settings.pause_new_listings,
        )
        refused: dict[int, ItemOutcome] = {}
        if settings.scope == "listings_and_products":
            refused = await save_products_of(
                uow, run.account_id, run.channel_id, self.mapped.drafts, saved
            )
        gone = await self._mark_gone(uow)
        self.following = following = await self._with_vanished(uow)
        items = [
            *self.mapped.rejected,
            *(refused.get(row.external_id) or self._item(row) for row in saved),
            *gone,
        ]
        finished = following.phase == "ids" and not following.ids
        record = PageRecord(
            cursor=following.to_json(),
            items=items,
            done=self.done,
            total=self.total,
            log=self._log(items),
        )
        return PageResult(record, finished, await self._kept(uow) if finished else None)

    async def _with_vanished(self, uow: UnitOfWork) -> ImportCursor:
        if self.span is None:
            return self.following
        missing = await vanished_between(
            uow,
            self.context.run.channel_id,
            after=self.span.after,
            up_to=self.span.up_to,
            present=self.span.present,
        )
        return msgspec.structs.replace(self.following, ids=(*self.following.ids, *missing))

    async def _mark_gone(self, uow: UnitOfWork) -> list[ItemOutcome]:
        if not self.absent:
            return []
        restricted = self.following.restricted
        await mark_deleted(uow, self.context.run.channel_id, list(self.absent))
        return [
            ItemOutcome(
                Entity.LISTING,
                str(external_id),
                Outcome.SKIPPED if restricted else Outcome.UPDATED,
                code=UNKNOWN if restricted else GONE,
                message="The product is no longer in the store.",
                field=None if restricted else "health",
            )
            for external_id in self.absent
        ]

    def _item(self, saved: SavedListing) -> ItemOutcome:
        remark = self.mapped.remarks.get(saved.external_id)
        return ItemOutcome(
            Entity.LISTING,
            str(saved.external_id),
            Outcome(saved.outcome),
            code=remark.code if remark else None,
            message=remark.message if remark else None,
            field=remark.field if remark else None,
            reference=saved.sku,
            subject_id=saved.listing_id,
            changes=[
                {"field": change.field, "from": change.before, "to": change.after}
                for change in saved.changes
            ]
            or None,
        )

    def _log(self, items: Sequence[ItemOutcome]) -> list[LogLine]:
        lines = [
            LogLine(
                f"Product {item.external_id}: {item.message or item.code}",
                LogLevel.ERROR if item.outcome is Outcome.FAILED else LogLevel.WARNING,
                item.code,
            )
            for item in items
            if item.code is not None
        ]
        for (set_id, value), count in self.mapped.unmatched.most_common(UNMATCHED_SHOWN):
            lines.append(
                LogLine(
                    f"“{value}” is not in mapping set {set_id}: {count} times on this page.",
                    LogLevel.WARNING,
                    "mapping_set_no_match",
                )
            )
        if self.done:
            lines.append(LogLine(f"{self.done} products read."))
        return lines

    async def _kept(self, uow: UnitOfWork) -> dict[str, Any] | None:
        """What the next run of this integration starts from; a restricted run keeps nothing."""
        if self.following.restricted:
            return None
        began = self.following.began_at
        if not self.following.complete:
            return {**self.context.integration_cursor, "modified_from": began}
        walk = self.following.walk
        read = walk.read if walk else 0
        ours = await count_live(uow, self.context.run.channel_id)
        return {
            "modified_from": began,
            "complete_at": began,
            "left_out": max(read - ours, 0),
        }

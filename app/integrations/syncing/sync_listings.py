"""Sync Listings: price, quantity and status of linked listings reach the store.

1. Listings are compared in pages: what rules and template make of their products against what the
   store had at the last look or has acknowledged since. The differences are written down.
2. They are sent in the largest batches that the API takes: stock 2,000 at a time, then variants
   by 50, products by 10, deletions by 250. One after the other, because stock and catalogue must
   not be written in parallel (FACTS 2.2).
3. What the store acknowledges becomes what it is known to have, in the transaction that also
   records the items and marks the next request's rows.

A dry run ends before the second step. Every request sets absolute values, so one whose answer was
lost is simply sent again.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

import msgspec

from app.bigcommerce.pacing import Lane
from app.bigcommerce.resources import products
from app.channels.kinds import IntegrationType
from app.channels.settings import SyncListingsSettings
from app.core.uow import UnitOfWork
from app.integrations.context import PageResult, PageWork, RunContext
from app.integrations.syncing.cursor import SyncCursor
from app.integrations.syncing.drift import DriftPlanner
from app.integrations.syncing.drift_findings import policy_of
from app.integrations.syncing.items import settled_item
from app.integrations.syncing.planning import Planner, PlanPage
from app.integrations.syncing.plans import approved_changes
from app.integrations.syncing.returns import stock_returns
from app.integrations.syncing.sold import sold_units
from app.integrations.syncing.store_setting import store_setting_pages
from app.integrations.syncing.store_writes import Sender, Sent
from app.integrations.syncing.store_writes_noting import note_sent
from app.integrations.syncing.undo import UndoPlanner
from app.integrations.syncing.wanted import Wishes
from app.integrations.writer import take_store
from app.listings.synced import count_variants
from app.listings.writes import (
    Batch,
    claim_batch,
    remember_before,
    settle_writes,
    settled_variants,
)
from app.listings.writes_models import ListingWrite, Route
from app.mapping.currency import minor_units
from app.rules.kinds import RuleKind
from app.rules.quantities import recent_periods
from app.rules.service import freeze_rules, thaw_rules
from app.runs.kinds import LogLevel, RunMode
from app.runs.recording import LogLine, PageRecord
from app.runs.repository import waits_in_a_row

STUMBLES = 3
"""After so many waits in a row a request is cut up, to find what the store chokes on."""
RULES = (RuleKind.PRICING, RuleKind.QUANTITY, RuleKind.LISTING_STATUS)


@dataclass
class Begun:
    """The start of a run: rules and reservations that hold for all of it."""

    context: RunContext
    scratch: dict[str, Any] = field(default_factory=dict)

    async def save(self, uow: UnitOfWork) -> PageResult:
        """Freeze what the whole run works with."""
        run, settings = self.context.run, sync_settings(self.context)
        returned = await stock_returns(
            uow,
            run.account_id,
            run.channel_id,
            refunds=settings.adjust_stock_on_refund,
            cancellations=settings.adjust_stock_on_cancellation,
        )
        rules = await freeze_rules(uow, run.channel_id, RULES)
        periods = recent_periods(thaw_rules(rules))
        sold = await sold_units(uow, run.account_id, settings, periods)
        if run.mode is RunMode.DRY_RUN:
            # What was given back is rolled back now; its effect on the prediction is kept.
            sold = sold.without(returned)
        self.scratch.update(rules=rules, **sold.to_json())
        # How many variants an earlier run or an approved plan was about is seen as they come.
        total = None
        if run.plan_run_id is None and "undo_of" not in run.params:
            total = await count_variants(uow, run.channel_id, run.subjects)
        record = PageRecord(
            cursor=SyncCursor().to_json(),
            scratch=self.scratch,
            total=total,
            log=[
                LogLine(
                    "Comparing the chosen variants with the store."
                    if total is None
                    else f"Comparing {total} variants with the store."
                ),
                *_remarks(settings),
                *(
                    LogLine(f"{units} units of {key} came back to stock.", code="stock_returned")
                    for key, units in returned.items()
                ),
            ],
        )
        return PageResult(record)


@dataclass
class SentPage:
    """A request with its answer; saving it marks the rows of the next one."""

    context: RunContext
    at: SyncCursor
    batch: Batch
    sent: Sent
    next: Batch | None = None

    async def save(self, uow: UnitOfWork) -> PageResult:
        """Record what arrived and what did not."""
        run_id = self.context.run.id
        await settle_writes(uow, self.batch.rows, self.sent.refused, self.sent.remarks)
        done = [row for row in self.batch.rows if row.id not in self.sent.refused]
        await note_sent(uow, done, self.sent.levels)
        touched = {row.variant_id for row in self.batch.rows if row.variant_id is not None}
        settled = await settled_variants(uow, run_id, touched)
        items = [settled_item(rows) for rows in settled.values()]
        self.next = await claim_batch(uow, run_id)
        record = PageRecord(
            cursor=self.at.to_json(), items=items, done=len(items), log=self._log(done)
        )
        return PageResult(record, finished=self.next is None)

    def _log(self, done: list[ListingWrite]) -> list[LogLine]:
        route = self.batch.route.value
        lines = [LogLine(f"{len(done)} values sent by {route} request.")]
        lines += [LogLine(text, LogLevel.WARNING, "saved_partly") for text in self.sent.partly]
        for row in self.batch.rows:
            refusal = self.sent.refused.get(row.id)
            if refusal is not None:
                name = row.sku or row.variant_external_id or str(row.target)
                text = f"{name}, {row.field}: {refusal.message}"
                lines.append(LogLine(text, LogLevel.ERROR, refusal.code))
        return lines


@dataclass
class Remembered:
    """Products as they were before their deletion."""

    at: SyncCursor
    stored: dict[UUID, Any]

    async def save(self, uow: UnitOfWork) -> PageResult:
        """Keep them, so that they can be brought back."""
        await remember_before(uow, self.stored)
        return PageResult(PageRecord(cursor=self.at.to_json()))


class SyncListings:
    """The integration."""

    kind = IntegrationType.SYNC_LISTINGS
    lane: Lane = "bulk"

    async def pages(
        self, context: RunContext, cursor: dict[str, Any]
    ) -> AsyncGenerator[PageWork, None]:
        """Plan, then send, from a cursor on."""
        run = context.run
        if run.mode is RunMode.EXECUTE:
            await take_store(context.res, context.client.store_hash, run.id)
        scratch = dict(run.scratch)
        if not cursor:
            yield Begun(context, scratch)
        at = msgspec.convert(cursor, SyncCursor) if cursor else SyncCursor()
        if at == SyncCursor() and is_about_everything(context):
            wanted = sync_settings(context).out_of_stock
            async with aclosing(store_setting_pages(context, wanted, at)) as steps:
                async for step in steps:
                    yield step
        batch: Batch | None = None
        if at.phase == "plan":
            planner = await _planner(context, scratch)
            while at.phase == "plan":
                page = await planner.page(at)
                yield page
                at, batch = page.following, page.next
        else:
            async with context.res.unit_of_work() as uow:
                batch = await claim_batch(uow, run.id)
        async with context.res.unit_of_work() as uow:
            stubborn = await waits_in_a_row(uow, run.id) >= STUMBLES
        sender = Sender(context.client, at.location, at.places, stubborn)
        while batch is not None:
            if batch.route is Route.DELETION:
                yield Remembered(at, await _before_deletion(context, batch))
            sent = await sender.send(batch)
            at = msgspec.structs.replace(at, location=sender.location, places=sender.places)
            work = SentPage(context, at, batch, sent)
            yield work
            batch = work.next


class _Planner(Protocol):
    """Whatever finds out what is to be written."""

    async def page(self, at: SyncCursor) -> PlanPage:
        """Plan the next listings."""
        ...


async def _planner(context: RunContext, scratch: dict[str, Any]) -> _Planner:
    undo_of = context.run.params.get("undo_of")
    if undo_of is not None:
        return UndoPlanner(context, UUID(undo_of))
    wishes = Wishes(
        context,
        sync_settings(context),
        tuple(thaw_rules(scratch.get("rules", []))),
        minor_units(context.currency or ""),
    )
    drift = context.run.params.get("drift")
    if drift is not None:
        return DriftPlanner(context, wishes, scratch, policy_of(drift))
    async with context.res.unit_of_work() as uow:
        approved = await approved_changes(uow, context.run)
    return Planner(context, wishes, scratch, approved)


async def _before_deletion(context: RunContext, batch: Batch) -> dict[UUID, Any]:
    ids = sorted({row.target for row in batch.rows})
    found = await products.by_ids(context.client, ids)
    raw = {product.id: product.raw for product in found}
    return {row.id: raw[row.target] for row in batch.rows if row.target in raw}


def is_about_everything(context: RunContext) -> bool:
    """Whether a run syncs the channel, not some listings, a plan, an undoing or a comparison."""
    run = context.run
    narrowed = {"undo_of", "drift", "listing_ids"} & run.params.keys()
    return not narrowed and run.plan_run_id is None


def sync_settings(context: RunContext) -> SyncListingsSettings:
    """The settings, typed."""
    settings = context.settings
    assert isinstance(settings, SyncListingsSettings)  # noqa: S101 - of this integration
    return settings


def _remarks(settings: SyncListingsSettings) -> list[LogLine]:
    wanted = settings.out_of_stock
    if wanted.behavior == "redirect" and wanted.apply == "listing":
        return [
            LogLine(
                "BigCommerce redirects only for the store as a whole (`apply: store`); listings "
                "without stock are hidden instead.",
                LogLevel.WARNING,
                "redirect_needs_store_setting",
            )
        ]
    return []

"""Publish Listings: our listings become products of the store, or refresh those that they are.

A batch of listings is read, mapped and judged; what is to be sent is written down; then it is
sent and recorded in small steps. A worker may die at any line: what another one finds begun, it
settles by looking at the store before it sends anything.

A dry run stops before anything is written down, and tells what would change.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.bigcommerce.pacing import Lane
from app.channels.kinds import IntegrationType
from app.integrations.context import PageWork, RunContext
from app.integrations.publishing.approved import approved_items, stale
from app.integrations.publishing.batches import Batch, Candidate, read_batch
from app.integrations.publishing.creations import create_all
from app.integrations.publishing.desk import Desk, Finishing, open_desk
from app.integrations.publishing.diff import StoreView, Update, update_of
from app.integrations.publishing.finishing import finish_all
from app.integrations.publishing.items import published_item
from app.integrations.publishing.pages import Closing, Opening, Planning
from app.integrations.publishing.plan import Change, creation_changes
from app.integrations.publishing.predicting import estimated_requests, read_taken, recall
from app.integrations.publishing.saving import ATTENTION_PREFIX, Published
from app.integrations.publishing.undoing.taking_back import take_back_run
from app.integrations.publishing.updates import update_all
from app.integrations.writer import take_store
from app.listings.publishing import PENDING_PUBLICATION
from app.runs.kinds import Outcome, RunMode
from app.runs.recording import ItemOutcome


@dataclass
class _Plan:
    """A batch, sorted by what it takes."""

    new: list[tuple[Candidate, list[Change]]]
    updates: list[Update]
    unchanged: list[Candidate]


class PublishListings:
    """The integration."""

    kind = IntegrationType.PUBLISH_LISTINGS
    lane: Lane = "bulk"

    async def pages(
        self, context: RunContext, cursor: dict[str, Any]
    ) -> AsyncGenerator[PageWork, None]:
        """Publish on from a cursor."""
        if context.run.mode is RunMode.EXECUTE:
            await take_store(context.res, context.client.store_hash, context.run.id)
        if "undo_of" in context.run.params:
            async with aclosing(take_back_run(context, cursor)) as works:
                async for work in works:
                    yield work
            return
        desk = await open_desk(context)
        desk.estimated = int(cursor.get("estimated", 0))
        if not cursor:
            yield Opening(context, desk.take_unsaved())
        elif context.run.mode is RunMode.DRY_RUN:
            async with context.res.unit_of_work() as uow:
                await recall(uow, context.run.id, desk.taken)
        after = UUID(cursor["after"]) if cursor.get("after") else None
        while True:
            read_before = context.client.requests_made
            batch = await read_batch(desk.terms, desk.checker, after)
            if batch is None:
                yield Closing(after, desk.estimated)
                return
            await desk.cut_paths(batch.candidates)
            view = await desk.view([row for row in batch.candidates if row.live is not None])
            plan = await _planned(desk, batch, view)
            if not batch.resumed:
                desk.estimated += context.client.requests_made - read_before
                desk.estimated += estimated_requests(
                    [candidate for candidate, _ in plan.new],
                    plan.updates,
                    view.categories,
                    multi_storefront=desk.multi_storefront,
                )
            after = batch.last
            async with aclosing(_carry_out(desk, batch, plan, view)) as works:
                async for work in works:
                    yield work


async def _planned(desk: Desk, batch: Batch, view: StoreView) -> _Plan:
    """Sort a batch; what an approved plan did not foresee is refused."""
    run = desk.context.run
    predicting = run.mode is RunMode.DRY_RUN or run.plan_run_id is not None
    taken = desk.taken if predicting and not batch.resumed else None
    approved = None
    if not batch.resumed:
        async with desk.context.res.unit_of_work() as uow:
            ids = [candidate.id for candidate in batch.candidates]
            approved = await approved_items(uow, desk.context, ids)
            if taken is not None:
                taken.see(batch.candidates)
                await read_taken(uow, run.channel_id, taken, batch.candidates)
    plan = _Plan([], [], [])
    present: list[Update] = []
    for candidate in batch.candidates:
        if candidate.live is not None:
            if candidate.only_finishing:
                created = candidate.row is not None and candidate.row.creates
                desk.finishing.append(Finishing(candidate, candidate.live, created=created))
            else:
                present.append(update_of(candidate, view))
            continue
        changes = creation_changes(candidate.desired)
        refusal = taken.collision(candidate) if taken is not None else None
        refusal = refusal or stale(approved, candidate.id, changes)
        if refusal is not None:
            batch.refused.append((candidate.source, refusal))
        else:
            plan.new.append((candidate, changes))
    # In the order in which they are sent, so that of two that want a name the same one gets it:
    # new products, then those that exist, and of these the ones that get more custom fields last.
    for update in sorted(present, key=lambda one: one.adds_fields):
        if not update.changes and not update.candidate.begun:
            plan.unchanged.append(update.candidate)
            continue
        refusal = taken.rename(update) if taken is not None else None
        refusal = refusal or stale(approved, update.candidate.id, update.changes)
        if refusal is not None:
            batch.refused.append((update.candidate.source, refusal))
        else:
            plan.updates.append(update)
    return plan


async def _carry_out(
    desk: Desk, batch: Batch, plan: _Plan, view: StoreView
) -> AsyncGenerator[PageWork, None]:
    dry = desk.context.run.mode is RunMode.DRY_RUN
    if dry or not batch.resumed or batch.refused:
        yield _first_page(desk, batch, plan, predicted=_predicted(plan) if dry else [])
    if dry:
        return
    sent = [candidate for candidate, _ in plan.new]
    sent += [update.candidate for update in plan.updates]
    await desk.make_categories(sent)
    updates = [update_of(update.candidate, view) for update in plan.updates]
    for works in (
        create_all(desk, [candidate for candidate, _ in plan.new], batch.last),
        update_all(desk, view, updates, batch.last),
        finish_all(desk, batch.last, doubtful=batch.resumed),
    ):
        async with aclosing(works):
            async for work in works:
                yield work


def _first_page(
    desk: Desk, batch: Batch, plan: _Plan, *, predicted: Sequence[ItemOutcome]
) -> Planning:
    unchanged = [
        published_item(
            candidate.source,
            Outcome.UNCHANGED,
            candidate.desired.remarks,
            [],
            candidate.source.listing.external_number,
        )
        for candidate in plan.unchanged
    ]
    changed = [(update.candidate, update.changes) for update in plan.updates]
    return Planning(
        context=desk.context,
        after=batch.last,
        refused=batch.refused,
        settled=[*unchanged, *predicted],
        planned=[*plan.new, *changed] if not batch.resumed else [],
        resumed=batch.resumed,
        acknowledged=[
            Published(
                candidate.id,
                candidate.source.listing.version,
                candidate.live,
                remarks=candidate.desired.remarks,
                sent=False,
            )
            for candidate in plan.unchanged
            if candidate.live is not None and _is_waiting(candidate)
        ],
        scratch=desk.take_unsaved(),
        requests_estimated=desk.estimated,
    )


def _is_waiting(candidate: Candidate) -> bool:
    """Whether a listing asks for a publication that turns out to change nothing."""
    listing = candidate.source.listing
    noted = any(code.startswith(ATTENTION_PREFIX) for code in listing.attention)
    return listing.pending in PENDING_PUBLICATION or listing.unsent or noted


def _predicted(plan: _Plan) -> list[ItemOutcome]:
    items = [
        published_item(candidate.source, Outcome.CREATED, candidate.desired.remarks, changes, None)
        for candidate, changes in plan.new
    ]
    return items + [
        published_item(
            update.candidate.source,
            Outcome.UPDATED,
            update.candidate.desired.remarks,
            update.changes,
            update.candidate.source.listing.external_number,
        )
        for update in plan.updates
    ]

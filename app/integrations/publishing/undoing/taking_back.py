"""Undoing a publish run, batch by batch.

1. Up to 250 products are read and compared with what the run found and left.
2. What is going to be put back or removed is written down.
3. Products that the run made are deleted, 250 a request; those that it changed are put back in
   batches; every page records a group.

A worker may die at any line: what another one finds begun is compared with the store again, and
only what is missing is sent. A dry run stops before the second step.
"""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any, Final
from uuid import UUID

from app.bigcommerce.resources import metafields, products, variants
from app.bigcommerce.resources.batches import batches
from app.integrations.context import PageWork, RunContext
from app.integrations.publishing.approved import approved_items, stale
from app.integrations.publishing.items import published_item, refused_item
from app.integrations.publishing.pages import Closing
from app.integrations.publishing.plan import NotPublishable, Remark
from app.integrations.publishing.undoing.batches import Batch, read_batch
from app.integrations.publishing.undoing.judging import take_back
from app.integrations.publishing.undoing.pages import Opening, Planned, Sent
from app.integrations.publishing.undoing.plan import TakeBack
from app.integrations.publishing.undoing.sending import Answered, send_deletions, send_updates
from app.listings.traces_models import TraceStatus
from app.runs.kinds import Outcome, RunMode
from app.runs.recording import ItemOutcome

GROUP: Final = 50


async def take_back_run(
    context: RunContext, cursor: dict[str, Any]
) -> AsyncGenerator[PageWork, None]:
    """Take a run back, from a cursor on."""
    if not cursor:
        yield Opening(context)
    after = UUID(cursor["after"]) if cursor.get("after") else None
    estimated = int(cursor.get("estimated", 0))
    while True:
        made = context.client.requests_made
        batch = await read_batch(context, after)
        if batch is None:
            yield Closing(after, estimated)
            return
        after = batch.last
        backs = [take_back(facts) for facts in batch.facts]
        if not batch.resumed:
            estimated += context.client.requests_made - made + estimated_requests(backs)
        async with aclosing(_carry_out(context, batch, backs, estimated)) as works:
            async for work in works:
                yield work


async def _carry_out(
    context: RunContext, batch: Batch, backs: Sequence[TakeBack], estimated: int
) -> AsyncGenerator[PageWork, None]:
    refused = await _not_approved(context, batch, backs)
    chosen = [back for back in backs if id(back) not in refused]
    going = [back for back in chosen if _needs_requests(back)]
    rest = [back for back in chosen if not _needs_requests(back)]
    dry = context.run.mode is RunMode.DRY_RUN
    items = [
        refused_item(back.facts.source, refused[id(back)]) for back in backs if id(back) in refused
    ]
    items += [_settled(back) for back in rest]
    if dry:
        items += [_item(back, back.left, back.changes) for back in going]
    yield Planned(
        context,
        batch.last,
        items,
        {back.facts.trace.id: back.changes for back in going if not _ours(context, back)},
        done=[back.facts.trace.id for back in rest if not back.left],
        undone_in_part=[back.facts.trace.id for back in rest if back.left and back.begun],
        deleted=[back for back in rest if back.missing and not back.left],
        estimated=estimated,
    )
    if dry:
        return
    for back in going:
        if not _ours(context, back):
            back.facts.trace.undo_changes = back.changes
            back.facts.trace.undo_run_id = context.run.id
        back.facts.trace.status = TraceStatus.UNDOING.value
    deletions = [back for back in going if back.deletes]
    for group in batches(deletions, products.DELETE_BATCH):
        answered = await send_deletions(context, group)
        yield _sent(context, batch, group, answered, estimated)
    for group in batches([back for back in going if not back.deletes], GROUP):
        answered = await send_updates(context, group)
        yield _sent(context, batch, group, answered, estimated)


async def _not_approved(
    context: RunContext, batch: Batch, backs: Sequence[TakeBack]
) -> dict[int, NotPublishable]:
    """What an approved dry run has not foreseen is left alone."""
    if batch.resumed:
        return {}
    async with context.res.unit_of_work() as uow:
        ids = [back.facts.trace.listing_id for back in backs]
        approved = await approved_items(uow, context, ids)
    found = {
        id(back): stale(approved, back.facts.trace.listing_id, back.changes)
        for back in backs
        if back.changes
    }
    return {key: refusal for key, refusal in found.items() if refusal is not None}


def _needs_requests(back: TakeBack) -> bool:
    """What was begun may lack something that no comparison shows, e.g. unused option values."""
    return bool(back.changes) or (back.begun and not back.missing and not back.facts.trace.creates)


def _ours(context: RunContext, back: TakeBack) -> bool:
    """Whether this run wrote down already what it changes."""
    trace = back.facts.trace
    return trace.status == TraceStatus.UNDOING and trace.undo_run_id == context.run.id


def _settled(back: TakeBack) -> ItemOutcome:
    """A listing for which nothing is sent."""
    if back.left:
        first = back.left[0]
        text = " ".join(dict.fromkeys(remark.message for remark in back.left))
        refusal = NotPublishable(first.code, text, first.field, Outcome.SKIPPED)
        return refused_item(back.facts.source, refusal)
    trace = back.facts.trace
    if back.missing:
        # An earlier slice has deleted the product and died before it could say so.
        return _item(back, [], trace.undo_changes)
    return published_item(back.facts.source, Outcome.UNCHANGED, [], [], trace.external_number)


def _item(back: TakeBack, remarks: Sequence[Remark], changes: Sequence[Any]) -> ItemOutcome:
    outcome = Outcome.UPDATED if changes else Outcome.UNCHANGED
    if remarks and not changes:
        outcome = Outcome.SKIPPED
    number = back.facts.trace.external_number
    return published_item(back.facts.source, outcome, remarks, changes, number)


def _sent(
    context: RunContext, batch: Batch, group: Sequence[TakeBack], answered: Answered, estimated: int
) -> Sent:
    items: list[ItemOutcome] = []
    done: list[UUID] = []
    in_part: list[UUID] = []
    for back in group:
        trace = back.facts.trace
        refusal = answered.failed.get(trace.listing_id)
        remarks = [*back.left, *answered.remarks.get(trace.listing_id, [])]
        (in_part if refusal is not None or remarks else done).append(trace.id)
        if refusal is not None:
            items.append(refused_item(back.facts.source, refusal))
        else:
            items.append(_item(back, remarks, trace.undo_changes))
    arrived = [back for back in group if back.facts.trace.listing_id not in answered.failed]
    return Sent(
        context,
        batch.last,
        items,
        deleted=[back for back in arrived if back.deletes],
        updated=[back for back in group if not back.deletes],
        failed=frozenset(answered.failed),
        refused_metafields=frozenset(answered.refused_metafields),
        done=done,
        undone_in_part=in_part,
        estimated=estimated,
    )


def estimated_requests(backs: Sequence[TakeBack]) -> int:
    """How many requests taking back a batch takes when nothing goes wrong."""
    count = math.ceil(sum(1 for back in backs if back.deletes) / products.DELETE_BATCH)
    for adding in (False, True):
        bodies = [b for b in backs if b.update.product and b.update.adds_fields is adding]
        count += math.ceil(len(bodies) / products.UPDATE_BATCH)
    rows = sum(len(back.update.variants) for back in backs)
    count += math.ceil(rows / variants.UPDATE_BATCH)
    for back in backs:
        update = back.update
        count += len(update.single) + len(update.gone_fields) + len(update.images)
        count += len(update.gone_images) + len(update.variant_images)
        count += len(back.gone_variants) + (2 if back.gone_variants else 0)
    for many in (
        sum(len(back.changed_metafields) for back in backs),
        sum(len(back.gone_metafields) for back in backs),
    ):
        count += math.ceil(many / metafields.BATCH)
    updated = sum(1 for back in backs if back.changes and not back.deletes)
    return count + math.ceil(updated / GROUP)

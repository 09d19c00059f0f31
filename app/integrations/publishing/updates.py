"""Refreshing products that exist, in the largest batches the store takes.

Every round compares with what the store has and sends only what differs. So after an answer that
was lost, reading again and comparing again is all that is needed: nothing is added twice.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Final
from uuid import UUID

from app.bigcommerce.errors import MalformedAnswer, Unreachable
from app.bigcommerce.models.catalog import Product
from app.bigcommerce.resources import products, variants
from app.bigcommerce.resources.batches import batches
from app.integrations.context import PageWork
from app.integrations.publishing.desk import Desk, Finishing
from app.integrations.publishing.diff import StoreView, Update, update_of
from app.integrations.publishing.items import published_item, refused_item
from app.integrations.publishing.memory import memory_of
from app.integrations.publishing.metafields import Key, unknown_keys
from app.integrations.publishing.pages import Step
from app.integrations.publishing.plan import Remark
from app.integrations.publishing.saving import Published, matched
from app.integrations.publishing.sending import Sending
from app.integrations.publishing.traces import trace_of_update
from app.listings.publishing import UNCOUNTED
from app.runs.kinds import Outcome

GROUP: Final = 50
ROUNDS: Final = 3


async def update_all(
    desk: Desk, view: StoreView, updates: Sequence[Update], after: UUID | None
) -> AsyncGenerator[PageWork, None]:
    """Send updates group by group; every page records one group and marks the next."""
    step = Step(desk.context, after, scratch=desk.take_unsaved(), estimated=desk.estimated)
    for group in batches(updates, GROUP):
        step.sending = [update.candidate.id for update in group]
        await _look(desk, group)
        step.traces = [trace_of_update(update, desk.seen.values) for update in group]
        yield step
        step = Step(desk.context, after, estimated=desk.estimated)
        sending = Sending(desk.context.res, desk.context.client)
        await _settle(sending, view, group)
        _record(desk, step, sending, group)
    if updates:
        yield step


async def _look(desk: Desk, group: Sequence[Update]) -> None:
    """Read what undo must know and nothing else asks for: options, and forgotten metafields."""
    unknown: list[Key] = []
    for update in group:
        live = update.candidate.live
        if live is not None and update.new_variants:
            update.options = await variants.options(desk.context.client, live.id)
        if live is not None and update.metafields:
            pairs = matched(update.candidate.source.variants, live.variants)
            unknown += unknown_keys(update, live, {row.id: one for row, one in pairs.items()})
    await desk.seen.look(desk.context.client, unknown)


async def _settle(sending: Sending, view: StoreView, group: Sequence[Update]) -> None:
    """Send until the products are as they are to be, or refused."""
    rest = [update for update in group if update.sends]
    for round_number in range(1, ROUNDS + 1):
        if not rest:
            return
        try:
            await sending.send(rest)
            lost = None
        except (Unreachable, MalformedAnswer) as error:
            if not error.sent or round_number == ROUNDS:
                raise
            lost = error
        await refresh(sending, group)
        rest = [
            update
            for update in (update_of(one.candidate, view) for one in rest)
            if update.candidate.id not in sending.failed
            and update.sends
            and (lost is not None or update.candidate.id in sending.adopted)
        ]


async def refresh(sending: Sending, group: Sequence[Update]) -> None:
    """Read the products of a group again."""
    by_number = {
        update.candidate.live.id: update.candidate
        for update in group
        if update.candidate.live is not None
    }
    for product in await products.by_ids(sending.client, sorted(by_number)):
        by_number[product.id].live = product


def _record(desk: Desk, step: Step, sending: Sending, group: Sequence[Update]) -> None:
    failed: dict[UUID, Remark] = {}
    for update in group:
        candidate = update.candidate
        if candidate.live is not None:
            step.left[candidate.id] = candidate.live
        refusal = sending.failed.get(candidate.id)
        if refusal is not None:
            failed[candidate.id] = Remark(refusal.code, refusal.message, refusal.field)
            step.items.append(refused_item(candidate.source, refusal))
            continue
        live: Product | None = candidate.live
        assert live is not None  # noqa: S101 - only products that exist are refreshed
        before = candidate.before
        remarks = [*candidate.desired.remarks, *sending.remarks.get(candidate.id, ())]
        if update.metafields:
            desk.finishing.append(Finishing(candidate, live))
        step.items.append(
            published_item(
                candidate.source,
                Outcome.UPDATED,
                remarks,
                candidate.planned or update.changes,
                live.id,
            )
        )
        step.published.append(
            Published(
                listing_id=candidate.id,
                version=candidate.source.listing.version,
                product=live,
                variant_images=sending.variant_images.get(candidate.id, {}),
                remarks=remarks,
                finishing=update.metafields,
                memory=memory_of(
                    candidate.desired,
                    live,
                    uncounted=before is not None and bool(before.sent.get(UNCOUNTED)),
                ),
            )
        )
    step.failed = failed

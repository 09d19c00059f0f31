"""Publish Listings: our listings become products of the store, or refresh those that they are.

A batch of listings is read, mapped and judged; what is to be sent is written down; then it is
sent and recorded in small steps. A worker may die at any line: what another one finds begun, it
settles by looking at the store before it sends anything.

A dry run stops before anything is written down, and tells what would change.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any
from uuid import UUID

from app.bigcommerce.pacing import Lane
from app.channels.kinds import IntegrationType
from app.integrations.context import PageWork, RunContext
from app.integrations.publish_batches import Batch, read_batch
from app.integrations.publish_creations import create_all
from app.integrations.publish_desk import Desk, open_desk
from app.integrations.publish_pages import Closing, Opening, Planning
from app.integrations.publish_plan import creation_changes
from app.integrations.writer import take_store
from app.listings.publishing_models import PublicationStatus
from app.runs.kinds import RunMode


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
        desk = await open_desk(context)
        if not cursor:
            yield Opening(context, desk.take_unsaved())
        after = UUID(cursor["after"]) if cursor.get("after") else None
        while True:
            batch = await read_batch(desk.terms, desk.checker, after)
            if batch is None:
                yield Closing(after)
                return
            after = batch.last
            async with aclosing(_carry_out(desk, batch)) as works:
                async for work in works:
                    yield work


async def _carry_out(desk: Desk, batch: Batch) -> AsyncGenerator[PageWork, None]:
    await desk.paths(batch.candidates)
    new = [candidate for candidate in batch.candidates if candidate.live is None]
    if not batch.resumed or batch.refused:
        yield Planning(
            context=desk.context,
            after=batch.last,
            refused=batch.refused,
            resumed=batch.resumed,
            settled=[],
            planned=[(candidate, creation_changes(candidate.desired)) for candidate in new],
            scratch=desk.take_unsaved(),
        )
    await desk.make_categories(batch.candidates)
    unsent = [
        candidate
        for candidate in new
        if candidate.row is None or candidate.row.status != PublicationStatus.FINISHING
    ]
    async with aclosing(create_all(desk, unsent, batch.last)) as works:
        async for work in works:
            yield work

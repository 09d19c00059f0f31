"""What follows once products are in the store: metafields and channels, in batches."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Final
from uuid import UUID

from app.bigcommerce.client import StoreClient
from app.bigcommerce.errors import Refused
from app.bigcommerce.resources import channels
from app.bigcommerce.resources.batches import batches
from app.integrations.context import PageWork
from app.integrations.publishing.desk import Desk, Finishing
from app.integrations.publishing.metafields import (
    Wanted,
    known_values,
    send_metafields,
    wanted_values,
)
from app.integrations.publishing.pages import Step
from app.integrations.publishing.plan import Remark
from app.integrations.publishing.saving import matched
from app.runs.kinds import LogLevel
from app.runs.recording import LogLine

GROUP: Final = 50


async def finish_all(
    desk: Desk, after: UUID | None, *, doubtful: bool
) -> AsyncGenerator[PageWork, None]:
    """Send what is missing; `doubtful` when an earlier slice may have sent some of it."""
    for group in batches(desk.finishing, GROUP):
        wanted = [_wanted(entry) for entry in group]
        await send_metafields(desk.context.client, wanted, doubtful=doubtful)
        told = {row.listing_id: row.remarks for row in wanted if row.remarks}
        if desk.multi_storefront:
            made = [entry for entry in group if entry.created]
            for listing_id, remark in (
                await _assign(desk.context.client, desk.storefront, made)
            ).items():
                told.setdefault(listing_id, []).append(remark)
        kept = {
            row.listing_id: [[*key, value, number] for key, (number, value) in row.known.items()]
            for row in wanted
        }
        yield Step(
            desk.context,
            after,
            estimated=desk.estimated,
            finished=kept,
            told=told,
            log=[
                LogLine(remark.message, LogLevel.WARNING, remark.code)
                for remarks in told.values()
                for remark in remarks
            ],
        )
    desk.finishing = []


def _wanted(entry: Finishing) -> Wanted:
    candidate = entry.candidate
    pairs = matched(candidate.source.variants, entry.product.variants)
    numbers = {row.id: variant for row, variant in pairs.items()}
    before = candidate.before
    return Wanted(
        candidate.id,
        wanted_values(candidate.desired, entry.product.id, numbers),
        known_values(before.metafields if before is not None and not entry.created else []),
    )


async def _assign(
    client: StoreClient, storefront: int, made: Sequence[Finishing]
) -> dict[UUID, Remark]:
    """Sell products on the storefront; repeating it is harmless, so no answer is ever missed."""
    if not made:
        return {}
    try:
        await channels.assign(client, [(entry.product.id, storefront) for entry in made])
    except Refused as error:
        if len(made) == 1:
            text = f"The product was not assigned to the storefront: {error.for_merchant}"
            return {made[0].candidate.id: Remark("channel_refused", text)}
        middle = len(made) // 2
        first = await _assign(client, storefront, made[:middle])
        return first | await _assign(client, storefront, made[middle:])
    return {}

"""Cleaning up behind a channel that was deleted."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, select

from app.accounts.service import Principal, Scope
from app.channels.models import Channel
from app.connections.service import release_channel
from app.core.resources import Resources
from app.listings.models import Listing
from app.orders.models import Order
from app.runs.models import Run
from app.runs.service import cancel_channel_runs

BATCH = 500


async def forget_channel(res: Resources, channel_id: UUID) -> None:
    """Stop its runs, take our webhooks off the store, then remove every row of it."""
    async with res.unit_of_work() as uow:
        account_id = await uow.session.scalar(
            select(Channel.account_id).where(
                Channel.id == channel_id, Channel.deleted_at.is_not(None)
            )
        )
        if account_id is None:
            return
        await cancel_channel_runs(uow, channel_id)
    await release_channel(res, Principal(account_id, Scope.WRITE, "system"), channel_id)
    for table in (Run, Listing, Order):
        while await _delete_some(res, table, channel_id):
            pass
    async with res.unit_of_work() as uow:
        await uow.session.execute(delete(Channel).where(Channel.id == channel_id))


async def _delete_some(
    res: Resources, table: type[Run | Listing | Order], channel_id: UUID
) -> bool:
    """Delete a batch of rows, so that a large channel does not end in one endless statement."""
    some = select(table.id).where(table.channel_id == channel_id).limit(BATCH)
    async with res.unit_of_work() as uow:
        gone = await uow.session.execute(
            delete(table).where(table.id.in_(some)).returning(table.id)
        )
        return len(gone.all()) == BATCH

"""Cleaning up behind a channel that was deleted."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, select

from app.accounts.service import Principal, Scope
from app.channels.models import Channel
from app.connections.service import release_channel
from app.core.resources import Resources
from app.runs.service import cancel_channel_runs


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
    async with res.unit_of_work() as uow:
        await uow.session.execute(delete(Channel).where(Channel.id == channel_id))

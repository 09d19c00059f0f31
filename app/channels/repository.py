"""Queries of channels."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.dialects.postgresql import insert

from app.channels.kinds import IntegrationType
from app.channels.models import Channel, ChannelDrift, ChannelIntegration
from app.core.errors import NotFound
from app.core.uow import UnitOfWork


def channels_of(account_id: UUID) -> Select[Channel]:
    """Select an account's channels, oldest first."""
    return (
        select(Channel)
        .where(Channel.account_id == account_id, Channel.deleted_at.is_(None))
        .order_by(Channel.id)
    )


async def get_channel(
    uow: UnitOfWork, account_id: UUID, channel_id: UUID, *, lock: bool = False
) -> Channel:
    """Return a channel of the account; raises `NotFound`."""
    query = channels_of(account_id).where(Channel.id == channel_id)
    channel = await uow.session.scalar(query.with_for_update(key_share=True) if lock else query)
    if channel is None:
        raise NotFound("There is no channel with that id.")
    return channel


async def integrations_of(
    uow: UnitOfWork, channel_ids: list[UUID]
) -> dict[UUID, list[ChannelIntegration]]:
    """Return the integrations of channels, each list in the order of `IntegrationType`."""
    order = {kind.value: place for place, kind in enumerate(IntegrationType)}
    found: dict[UUID, list[ChannelIntegration]] = {channel_id: [] for channel_id in channel_ids}
    rows = await uow.session.scalars(
        select(ChannelIntegration).where(ChannelIntegration.channel_id.in_(channel_ids))
    )
    for row in sorted(rows, key=lambda row: order[row.type]):
        found[row.channel_id].append(row)
    return found


async def get_integration(
    uow: UnitOfWork, channel_id: UUID, kind: IntegrationType, *, lock: bool = False
) -> ChannelIntegration:
    """Return one integration of a channel."""
    query = select(ChannelIntegration).where(
        ChannelIntegration.channel_id == channel_id, ChannelIntegration.type == kind.value
    )
    row = await uow.session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise NotFound("There is no such integration.")
    return row


async def due_integrations(uow: UnitOfWork, now: datetime, limit: int) -> list[ChannelIntegration]:
    """Return integrations whose schedule has come due, locked for this transaction."""
    rows = await uow.session.scalars(
        select(ChannelIntegration)
        .join(Channel, Channel.id == ChannelIntegration.channel_id)
        .where(
            ChannelIntegration.next_due_at <= now,
            ChannelIntegration.enabled,
            ~ChannelIntegration.paused,
            Channel.deleted_at.is_(None),
        )
        .order_by(ChannelIntegration.next_due_at)
        .limit(limit)
        .with_for_update(of=ChannelIntegration, skip_locked=True)
    )
    return list(rows)


async def find_drift(uow: UnitOfWork, channel_id: UUID) -> ChannelDrift | None:
    """Return what a channel says of drift; None while nobody has said anything."""
    return await uow.session.get(ChannelDrift, channel_id)


async def lock_drift(uow: UnitOfWork, channel_id: UUID) -> ChannelDrift:
    """Return what a channel says of drift to be changed, making the row if there is none."""
    await uow.session.execute(
        insert(ChannelDrift).values(channel_id=channel_id, policy={}).on_conflict_do_nothing()
    )
    return await uow.session.get_one(
        ChannelDrift, channel_id, with_for_update=True, populate_existing=True
    )


async def due_drifts(uow: UnitOfWork, now: datetime, limit: int) -> list[ChannelDrift]:
    """Return comparisons that have come due, locked; those of a paused sync wait with it."""
    rows = await uow.session.scalars(
        select(ChannelDrift)
        .join(Channel, Channel.id == ChannelDrift.channel_id)
        .join(ChannelIntegration, ChannelIntegration.channel_id == Channel.id)
        .where(
            ChannelDrift.next_due_at <= now,
            ChannelIntegration.type == IntegrationType.SYNC_LISTINGS.value,
            ChannelIntegration.enabled,
            ~ChannelIntegration.paused,
            Channel.deleted_at.is_(None),
        )
        .order_by(ChannelDrift.next_due_at)
        .limit(limit)
        .with_for_update(of=ChannelDrift, skip_locked=True)
    )
    return list(rows)


async def pause_integrations(
    uow: UnitOfWork, channel_id: UUID, reason: str, kind: IntegrationType | None = None
) -> list[IntegrationType]:
    """Pause all (or one) of a channel's integrations that are not paused; return which."""
    query = (
        update(ChannelIntegration)
        .where(ChannelIntegration.channel_id == channel_id, ~ChannelIntegration.paused)
        .values(paused=True, pause_reason=reason)
        .returning(ChannelIntegration.type)
    )
    if kind is not None:
        query = query.where(ChannelIntegration.type == kind.value)
    return [IntegrationType(value) for value in await uow.session.scalars(query)]


async def resume_integrations(uow: UnitOfWork, channel_id: UUID, reason: str) -> None:
    """Resume the integrations that were paused for this very reason."""
    await uow.session.execute(
        update(ChannelIntegration)
        .where(
            ChannelIntegration.channel_id == channel_id,
            ChannelIntegration.paused,
            ChannelIntegration.pause_reason == reason,
        )
        .values(paused=False, pause_reason=None)
    )

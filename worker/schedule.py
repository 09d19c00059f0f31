"""What a worker does by the clock, without a queue.

Every worker runs these loops; an advisory lock lets one at a time do a round, so that more
workers do not mean more work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import text, update
from sqlalchemy.exc import SQLAlchemyError

from app.accounts.idempotency import forget_old_keys
from app.channels.models import Channel
from app.connections.install_callback import forget_old_codes
from app.connections.payload_callbacks import forget_used_payloads
from app.connections.repository import connections_due_for_hook_check
from app.connections.state_lists import ring_for_state_lists
from app.core.heartbeat import beat
from app.core.queue import WakeUp
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.integrations.inbox.polling import poll_wake_up
from app.integrations.ordering.order_erasure import erase_due_personal_data
from app.integrations.shipping.shipment_jobs import ring_for_unsent
from app.listings.traces import forget_old_traces
from app.notifications.delivery import ring_for_undelivered
from app.notifications.repository import forget_old_notifications
from app.runs.claims import WORKER_LOCK_CLASS, free_abandoned, ring_for_neglected
from app.runs.service import finish_cancelled
from app.webhooks.claims import free_abandoned_events, ring_for_neglected_events
from app.webhooks.polls import polls_due
from app.webhooks.repository import forget_old_events, let_go_of_events
from worker.due import start_after_sales, start_due

log = structlog.get_logger(__name__)

NEGLECTED_AFTER = timedelta(seconds=3)
FORGETTING_TAKES = timedelta(minutes=3)
_ONE_AT_A_TIME = text("SELECT pg_try_advisory_xact_lock(20906, :which)")


@dataclass(frozen=True)
class Round:
    """A piece of work done again and again."""

    number: int
    seconds: float
    work: Callable[[UnitOfWork], Awaitable[None]]


async def sweep(uow: UnitOfWork) -> None:
    """Free runs of dead workers, finish cancelled ones, ring for those nobody took."""
    freed = await free_abandoned(uow)
    if freed:
        log.info("runs_freed", count=len(freed))
    await finish_cancelled(uow)
    await ring_for_neglected(uow, NEGLECTED_AFTER)


async def sweep_events(uow: UnitOfWork) -> None:
    """Free webhook events of dead workers, ring for those nobody took."""
    await free_abandoned_events(uow, WORKER_LOCK_CLASS)
    await ring_for_neglected_events(uow)


async def ring_for_polls(uow: UnitOfWork) -> None:
    """Ring for connections whose orders are to be compared with what events told."""
    for connection_id in await polls_due(uow):
        uow.ring_after_commit(poll_wake_up(connection_id))


async def sweep_shipments(uow: UnitOfWork) -> None:
    """Ring for shipments whose own ring was lost, or that it is time to come back to."""
    await ring_for_unsent(uow)


async def sweep_deliveries(uow: UnitOfWork) -> None:
    """Ring for notifications that should have left and did not."""
    await ring_for_undelivered(uow)


async def ring_for_channels_to_forget(uow: UnitOfWork) -> None:
    """Ring for deleted channels whose clean-up was not done, e.g. because Redis was away."""
    now = uow.clock.now()
    for channel_id in await uow.session.scalars(
        update(Channel)
        .where(Channel.deleted_at < now - FORGETTING_TAKES)
        .values(deleted_at=now)
        .returning(Channel.id)
    ):
        uow.ring_after_commit(WakeUp("forget_channel", {"channel_id": str(channel_id)}))


async def erase_personal_data(uow: UnitOfWork) -> None:
    """Erase personal data of orders whose time is over."""
    await erase_due_personal_data(uow)


async def forget_old(uow: UnitOfWork) -> None:
    """Drop idempotency keys, codes, notes and traces that no longer protect anything."""
    await forget_old_keys(uow)
    await forget_old_codes(uow)
    await forget_used_payloads(uow)
    await forget_old_events(uow)
    await let_go_of_events(uow)
    await forget_old_notifications(uow)
    await forget_old_traces(uow)


def rounds(res: Resources) -> tuple[Round, ...]:
    """Return the loops of a worker."""
    every = timedelta(minutes=res.settings.hook_check_minutes)

    async def ring_for_hooks(uow: UnitOfWork) -> None:
        for connection_id in await connections_due_for_hook_check(uow, uow.clock.now() - every):
            uow.ring_after_commit(WakeUp("repair_hooks", {"connection_id": str(connection_id)}))

    return (
        Round(1, res.settings.sweep_seconds, sweep),
        Round(2, 2.0, start_due),
        Round(3, res.settings.sweep_seconds, sweep_shipments),
        Round(4, 5.0, sweep_deliveries),
        Round(5, 15.0, ring_for_polls),
        Round(6, res.settings.sweep_seconds, sweep_events),
        Round(7, 15.0, ring_for_hooks),
        Round(8, 20.0, ring_for_channels_to_forget),
        Round(9, 600.0, forget_old),
        Round(10, 120.0, erase_personal_data),
        Round(11, 300.0, ring_for_state_lists),
        Round(12, 1.0, start_after_sales),
    )


async def go_round(res: Resources, item: Round) -> None:
    """Do one round, unless another worker is doing it."""
    async with res.unit_of_work() as uow:
        if await uow.session.scalar(_ONE_AT_A_TIME, {"which": item.number}):
            await item.work(uow)


async def keep_going(res: Resources, item: Round) -> None:
    """Do a round for ever; a database that is away is waited for."""
    while True:
        try:
            await go_round(res, item)
        except (SQLAlchemyError, OSError) as error:
            log.warning("round_failed", number=item.number, reason=type(error).__name__)
        except Exception:
            # A loop that ends would silently end what it does for everybody.
            log.exception("round_failed", number=item.number)
        await asyncio.sleep(item.seconds)


async def keep_beating(res: Resources, worker_id: UUID) -> None:
    """Say for ever that this worker is alive."""
    while True:
        try:
            async with res.unit_of_work() as uow:
                await beat(uow, worker_id)
        except Exception as error:
            log.warning("heartbeat_failed", reason=type(error).__name__)
        await asyncio.sleep(4.0)

"""Sending shipments at once, without a run.

A shipment that is taken while Sync Orders is enabled rings for its order. The job works on one
order with the channel's present settings; runs and other jobs keep away from it meanwhile
(`shipment_claims`). A ring that is lost, or that finds the order taken, is made good by the
sweeper. A store that is busy or away is come back to; lost access pauses as in a run.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import select, text, update

from app.bigcommerce.errors import BigCommerceError
from app.channels.kinds import IntegrationType
from app.channels.models import Channel
from app.channels.repository import get_integration, pause_integrations
from app.channels.settings import SyncOrdersSettings
from app.connections.client import store_client
from app.connections.lifecycle import mark_rejected
from app.connections.repository import usable_connection
from app.core.problems import database_is_away
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.integrations.failures import LoseAccess, Wait, judge
from app.integrations.opening import PATIENCE
from app.integrations.shipping.rereading import open_rereading
from app.integrations.shipping.sending import OrderSender, Patience, Work
from app.integrations.shipping.shipment_claims import WriterLost, leave_order, take_order
from app.mapping.engine.context import Context
from app.mapping.errors import TemplateInvalid
from app.notifications.events import tell_integration_paused
from app.orders.models import Order
from app.orders.shipment_kinds import UNSENT
from app.orders.shipment_models import UNSETTLED, Shipment
from app.orders.shipments import send_wake_up
from app.templates.runs import template_in_force

log = structlog.get_logger(__name__)

KIND = IntegrationType.SYNC_ORDERS
AFTER_A_FAULT = timedelta(minutes=1)
AFTER_A_REFUSAL = timedelta(minutes=5)
RUNG_AT_ONCE = 20
"""Each sweep; about what a worker sends in that time. Whatever rings faster than shipments leave
fills the queue with rings for the same orders, and everything else waits behind them."""
NEGLECTED_AFTER = timedelta(seconds=3)
INCOMPLETE_AFTER = timedelta(minutes=10)


@dataclass(frozen=True)
class Opened:
    """An order that was claimed, and what its shipments are sent with."""

    order_id: UUID
    account_id: UUID
    channel_id: UUID
    connection_id: UUID
    claim: UUID
    work: Work


async def send_shipments(
    res: Resources, order_id: UUID, worker_key: int | None, patience: Patience | None = None
) -> None:
    """Send what an order's shipments still owe the store; leaves a taken order alone."""
    async with res.unit_of_work() as uow:
        opened = await _open(res, uow, order_id, worker_key, patience or Patience())
    if opened is None:
        return
    until: datetime | None = None
    try:
        until = await _steps(res, opened)
    except WriterLost:
        log.info("order_writer_lost", order_id=str(order_id))
    except BigCommerceError as error:
        until = await _stumble(res, opened, error)
    except Exception as error:
        if database_is_away(error):
            # Nothing can be written now; the lease runs out, and the sweeper rings again.
            log.warning("database_away_during_sending", reason=type(error).__name__)
            opened = None
            return
        log.exception("sending_failed_unexpectedly", order_id=str(order_id))
        await _rest(res, order_id, AFTER_A_FAULT)
    finally:
        if opened is not None:
            await asyncio.shield(_leave(res, opened, until))


async def _open(
    res: Resources, uow: UnitOfWork, order_id: UUID, worker_key: int | None, patience: Patience
) -> Opened | None:
    order = await uow.session.scalar(
        select(Order)
        .join(Channel, Channel.id == Order.channel_id)
        .where(Order.id == order_id, Channel.deleted_at.is_(None))
    )
    if order is None:
        return None
    integration = await get_integration(uow, order.channel_id, KIND)
    connection = await usable_connection(uow, order.channel_id)
    if not integration.enabled or integration.paused or connection is None:
        return None
    claim = await take_order(uow, order_id, worker_key)
    if claim is None:
        return None
    account_id = order.account_id
    try:
        template = await template_in_force(uow, account_id, integration.template_id, KIND)
    except TemplateInvalid as error:
        log.warning("template_invalid", integration=KIND, reason=str(error))
        await _pause(uow, account_id, order.channel_id, "template_invalid", str(error))
        await leave_order(uow, order_id, claim)
        return None
    assert template is not None  # noqa: S101 - this integration has one
    mapping = Context(
        now=uow.clock.now(),
        weight_unit=connection.store.get("weight_units"),
        dimension_unit=connection.store.get("dimension_units"),
    )
    client = store_client(res, connection, "orders", patience=PATIENCE)
    work = Work(
        res=res,
        client=client,
        settings=SyncOrdersSettings.model_validate(integration.settings),
        template=template,
        mapping=mapping,
        rereading=await open_rereading(res, uow, connection, client, mapping),
        patience=patience,
    )
    return Opened(order_id, account_id, order.channel_id, connection.id, claim, work)


async def _pause(
    uow: UnitOfWork, account_id: UUID, channel_id: UUID, code: str, message: str
) -> None:
    if await pause_integrations(uow, channel_id, code, KIND):
        await tell_integration_paused(uow, account_id, channel_id, KIND, code, message)


async def _steps(res: Resources, opened: Opened) -> datetime | None:
    """Take steps until nothing is left or the order has to rest; returns until when."""
    sender = OrderSender(opened.work, opened.order_id, opened.claim)
    while (step := await sender.step()) is not None:
        async with res.unit_of_work() as uow:
            await step.save(uow)
        if step.blocked:
            return step.until
    return None


async def _stumble(res: Resources, opened: Opened, error: BigCommerceError) -> datetime | None:
    async with res.unit_of_work() as uow:
        attempts = await uow.session.scalar(
            select(Shipment.attempts)
            .where(Shipment.order_id == opened.order_id, Shipment.sync_status.in_(UNSENT))
            .order_by(Shipment.id)
            .limit(1)
        )
    verdict = judge(error, max((attempts or 1) - 1, 0))
    log.warning("sending_failed", error=str(error), verdict=type(verdict).__name__)
    if isinstance(verdict, Wait):
        return await _rest(res, opened.order_id, timedelta(seconds=verdict.seconds))
    if isinstance(verdict, LoseAccess):
        async with res.unit_of_work() as uow:
            await mark_rejected(uow, opened.connection_id, verdict.message)
        return None
    if verdict.pause:
        async with res.unit_of_work() as uow:
            await _pause(uow, opened.account_id, opened.channel_id, verdict.code, verdict.message)
        return None
    return await _rest(res, opened.order_id, AFTER_A_REFUSAL, verdict.code, verdict.message)


async def _rest(
    res: Resources,
    order_id: UUID,
    pause: timedelta,
    code: str | None = None,
    message: str | None = None,
) -> datetime:
    """Let nobody try the order's shipments for a while."""
    values = {} if code is None else {"code": code, "message": (message or "")[:1000]}
    async with res.unit_of_work() as uow:
        until = uow.clock.now() + pause
        await uow.session.execute(
            update(Shipment)
            .where(Shipment.order_id == order_id, text(f"({UNSETTLED})"))
            .values(not_before=until, **values)
            .execution_options(synchronize_session=False)
        )
    return until


async def _leave(res: Resources, opened: Opened, until: datetime | None) -> None:
    """Let others at the order, and ring for what is left of it."""
    async with res.unit_of_work() as uow:
        await leave_order(uow, opened.order_id, opened.claim)
        now = uow.clock.now()
        if until is not None:
            wait = max((until - now).total_seconds(), 0.0)
            uow.ring_after_commit(send_wake_up(opened.order_id, wait))
    async with res.unit_of_work() as uow:
        # Taken while we were about to leave: its own ring has found the order in our hands.
        added = await uow.session.scalar(
            select(Shipment.id)
            .where(
                Shipment.order_id == opened.order_id,
                Shipment.sync_status == "pending",
                Shipment.code.is_(None),
                Shipment.not_before.is_(None),
            )
            .limit(1)
        )
        if added is not None:
            uow.ring_after_commit(send_wake_up(opened.order_id))


async def ring_for_unsent(uow: UnitOfWork) -> int:
    """Ring for shipments that should have been sent at once and were not; returns for how many."""
    now = uow.clock.now()
    rows = await uow.session.execute(
        _NEGLECTED,
        {
            "now": now,
            "before": now - NEGLECTED_AFTER,
            "incomplete_before": now - INCOMPLETE_AFTER,
            "limit": RUNG_AT_ONCE,
        },
    )
    orders = {row.order_id for row in rows}
    for order_id in sorted(orders):
        uow.ring_after_commit(send_wake_up(order_id))
    return len(orders)


_NEGLECTED = text(f"""
    UPDATE shipments SET rung_at = :now
    WHERE id IN (
        SELECT shipments.id
        FROM shipments
        JOIN channels ON channels.id = shipments.channel_id AND channels.deleted_at IS NULL
        JOIN channel_integrations integration
          ON integration.channel_id = shipments.channel_id AND integration.type = 'sync_orders'
         AND integration.enabled AND NOT integration.paused
        JOIN connections
          ON connections.channel_id = shipments.channel_id AND connections.deleted_at IS NULL
         AND connections.status = 'active'
        WHERE ({UNSETTLED})
          AND (shipments.not_before IS NULL OR shipments.not_before <= :now)
          AND (shipments.rung_at IS NULL OR shipments.rung_at < :before)
          AND (shipments.code IS DISTINCT FROM 'waiting_for_whole_order'
               OR shipments.rung_at < :incomplete_before
               OR integration.settings ->> 'partial_shipments' = 'true')
        ORDER BY shipments.rung_at NULLS FIRST, shipments.id
        LIMIT :limit
        FOR UPDATE OF shipments SKIP LOCKED
    )
    RETURNING order_id
""")

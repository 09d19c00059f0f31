"""Sync Orders: our shipments become shipments of the store's orders.

Walks the orders that have shipments to send, one step a page: a page's transaction records what
became of one shipment together with the run's item and counters. Orders that have to rest (an
answer was lost and may still come true, another worker is at it) are come back to at the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import func, or_, select

from app.bigcommerce.errors import StoreUnavailable
from app.bigcommerce.pacing import Lane
from app.channels.kinds import IntegrationType
from app.channels.settings import SyncOrdersSettings
from app.connections.repository import find_connection
from app.core.uow import UnitOfWork
from app.integrations.context import PageResult, PageWork, RunContext
from app.integrations.shipping.mapping import Refusal
from app.integrations.shipping.rereading import open_rereading
from app.integrations.shipping.sending import OrderSender, Patience, Work
from app.integrations.shipping.shipment_claims import WriterLost, leave_order, take_order
from app.integrations.shipping.shipment_state import KnownOrder, load_state
from app.integrations.shipping.steps import (
    Step,
    being_sent_item,
    failed_item,
    planned_item,
    waiting_item,
)
from app.orders.repository import get_order
from app.orders.shipment_errors import OverShipping
from app.orders.shipment_kinds import SyncStatus
from app.orders.shipment_models import Shipment
from app.orders.shipment_repository import shipments_of_order, unsettled_orders
from app.orders.shipments import reopen
from app.runs.kinds import LogLevel, Outcome, RunMode
from app.runs.models import Run
from app.runs.recording import ItemOutcome, LogLine, PageRecord

ORDERS_AT_ONCE = 100
BUSY_PAUSE = timedelta(seconds=0.5)
LONGEST_NAP = 3.0
"""Seconds that a run rests in place; for longer it is put to sleep."""


class SyncCursor(msgspec.Struct, frozen=True):
    """The last order of the walk, and the orders to come back to after it."""

    after: UUID | None = None
    later: tuple[UUID, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The cursor as JSON values."""
        document: dict[str, Any] = msgspec.to_builtins(self)
        return document


class SyncOrders:
    """The integration."""

    kind = IntegrationType.SYNC_ORDERS
    lane: Lane = "orders"

    def __init__(self, patience: Patience | None = None) -> None:
        self._patience = patience or Patience()

    async def pages(
        self, context: RunContext, cursor: dict[str, Any]
    ) -> AsyncGenerator[PageWork, None]:
        """Send on from a cursor."""
        walk = await _open(context, self._patience)
        at = msgspec.convert(cursor, SyncCursor) if cursor else SyncCursor()
        if not cursor:
            yield Page(at.to_json(), total=await _count(context, walk.work))
        while order_ids := await _next_orders(context, walk.work, at.after):
            for order_id in order_ids:
                after = msgspec.structs.replace(at, after=order_id)
                if context.run.mode is RunMode.DRY_RUN:
                    at = after
                    yield Page(at.to_json(), items=await _preview(context, walk.work, order_id))
                    continue
                visit = Visit(walk, order_id)
                async for page in visit.pages(at):
                    yield page
                at = msgspec.structs.replace(after, later=(*at.later, *visit.unfinished))
        while at.later:
            first = await _first_ready(context, walk, at)
            rest = tuple(order_id for order_id in at.later if order_id != first)
            visit = Visit(walk, first)
            async for page in visit.pages(at):
                yield page
            at = msgspec.structs.replace(at, later=(*rest, *visit.unfinished))
            yield Page(at.to_json())
        yield Page(at.to_json(), finished=True)


@dataclass
class Walk:
    """What the whole slice works with; `resting` says when orders are worth a visit again."""

    context: RunContext
    work: Work
    worker_key: int | None
    resting: dict[UUID, datetime] = field(default_factory=dict)


@dataclass
class Visit:
    """One order's turn: everything that can be done for it now."""

    walk: Walk
    order_id: UUID
    unfinished: tuple[UUID, ...] = ()

    async def pages(self, at: SyncCursor) -> AsyncGenerator[Page, None]:
        """Take steps until nothing is left or the order has to rest; the cursor stays before it."""
        context, work = self.walk.context, self.walk.work
        async with context.res.unit_of_work() as uow:
            claim = await take_order(uow, self.order_id, self.walk.worker_key)
            now = uow.clock.now()
        if claim is None:
            self._come_back(now + BUSY_PAUSE)
            return
        try:
            refused = await _reopen_chosen(context, work, self.order_id)
            if refused:
                yield Page(at.to_json(), items=refused)
            sender = OrderSender(work, self.order_id, claim)
            while (step := await sender.step()) is not None:
                page = Page(at.to_json(), step=step)
                yield page
                if page.lost:
                    self._come_back(now + BUSY_PAUSE)
                    return
                if step.blocked:
                    if step.until is not None:
                        self._come_back(step.until)
                    return
        except WriterLost:
            self._come_back(now + BUSY_PAUSE)
        finally:
            await asyncio.shield(_leave(context, self.order_id, claim))

    def _come_back(self, at: datetime) -> None:
        self.unfinished = (self.order_id,)
        self.walk.resting[self.order_id] = at


@dataclass
class Page:
    """Items of one order, or a step with it, ready to be recorded."""

    cursor: dict[str, Any]
    items: Sequence[ItemOutcome] = ()
    step: Step | None = None
    total: int | None = None
    finished: bool = False
    lost: bool = False
    """Another worker has the order; nothing was written."""

    async def save(self, uow: UnitOfWork) -> PageResult:
        """Record it."""
        items = list(self.items)
        if self.step is not None:
            try:
                items += await self.step.save(uow)
            except WriterLost:
                self.lost = True
        record = PageRecord(
            cursor=self.cursor,
            items=items,
            done=len(items),
            total=self.total,
            requests_estimated=self.total,
            log=[_line(item) for item in items],
        )
        return PageResult(record, self.finished)


def _line(item: ItemOutcome) -> LogLine:
    name = f"{item.reference}, shipment {item.subject_id}"
    if item.outcome is Outcome.CREATED:
        warned = item.code is not None
        text = f"{name} is in the store." if not warned else f"{name}: {item.message}"
        return LogLine(text, LogLevel.WARNING if warned else LogLevel.INFO, item.code)
    level = LogLevel.ERROR if item.outcome is Outcome.FAILED else LogLevel.WARNING
    return LogLine(f"{name}: {item.message or item.code}", level, item.code)


async def _open(context: RunContext, patience: Patience) -> Walk:
    settings, template = context.settings, context.template
    assert isinstance(settings, SyncOrdersSettings)  # noqa: S101 - of this integration
    assert template is not None  # noqa: S101 - this integration has one
    res, run = context.res, context.run
    async with res.unit_of_work() as uow:
        worker_key = await uow.session.scalar(
            select(Run.worker_key).where(Run.id == run.id, Run.claim == run.claim)
        )
        connection = await find_connection(uow, context.connection_id)
        rereading = None
        if connection is not None and run.mode is RunMode.EXECUTE:
            mapping = context.mapping
            rereading = await open_rereading(res, uow, connection, context.client, mapping)
    work = Work(
        res=res,
        client=context.client,
        settings=settings,
        template=template,
        mapping=context.mapping,
        rereading=rereading,
        only=None if run.subjects is None else frozenset(run.subjects),
        patience=patience,
    )
    return Walk(context, work, worker_key)


async def _count(context: RunContext, work: Work) -> int:
    query = select(func.count()).where(Shipment.channel_id == context.run.channel_id)
    unsent = Shipment.sync_status.in_((SyncStatus.PENDING.value, SyncStatus.SENDING.value))
    if work.only is None:
        query = query.where(unsent)
    else:
        failed = Shipment.sync_status == SyncStatus.FAILED.value
        query = query.where(Shipment.id.in_(work.only), or_(unsent, failed))
    async with context.res.unit_of_work() as uow:
        return int(await uow.session.scalar(query) or 0)


async def _next_orders(context: RunContext, work: Work, after: UUID | None) -> list[UUID]:
    async with context.res.unit_of_work() as uow:
        return await unsettled_orders(
            uow,
            context.run.channel_id,
            after=after,
            limit=ORDERS_AT_ONCE,
            only=None if work.only is None else sorted(work.only),
        )


async def _first_ready(context: RunContext, walk: Walk, at: SyncCursor) -> UUID:
    """The order that may be visited first, after a nap if need be; raises to sleep for longer."""
    now = context.res.clock.now()
    first = min(at.later, key=lambda order_id: walk.resting.get(order_id, now))
    wait = (walk.resting.get(first, now) - now).total_seconds()
    if wait > LONGEST_NAP:
        raise StoreUnavailable(wait=wait)
    await asyncio.sleep(max(wait, 0.0))
    return first


async def _reopen_chosen(context: RunContext, work: Work, order_id: UUID) -> list[ItemOutcome]:
    """Make failed shipments that the run was asked for ones to send; returns those that cannot."""
    if work.only is None:
        return []
    refused = []
    async with context.res.unit_of_work() as uow:
        order = await get_order(uow, context.run.account_id, order_id, lock=True)
        for row in await shipments_of_order(uow, order_id, lock=True):
            if row.id not in work.only or row.sync_status != SyncStatus.FAILED:
                continue
            try:
                await reopen(uow, order, row)
            except OverShipping as error:
                why = Refusal(error.code, error.detail, "items")
                refused.append(failed_item(order.external_number, row.id, why))
    return refused


async def _preview(context: RunContext, work: Work, order_id: UUID) -> list[ItemOutcome]:
    """What would become of an order's shipments; nothing is written and nothing sent."""
    async with context.res.unit_of_work() as uow:
        state = await load_state(uow, order_id)
    if state is None:
        return []
    whole = work.settings.partial_shipments or state.covered(with_unsent=True)
    items = []
    for row in _previewed(state, work):
        if row.sync_status == SyncStatus.SENDING:
            items.append(being_sent_item(state.number, row.id))
            continue
        plan = work.plan(state, row)
        if isinstance(plan, Refusal):
            items.append(failed_item(state.number, row.id, plan))
        elif not whole:
            items.append(waiting_item(state.number, row.id))
        else:
            items.append(planned_item(state.number, row.id, plan))
    return items


def _previewed(state: KnownOrder, work: Work) -> list[Shipment]:
    wanted = {SyncStatus.PENDING.value, SyncStatus.SENDING.value}
    if work.only is not None:
        wanted.add(SyncStatus.FAILED.value)
    return [
        row
        for row in state.shipments
        if row.sync_status in wanted and (work.only is None or row.id in work.only)
    ]


async def _leave(context: RunContext, order_id: UUID, claim: UUID) -> None:
    async with context.res.unit_of_work() as uow:
        await leave_order(uow, order_id, claim)

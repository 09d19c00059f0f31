"""Sending an order's shipments, each exactly once.

The plan is written and committed with the status `sending` before the request leaves. A request
without an answer (dropped, timed out, a worker killed at any line) leaves that status, and then
the store's shipments are read back before anything is sent again. While it cannot be ruled out
that the request still takes effect, nothing is sent: our own waiting for an answer ends before
that time does, so not even a worker wrongly thought dead can have a request under way then.
One shipment of an order is sent after the other, by one writer at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update

from app.bigcommerce.client import StoreClient
from app.bigcommerce.errors import (
    AccessLost,
    MalformedAnswer,
    NotFound,
    RateLimited,
    Refused,
    StoreUnavailable,
    Unreachable,
)
from app.bigcommerce.models.orders import Order as StoreOrder
from app.bigcommerce.models.shipments import Shipment as StoreShipment
from app.bigcommerce.resources import orders, shipments
from app.channels.settings import SyncOrdersSettings
from app.core.resources import Resources
from app.integrations.shipping.mapping import Plan, Refusal, plan_shipment
from app.integrations.shipping.refusals import GONE, MOVED_LINE, OVER_SHIPPED, UNANSWERED, explain
from app.integrations.shipping.rereading import Rereading, read_order
from app.integrations.shipping.settling import find_sent, rematch_lines
from app.integrations.shipping.shipment_claims import keep_order
from app.integrations.shipping.shipment_state import KnownOrder, earliest, load_state
from app.integrations.shipping.steps import (
    Failed,
    Incomplete,
    Place,
    Reread,
    Resting,
    Step,
    Synced,
)
from app.mapping.engine.compile import CompiledTemplate
from app.mapping.engine.context import Context
from app.orders.kinds import OrderState
from app.orders.shipment_kinds import UNSENT, SyncStatus
from app.orders.shipment_models import Shipment, ShipmentItem

SHIPPED = 2
_CLOSED_OTHERWISE = frozenset({4, 5, 6, 12, 13, 14})


@dataclass(frozen=True)
class Patience:
    """How long an answer is waited for, and when its absence means that nothing happened."""

    answer: timedelta = timedelta(seconds=20)
    unanswered: timedelta = timedelta(seconds=30)
    """From planning on; longer than `answer` by what the store may need to finish by itself."""
    stumble: timedelta = timedelta(seconds=2)
    """After an answer that says neither yes nor no; doubled with every attempt."""
    attempts: int = 6


@dataclass(frozen=True)
class Work:
    """What shipments of a channel are sent with."""

    res: Resources
    client: StoreClient
    settings: SyncOrdersSettings
    template: CompiledTemplate
    mapping: Context
    rereading: Rereading | None
    only: Collection[UUID] | None = None
    """Shipments that a run is restricted to."""
    patience: Patience = field(default_factory=Patience)

    def plan(self, state: KnownOrder, shipment: Shipment) -> Plan | Refusal:
        """What would be sent of a shipment, or why nothing is."""
        if state.order.state == OrderState.CANCELLED:
            return Refusal("order_cancelled", "The order was cancelled; nothing is shipped of it.")
        keyring = self.res.keyring
        parcel = state.parcel(shipment)
        return plan_shipment(parcel, self.template, self.mapping, self.settings, keyring)


@dataclass(frozen=True)
class Request:
    """A body to send for a shipment."""

    state: KnownOrder
    shipment: Shipment
    plan: Plan
    lines: dict[int, int] = field(default_factory=dict)
    """Old line number → new one, where the store has made lines anew."""


def _is_to_finish(order: StoreOrder, state: KnownOrder, wanted: int) -> bool:
    """Whether the merchant's final status is due: all is shipped, and nobody ended it otherwise."""
    if order.status_id in _CLOSED_OTHERWISE or order.status_id == wanted:
        return False
    total, shipped = order.items_total, order.items_shipped
    whole = total is not None and shipped is not None and 0 < total <= shipped
    return state.covered(with_unsent=False) and (order.status_id == SHIPPED or whole)


class OrderSender:
    """Takes one step after the other for an order that the caller has claimed."""

    def __init__(self, work: Work, order_id: UUID, claim: UUID) -> None:
        self._work = work
        self._order_id = order_id
        self._claim = claim

    async def step(self) -> Step | None:
        """Do the next thing; None when nothing is left. The caller records it before the next.

        Raises `WriterLost`, and the errors of `app.bigcommerce` that concern the whole store.
        """
        work = self._work
        async with work.res.unit_of_work() as uow:
            await keep_order(uow, self._order_id, self._claim)
            state = await load_state(uow, self._order_id)
            now = uow.clock.now()
        if state is None:
            return None
        place = self._place(state)
        unanswered = state.sending()
        if unanswered is not None:
            rest = earliest([unanswered], now)
            return Resting(place, rest) if rest else await self._settle(state, unanswered)
        pending = state.pending(work.only)
        rest = earliest(pending, now) if pending else None
        incomplete = not work.settings.partial_shipments and not state.covered(with_unsent=True)
        if pending and rest is None and not incomplete:
            row = next(row for row in pending if row.not_before is None or row.not_before <= now)
            plan = work.plan(state, row)
            if isinstance(plan, Refusal):
                return Failed(place, row.id, plan)
            return await self._send(Request(state, row, plan))
        if state.unread():
            return await self._reread(state)
        if not pending:
            return None
        return Resting(place, rest) if rest else Incomplete(place, [row.id for row in pending])

    def _place(self, state: KnownOrder) -> Place:
        return Place(self._order_id, state.number, self._claim)

    async def _send(self, request: Request) -> Step | None:
        """Write the plan down, then send it."""
        work, state, row = self._work, request.state, request.shipment
        limit = asyncio.get_running_loop().time() + work.patience.answer.total_seconds()
        if not await self._write_plan(request):
            return await self.step()
        try:
            async with asyncio.timeout_at(limit):
                sent = await shipments.create(work.client, state.number, request.plan.body)
        except TimeoutError:
            return await self._look_again(request)
        except (RateLimited, AccessLost):
            await self._take_back(row.id)
            raise
        except Refused as error:
            return await self._refused(request, error)
        except StoreUnavailable:
            # Whoever says so may stand before a store that has done it all the same.
            await self._note(row.id, work.patience.stumble)
            raise
        except (Unreachable, MalformedAnswer) as error:
            if not error.sent:
                await self._take_back(row.id)
                raise
            return await self._look_again(request, answered=error.status is not None)
        return Synced(self._place(state), row.id, sent.id, request.plan.changes())

    async def _settle(self, state: KnownOrder, row: Shipment) -> Step | None:
        """Find out what became of a request whose answer nobody recorded; else send it again."""
        work, place = self._work, self._place(state)
        body = work.res.keyring.decrypt_json(row.sealed_payload or "")
        request = Request(state, row, Plan(body, row.warnings))
        try:
            found = await self._find(request)
        except NotFound:
            return Failed(place, row.id, GONE)
        if found is not None:
            return Synced(place, row.id, found.id, request.plan.changes(), found=True)
        now = work.res.clock.now()
        if row.settle_after is not None and row.settle_after > now:
            return Resting(place, row.settle_after, row.id)
        if row.attempts >= work.patience.attempts:
            return Failed(place, row.id, UNANSWERED, retryable=True, uncertain=True)
        return await self._send(request)

    async def _look_again(self, request: Request, *, answered: bool = False) -> Step:
        """Settle a request at once where that is possible, else rest until it is."""
        work, row, place = self._work, request.shipment, self._place(request.state)
        found = await self._find(request)
        if found is not None:
            return Synced(place, row.id, found.id, request.plan.changes(), found=True)
        patience = work.patience
        pause = patience.stumble * 2**row.attempts if answered else patience.unanswered
        until = work.res.clock.now() + pause
        return Resting(place, until, row.id, settle_after=until)

    async def _find(self, request: Request) -> StoreShipment | None:
        theirs = await shipments.all_of(self._work.client, request.state.number)
        taken = request.state.taken(request.shipment.id)
        return find_sent(request.plan.marks, theirs, taken)

    async def _refused(self, request: Request, error: Refused) -> Step | None:
        """A refusal that means "sent already", one that a new line number heals, or a failure."""
        row, place = request.shipment, self._place(request.state)
        why, refusal = explain(error)
        if why == OVER_SHIPPED:
            found = await self._find(request)
            if found is not None:
                return Synced(place, row.id, found.id, request.plan.changes(), found=True)
        if why == MOVED_LINE and not request.lines:
            again = await self._with_present_lines(request)
            if again is not None:
                return await self._send(again)
        return Failed(place, row.id, refusal, outdated=why == OVER_SHIPPED)

    async def _with_present_lines(self, request: Request) -> Request | None:
        """The request for the lines that the store has now; None when they are the same."""
        present = await orders.products(self._work.client, request.state.number)
        items = request.state.items[request.shipment.id]
        body = request.plan.body
        lines = rematch_lines(items, body["order_address_id"], present)
        if lines is None or all(old == new for old, new in lines.items()):
            return None
        changed = [
            {**item, "order_product_id": lines[item["order_product_id"]]} for item in body["items"]
        ]
        plan = Plan({**body, "items": changed}, request.plan.warnings)
        return Request(request.state, request.shipment, plan, lines)

    async def _reread(self, state: KnownOrder) -> Step:
        """Read the order back once its shipments are through."""
        work = self._work
        order = await read_order(work.client, state.number)
        wanted = work.settings.final_status_id
        if order is not None and wanted is not None and _is_to_finish(order, state, wanted):
            await orders.update_status(work.client, state.number, wanted)
            order = await read_order(work.client, state.number)
        mapped = None
        if order is not None and work.rereading is not None:
            mapped = await work.rereading.map_order(order)
        return Reread(self._place(state), work.rereading, mapped, state.unread())

    async def _write_plan(self, request: Request) -> bool:
        """Commit that the request is about to leave; False when it was withdrawn meanwhile."""
        work, row = self._work, request.shipment
        async with work.res.unit_of_work() as uow:
            await keep_order(uow, self._order_id, self._claim)
            now = uow.clock.now()
            written = await uow.session.scalar(
                update(Shipment)
                .where(Shipment.id == row.id, Shipment.sync_status.in_(UNSENT))
                .values(
                    sync_status=SyncStatus.SENDING.value,
                    plan=request.plan.marks,
                    sealed_payload=work.res.keyring.encrypt_json(request.plan.body),
                    warnings=request.plan.warnings,
                    attempts=Shipment.attempts + 1,
                    settle_after=now + work.patience.unanswered,
                    not_before=None,
                    code=None,
                    message=None,
                    field=None,
                    updated_at=now,
                )
                .returning(Shipment.id)
                .execution_options(synchronize_session=False)
            )
            for item in request.state.items[row.id] if request.lines else ():
                await uow.session.execute(
                    update(ShipmentItem)
                    .where(ShipmentItem.id == item.id)
                    .values(line_external_id=request.lines[item.line_external_id])
                )
        return written is not None

    async def _take_back(self, shipment_id: UUID) -> None:
        """Note that a request had no effect for certain."""
        await self._change(
            shipment_id, sync_status=SyncStatus.PENDING.value, settle_after=None, not_before=None
        )

    async def _note(self, shipment_id: UUID, pause: timedelta) -> None:
        """Shorten the time after which an answered request cannot take effect any more."""
        await self._change(shipment_id, settle_after=self._work.res.clock.now() + pause)

    async def _change(self, shipment_id: UUID, **values: Any) -> None:
        async with self._work.res.unit_of_work() as uow:
            await keep_order(uow, self._order_id, self._claim)
            await uow.session.execute(
                update(Shipment)
                .where(Shipment.id == shipment_id, Shipment.sync_status == SyncStatus.SENDING.value)
                .values(**values)
                .execution_options(synchronize_session=False)
            )

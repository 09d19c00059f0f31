"""What can be done with orders by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.accounts.audit import changed, record_change
from app.accounts.service import Principal
from app.channels.kinds import IntegrationType
from app.channels.repository import integrations_of
from app.channels.settings import GetOrdersSettings
from app.core.crypto import KeyRing
from app.core.uow import UnitOfWork
from app.orders.errors import OrderStateConflict
from app.orders.kinds import (
    ENDED,
    HELD_BY_HAND,
    RULE_CANCELLATION,
    TAKEN_OVER,
    UNSPECIFIED_HOLD,
    Extent,
    OrderState,
    settled,
    settled_quantity,
    shipped_extent,
)
from app.orders.models import Order
from app.orders.repository import addresses_of, get_order, lines_of
from app.orders.schemas import OrderView, order_view


async def view_orders(uow: UnitOfWork, keyring: KeyRing, orders: list[Order]) -> list[OrderView]:
    """Shape orders for an answer, with two queries for all their lines and addresses."""
    ids = [order.id for order in orders]
    lines = await lines_of(uow, ids)
    addresses = await addresses_of(uow, ids)
    return [order_view(keyring, order, lines[order.id], addresses[order.id]) for order in orders]


async def acknowledge_order(uow: UnitOfWork, caller: Principal, order_id: UUID) -> Order:
    """Note that the order was taken over; a second time changes nothing."""
    order = await get_order(uow, caller.account_id, order_id, lock=True)
    if order.state == OrderState.CANCELLED:
        raise OrderStateConflict("A cancelled order cannot be acknowledged.", state=order.state)
    if order.acknowledged != Extent.YES:
        before = _decided(order)
        _acknowledge(uow, order)
        await _note(uow, caller, order, "acknowledge", before)
    return order


async def hold_order(
    uow: UnitOfWork, caller: Principal, order_id: UUID, reason: str | None
) -> Order:
    """Hold an open order until it is released by hand, whatever imports find."""
    order = await get_order(uow, caller.account_id, order_id, lock=True)
    if order.state != OrderState.OPEN:
        raise OrderStateConflict(
            f"Only an open order can be held; this one is {order.state}.", state=order.state
        )
    before = _decided(order)
    order.held_by_hand = reason or HELD_BY_HAND
    _settle(order)
    await _note(uow, caller, order, "hold", before)
    return order


async def release_order(uow: UnitOfWork, caller: Principal, order_id: UUID) -> Order:
    """Release a held order; only a reason that was not there yet holds it again.

    An order that a rule cancelled here is taken back into the same states as any other. Where
    orders are acknowledged automatically, the release does what the import held back.
    """
    order = await get_order(uow, caller.account_id, order_id, lock=True)
    before = _decided(order)
    if order.state == OrderState.ON_HOLD:
        order.held_by_hand = None
        found = order.import_hold_reasons or [UNSPECIFIED_HOLD]
        order.released_reasons = sorted({*order.released_reasons, *found})
    elif order.state == OrderState.CANCELLED and order.cancelled_by_rule is not None:
        order.cancelled_by_rule = None
        order.released_reasons = sorted({*order.released_reasons, RULE_CANCELLATION})
    else:
        raise OrderStateConflict(
            f"Only a held order can be released; this one is {order.state}.", state=order.state
        )
    _settle(order)
    if order.state in TAKEN_OVER and await _is_automatic(uow, order):
        _acknowledge(uow, order)
    await _note(uow, caller, order, "release", before)
    return order


async def _is_automatic(uow: UnitOfWork, order: Order) -> bool:
    found = (await integrations_of(uow, [order.channel_id]))[order.channel_id]
    stored = next((row.settings for row in found if row.type == IntegrationType.GET_ORDERS), None)
    if stored is None:
        return False
    return GetOrdersSettings.model_validate(stored).acknowledge == "automatic"


def _acknowledge(uow: UnitOfWork, order: Order) -> None:
    if order.acknowledged != Extent.YES:
        order.acknowledged = Extent.YES.value
        order.acknowledged_at = uow.clock.now()


def _settle(order: Order) -> None:
    order.state, order.hold_reasons = settled(
        order.import_state,
        order.import_hold_reasons,
        order.held_by_hand,
        order.released_reasons,
        order.cancelled_by_rule,
    )


def _decided(order: Order) -> dict[str, Any]:
    """What was decided, for the audit trail, which outlives the personal data of an order.

    What somebody wrote as the reason of a hold may name a person, so it is not told.
    """
    return {
        "state": order.state,
        "hold_reasons": [
            HELD_BY_HAND if reason == order.held_by_hand else reason
            for reason in order.hold_reasons
        ],
        "acknowledged": order.acknowledged,
    }


async def _note(
    uow: UnitOfWork, caller: Principal, order: Order, action: str, before: dict[str, Any]
) -> None:
    order.updated_at = uow.clock.now()
    record_change(uow, caller, action, "order", order.id, changed(before, _decided(order)))
    await uow.session.flush()


async def note_shipped_here(
    uow: UnitOfWork, order: Order, quantities: Mapping[UUID, int]
) -> Extent:
    """Set what shipments of ours have shipped in all of each line (by our line id).

    Returns how much of the order is shipped now; the caller holds the order's row lock.
    """
    lines = (await lines_of(uow, [order.id]))[order.id]
    ended = order.state in ENDED
    for line in lines:
        before = settled_quantity(line, ended=ended)
        line.quantity_shipped_here = quantities.get(line.id, line.quantity_shipped_here)
        if settled_quantity(line, ended=ended) > before:
            line.settled_at = uow.clock.now()
    extent = shipped_extent(lines, order.status_id)
    order.shipped = extent.value
    if extent is not Extent.YES:
        order.shipped_at = None
    elif order.shipped_at is None:
        order.shipped_at = uow.clock.now()
    order.updated_at = uow.clock.now()
    await uow.session.flush()
    return extent

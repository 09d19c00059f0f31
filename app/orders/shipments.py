"""Taking shipments, retrying and withdrawing them.

Nothing here talks to a store. A shipment is checked against what is left to ship, under the lock
of its order, so that two at once cannot both take the last piece.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from app.accounts.audit import record_change
from app.accounts.service import Principal
from app.channels.kinds import IntegrationType
from app.channels.repository import get_integration
from app.core.crypto import KeyRing
from app.core.ids import new_id
from app.core.queue import FAST_QUEUE, WakeUp
from app.core.uow import UnitOfWork
from app.mapping.values import decimal_or_none
from app.orders.models import Order, OrderLine
from app.orders.ports import ShipmentNeeds
from app.orders.repository import get_order, lines_of
from app.orders.service import note_shipped_here
from app.orders.shipment_checks import (
    asked_quantities,
    check_given,
    check_left,
    check_state,
    one_address,
)
from app.orders.shipment_errors import ShipmentStateConflict
from app.orders.shipment_kinds import SyncStatus
from app.orders.shipment_models import Shipment, ShipmentItem
from app.orders.shipment_repository import (
    delete_shipment_row,
    get_shipment,
    items_of,
    shipments_of_order,
)
from app.orders.shipment_schemas import ShipmentRequest, ShipmentView, shipment_view

SEND_JOB = "send_shipments"


def send_wake_up(order_id: UUID, delay: float = 0.0) -> WakeUp:
    """Return the ring that makes a worker send an order's shipments."""
    return WakeUp(SEND_JOB, {"order_id": str(order_id)}, FAST_QUEUE, delay)


async def create_shipment(
    uow: UnitOfWork,
    keyring: KeyRing,
    caller: Principal,
    order_id: UUID,
    body: ShipmentRequest,
    needs: ShipmentNeeds,
) -> Shipment:
    """Take a shipment; it is sent at once while Sync Orders is enabled, else by its next run.

    Raises `OrderStateConflict`, `OrderOnHold`, `ValidationFailed` for lines that are not the
    order's and for what the store must be told and is not given, `NotShippable`,
    `SeveralAddresses` and `OverShipping`.
    """
    order = await get_order(uow, caller.account_id, order_id, lock=True)
    check_state(order)
    check_given(body, await needs.required(uow, order.account_id, order.channel_id))
    lines = {line.id: line for line in (await lines_of(uow, [order.id]))[order.id]}
    asked = asked_quantities(lines, body.items)
    address = one_address([lines[line_id] for line_id in asked], asked)
    others = await shipments_of_order(uow, order.id, lock=True)
    await check_left(uow, [lines[line_id] for line_id in asked], asked, others)
    now = uow.clock.now()
    shipment = Shipment(
        id=new_id(),
        account_id=order.account_id,
        channel_id=order.channel_id,
        order_id=order.id,
        address_external_id=address,
        tracking_number=body.tracking_number or None,
        carrier=body.carrier or None,
        shipping_method=body.shipping_method or None,
        tracking_url=body.tracking_url or None,
        sealed_note=keyring.encrypt(body.note) if body.note else None,
        shipping_cost=body.shipping_cost,
        shipped_at=body.shipped_at or now,
        sync_status=SyncStatus.PENDING.value,
        created_at=now,
        updated_at=now,
    )
    uow.session.add(shipment)
    await uow.session.flush()
    uow.session.add_all(
        _item(shipment.id, lines[line_id], quantity) for line_id, quantity in asked.items()
    )
    await uow.session.flush()
    await count_shipped_here(uow, order)
    await _ring_if_enabled(uow, shipment)
    await uow.session.refresh(shipment)
    return shipment


async def retry_shipment(uow: UnitOfWork, caller: Principal, shipment_id: UUID) -> Shipment:
    """Try a failed shipment again; one that may have reached the store is looked for first."""
    shipment, order = await _locked(uow, caller, shipment_id)
    if shipment.sync_status != SyncStatus.FAILED:
        raise ShipmentStateConflict(
            f"Only a failed shipment can be retried; this one is {_told(shipment)}.",
            sync_status=_told(shipment),
        )
    check_state(order)
    await reopen(uow, order, shipment)
    await _ring_if_enabled(uow, shipment)
    record_change(uow, caller, "retry", "shipment", shipment.id)
    await uow.session.flush()
    await uow.session.refresh(shipment)
    return shipment


async def reopen(uow: UnitOfWork, order: Order, shipment: Shipment) -> None:
    """Make a failed shipment one to send; raises `OverShipping`. The caller locks the order."""
    items = (await items_of(uow, [shipment.id]))[shipment.id]
    wanted = {item.line_id: item.quantity for item in items if item.line_id is not None}
    lines = [line for line in (await lines_of(uow, [order.id]))[order.id] if line.id in wanted]
    await check_left(uow, lines, wanted, await shipments_of_order(uow, order.id, lock=True))
    uncertain = shipment.plan is not None and shipment.settle_after is not None
    status = SyncStatus.SENDING if uncertain else SyncStatus.PENDING
    shipment.sync_status = status.value
    shipment.code = shipment.message = shipment.field = shipment.not_before = None
    shipment.attempts = 0
    await uow.session.flush()
    await count_shipped_here(uow, order)


async def withdraw_shipment(uow: UnitOfWork, caller: Principal, shipment_id: UUID) -> None:
    """Delete a shipment that the store has not been sent."""
    shipment, order = await _locked(uow, caller, shipment_id)
    if not await delete_shipment_row(uow, shipment.id):
        raise ShipmentStateConflict(
            "The shipment was sent to the store, or is being sent, and cannot be withdrawn.",
            sync_status=_told(shipment),
        )
    uow.session.expunge(shipment)
    await count_shipped_here(uow, order)
    record_change(uow, caller, "delete", "shipment", shipment_id)


async def view_shipments(
    uow: UnitOfWork, keyring: KeyRing, shipments: Sequence[Shipment]
) -> list[ShipmentView]:
    """Shape shipments for an answer, with two queries for all their items and orders."""
    items = await items_of(uow, [shipment.id for shipment in shipments])
    rows = await uow.session.execute(
        select(Order.id, Order.external_id, Order.currency).where(
            Order.id.in_({shipment.order_id for shipment in shipments})
        )
    )
    orders = {order_id: (external_id, currency) for order_id, external_id, currency in rows}
    return [
        shipment_view(keyring, shipment, items[shipment.id], *orders[shipment.order_id])
        for shipment in shipments
    ]


async def count_shipped_here(uow: UnitOfWork, order: Order) -> None:
    """Add up what shipments of ours have shipped of each line; failed ones do not count."""
    rows = await shipments_of_order(uow, order.id)
    good = [row.id for row in rows if row.sync_status != SyncStatus.FAILED]
    shipped: Counter[UUID] = Counter()
    for items in (await items_of(uow, good)).values():
        for item in items:
            if item.line_id is not None:
                shipped[item.line_id] += item.quantity
    lines = (await lines_of(uow, [order.id]))[order.id]
    await note_shipped_here(uow, order, {line.id: shipped[line.id] for line in lines})


async def _locked(uow: UnitOfWork, caller: Principal, shipment_id: UUID) -> tuple[Shipment, Order]:
    """A shipment of the account with its order, locked in the order in which everybody does."""
    found = await get_shipment(uow, caller.account_id, shipment_id)
    order = await get_order(uow, caller.account_id, found.order_id, lock=True)
    await shipments_of_order(uow, order.id, lock=True)
    return await get_shipment(uow, caller.account_id, shipment_id), order


def _told(shipment: Shipment) -> str:
    sending = shipment.sync_status == SyncStatus.SENDING
    return "being sent" if sending else shipment.sync_status


def _item(shipment_id: UUID, line: OrderLine, quantity: int) -> ShipmentItem:
    variant = decimal_or_none(line.line_values.get("variant_id"))
    return ShipmentItem(
        shipment_id=shipment_id,
        line_id=line.id,
        line_external_id=line.external_id,
        sku=line.sku,
        variant_id=int(variant) if variant else None,
        quantity=quantity,
    )


async def _ring_if_enabled(uow: UnitOfWork, shipment: Shipment) -> None:
    integration = await get_integration(uow, shipment.channel_id, IntegrationType.SYNC_ORDERS)
    if integration.enabled and not integration.paused:
        shipment.rung_at = uow.clock.now()
        uow.ring_after_commit(send_wake_up(shipment.order_id))
        await uow.session.flush()

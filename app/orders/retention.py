"""Erasing personal data of orders when its time is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from app.core.uow import UnitOfWork
from app.orders.kinds import HELD_BY_HAND
from app.orders.lines import GIFT_CERTIFICATE
from app.orders.models import Order, OrderAddress, OrderLine
from app.orders.shipment_repository import erase_shipment_texts


async def orders_due_for_erasure(
    uow: UnitOfWork, channel_id: UUID, *, shipped_before: datetime, limit: int
) -> list[UUID]:
    """Return orders of a channel, shipped before a moment, whose personal data is still there."""
    rows = await uow.session.scalars(
        select(Order.id)
        .where(
            Order.channel_id == channel_id,
            Order.shipped_at.is_not(None),
            Order.shipped_at < shipped_before,
            Order.personal_data_erased_at.is_(None),
        )
        .order_by(Order.shipped_at)
        .limit(limit)
    )
    return list(rows)


async def erase_personal_data(uow: UnitOfWork, order_ids: Sequence[UUID]) -> int:
    """Erase what is sealed and note when; later imports do not bring it back.

    Returns how many orders had not been erased before.
    """
    now = uow.clock.now()
    # Locked in the order in which imports do, so that nobody waits in a circle.
    erased = list(
        await uow.session.scalars(
            select(Order.id)
            .where(Order.id.in_(order_ids), Order.personal_data_erased_at.is_(None))
            .order_by(Order.channel_id, Order.external_number)
            .with_for_update()
        )
    )
    if erased:
        await uow.session.execute(
            update(Order)
            .where(Order.id.in_(erased))
            .values(sealed_person=None, personal_data_erased_at=now, updated_at=now)
            .execution_options(synchronize_session=False)
        )
        await uow.session.execute(
            update(OrderAddress)
            .where(OrderAddress.order_id.in_(erased))
            .values(sealed=None)
            .execution_options(synchronize_session=False)
        )
        await _erase_open_texts(uow, erased)
        await erase_shipment_texts(uow, erased)
    return len(erased)


async def _erase_open_texts(uow: UnitOfWork, erased: Sequence[UUID]) -> None:
    """Erase what may name a person outside of what is sealed.

    Reasons of holds by hand are free text, and a gift certificate without a SKU has one that was
    made of its name and its line's number.
    """
    held = await uow.session.scalars(
        select(Order).where(Order.id.in_(erased), Order.held_by_hand.is_not(None))
    )
    for order in held:
        order.hold_reasons = [
            HELD_BY_HAND if reason == order.held_by_hand else reason
            for reason in order.hold_reasons
        ]
        order.held_by_hand = HELD_BY_HAND
    gifts = await uow.session.scalars(
        select(OrderLine).where(OrderLine.order_id.in_(erased), OrderLine.type == GIFT_CERTIFICATE)
    )
    for line in gifts:
        if (line.sku or "").endswith(f"-{line.external_id}"):
            line.sku = f"{GIFT_CERTIFICATE}-{line.external_id}"
        line.line_values = {key: value for key, value in line.line_values.items() if key != "name"}
    await uow.session.flush()

"""Queries of shipments."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, delete, select, text, update

from app.channels.models import Channel
from app.core.errors import NotFound
from app.core.uow import UnitOfWork
from app.orders.shipment_kinds import UNSENT, SyncStatus
from app.orders.shipment_models import UNSETTLED, Shipment, ShipmentItem


def shipments_of(
    account_id: UUID,
    *,
    sync_status: SyncStatus | None = None,
    order_id: UUID | None = None,
    channel_id: UUID | None = None,
) -> Select[Shipment]:
    """Select an account's shipments, oldest first; those being sent count as pending."""
    alive = select(Channel.id).where(Channel.account_id == account_id, Channel.deleted_at.is_(None))
    query = select(Shipment).where(
        Shipment.account_id == account_id, Shipment.channel_id.in_(alive)
    )
    if sync_status is SyncStatus.PENDING:
        query = query.where(Shipment.sync_status.in_(UNSENT))
    elif sync_status is not None:
        query = query.where(Shipment.sync_status == sync_status.value)
    if order_id is not None:
        query = query.where(Shipment.order_id == order_id)
    if channel_id is not None:
        query = query.where(Shipment.channel_id == channel_id)
    return query.order_by(Shipment.id)


async def get_shipment(uow: UnitOfWork, account_id: UUID, shipment_id: UUID) -> Shipment:
    """Return a shipment of the account; raises `NotFound`."""
    found = await uow.session.scalar(shipments_of(account_id).where(Shipment.id == shipment_id))
    if found is None:
        raise NotFound("There is no shipment with that id.")
    return found


async def shipments_of_order(
    uow: UnitOfWork, order_id: UUID, *, lock: bool = False
) -> list[Shipment]:
    """Return all shipments of an order, oldest first."""
    query = select(Shipment).where(Shipment.order_id == order_id).order_by(Shipment.id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return list(await uow.session.scalars(query))


async def items_of(uow: UnitOfWork, shipment_ids: Sequence[UUID]) -> dict[UUID, list[ShipmentItem]]:
    """Return the items of shipments with one query."""
    found: dict[UUID, list[ShipmentItem]] = {shipment_id: [] for shipment_id in shipment_ids}
    if shipment_ids:
        rows = await uow.session.scalars(
            select(ShipmentItem)
            .where(ShipmentItem.shipment_id.in_(shipment_ids))
            .order_by(ShipmentItem.shipment_id, ShipmentItem.id)
        )
        for row in rows:
            found[row.shipment_id].append(row)
    return found


async def unsettled_orders(
    uow: UnitOfWork,
    channel_id: UUID,
    *,
    after: UUID | None,
    limit: int,
    only: Sequence[UUID] | None = None,
) -> list[UUID]:
    """Return orders of a channel with shipments to send or to read back, by id."""
    query = select(Shipment.order_id).where(Shipment.channel_id == channel_id)
    if only is not None:
        query = query.where(Shipment.id.in_(only))
    else:
        query = query.where(text(f"({UNSETTLED})"))
    if after is not None:
        query = query.where(Shipment.order_id > after)
    rows = await uow.session.scalars(query.distinct().order_by(Shipment.order_id).limit(limit))
    return list(rows)


async def erase_shipment_texts(uow: UnitOfWork, order_ids: Sequence[UUID]) -> None:
    """Erase what may name a person in shipments of orders: free texts, and bodies that were sent.

    The tracking number stays: it is what a shipment is recognised by.
    """
    await uow.session.execute(
        update(Shipment)
        .where(Shipment.order_id.in_(order_ids), Shipment.sync_status.not_in(UNSENT))
        .values(
            sealed_note=None,
            sealed_payload=None,
            carrier=None,
            shipping_method=None,
            tracking_url=None,
        )
        .execution_options(synchronize_session=False)
    )


async def delete_shipment_row(uow: UnitOfWork, shipment_id: UUID) -> bool:
    """Delete a shipment that was not sent; False when it is no longer so."""
    gone = await uow.session.scalar(
        delete(Shipment)
        .where(
            Shipment.id == shipment_id,
            Shipment.sync_status.in_((SyncStatus.PENDING.value, SyncStatus.FAILED.value)),
        )
        .returning(Shipment.id)
    )
    return gone is not None

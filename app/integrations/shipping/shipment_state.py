"""What is known of an order and its shipments when the next step is chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.core.uow import UnitOfWork
from app.integrations.shipping.mapping import Parcel
from app.orders.kinds import all_shipped
from app.orders.models import Order, OrderAddress, OrderLine
from app.orders.repository import addresses_of, lines_of
from app.orders.shipment_kinds import PHYSICAL, UNSENT, SyncStatus
from app.orders.shipment_models import Shipment, ShipmentItem
from app.orders.shipment_repository import items_of, shipments_of_order


@dataclass(frozen=True)
class KnownOrder:
    """An order with its lines, addresses and all shipments, oldest first."""

    order: Order
    lines: list[OrderLine]
    addresses: list[OrderAddress]
    shipments: list[Shipment]
    items: dict[UUID, list[ShipmentItem]]

    @property
    def number(self) -> int:
        """The order's number in the store."""
        return self.order.external_number

    def sending(self) -> Shipment | None:
        """The shipment whose request has no recorded answer; there is one at most."""
        found = (row for row in self.shipments if row.sync_status == SyncStatus.SENDING)
        return next(found, None)

    def pending(self, only: Collection[UUID] | None) -> list[Shipment]:
        """Shipments that were not sent; with `only`, of these."""
        return [
            row
            for row in self.shipments
            if row.sync_status == SyncStatus.PENDING and (only is None or row.id in only)
        ]

    def unread(self) -> list[UUID]:
        """Shipments that the order's figures do not include yet."""
        return [row.id for row in self.shipments if row.awaits_reread]

    def taken(self, but: UUID) -> set[int]:
        """Shipments of the store that are known to be other ones of ours."""
        return {
            row.external_id
            for row in self.shipments
            if row.external_id is not None and row.id != but
        }

    def parcel(self, shipment: Shipment) -> Parcel:
        """A shipment with what its template may read."""
        address = next(
            (a for a in self.addresses if a.external_id == shipment.address_external_id), None
        )
        return Parcel(shipment, self.items[shipment.id], self.order, address)

    def covered(self, *, with_unsent: bool) -> bool:
        """Whether everything that can be shipped was, or with `with_unsent` will be."""
        counted = [
            row.id
            for row in self.shipments
            if row.awaits_count or (with_unsent and row.sync_status in UNSENT)
        ]
        ours: Counter[UUID | None] = Counter()
        for shipment_id in counted:
            for item in self.items[shipment_id]:
                ours[item.line_id] += item.quantity
        owed = [
            line
            for line in self.lines
            if line.type == PHYSICAL and line.address_external_id is not None
        ]
        return all_shipped(owed, [line.quantity_shipped + ours[line.id] for line in owed])


async def load_state(uow: UnitOfWork, order_id: UUID) -> KnownOrder | None:
    """Read an order as it is now; None when it is gone."""
    order = await uow.session.scalar(select(Order).where(Order.id == order_id))
    if order is None:
        return None
    shipments = await shipments_of_order(uow, order_id)
    return KnownOrder(
        order=order,
        lines=(await lines_of(uow, [order_id]))[order_id],
        addresses=(await addresses_of(uow, [order_id]))[order_id],
        shipments=shipments,
        items=await items_of(uow, [row.id for row in shipments]),
    )


def earliest(shipments: list[Shipment], now: datetime) -> datetime | None:
    """When the first of these may be tried; None when one may be now."""
    moments = [row.not_before for row in shipments]
    if any(moment is None or moment <= now for moment in moments):
        return None
    return min(moment for moment in moments if moment is not None)

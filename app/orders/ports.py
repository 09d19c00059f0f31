"""What orders need from packages beside them; wired in `app.main` as `app.state.shipment_needs`."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from app.core.uow import UnitOfWork


class ShipmentNeeds(Protocol):
    """What a shipment must bring along, because the store is not sent one without it."""

    async def required(self, uow: UnitOfWork, account_id: UUID, channel_id: UUID) -> frozenset[str]:
        """Return the names of a shipment's fields that must not be empty."""
        ...

"""Words that shipments are described with."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class SyncStatus(StrEnum):
    """How far a shipment has come to the store."""

    PENDING = "pending"
    SENDING = "sending"
    SYNCED = "synced"
    FAILED = "failed"


UNSENT: Final = (SyncStatus.PENDING.value, SyncStatus.SENDING.value)

WAITING_FOR_WHOLE_ORDER: Final = "waiting_for_whole_order"
"""Code of a pending shipment that is sent once the order's shipments cover all of it."""

PHYSICAL: Final = "physical"

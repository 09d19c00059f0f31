"""Words that webhook events are described with."""

from __future__ import annotations

from enum import StrEnum


class EventStatus(StrEnum):
    """received → processing → processed, ignored or failed; `duplicate` tells nothing new."""

    RECEIVED = "received"
    PROCESSING = "processing"
    PROCESSED = "processed"
    IGNORED = "ignored"
    DUPLICATE = "duplicate"
    FAILED = "failed"


PENDING = (EventStatus.RECEIVED, EventStatus.PROCESSING)


class EventEntity(StrEnum):
    """What an event makes us read again."""

    ORDER = "order"
    PRODUCT = "product"
    STORE = "store"
    OTHER = "other"


WORKED_ON = (EventEntity.ORDER, EventEntity.PRODUCT, EventEntity.STORE)

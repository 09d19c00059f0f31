"""Comparing a store's orders with what events told: when, from where on, by whom.

Most comparisons look at what was modified since the last one. Every few hours, and after hooks
were found dead, one goes through the whole window of creation as well: what dates of modification
do not tell, or told while nobody listened, is found there.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import text

from app.core.ids import new_id
from app.core.uow import UnitOfWork
from app.webhooks.kinds import EventEntity, EventStatus
from app.webhooks.models import WebhookEvent

EVERY = timedelta(minutes=5)
SWEEP_EVERY = timedelta(hours=6)
MISSED_SCOPE = "quayside/order/missed"
MISSED_CODE = "missed"
MISSED_MESSAGE = "No event told of this change; comparing with the store found it."


@dataclass(frozen=True, slots=True)
class Poll:
    """A comparison that this worker has; `cursor` is where it stopped."""

    claim: UUID
    connection_id: UUID
    compared_from: datetime
    began_at: datetime
    cursor: dict[str, Any]
    waits: int
    sweeping: bool
    """Whether the whole window of creation is read as well."""


class PollLost(Exception):
    """Another worker has the comparison."""


_BEGIN = text("""
    INSERT INTO order_polls (connection_id, compared_from, due_at, swept_at)
    SELECT c.id, COALESCE(c.connected_at, :now), CAST(:due_at AS timestamptz),
        CAST(:now AS timestamptz)
    FROM connections c
    WHERE c.status = 'active' AND c.deleted_at IS NULL
    ON CONFLICT (connection_id) DO NOTHING
""")
_DUE = text("""
    SELECT p.connection_id FROM order_polls p
    JOIN connections c ON c.id = p.connection_id
    JOIN channel_integrations i ON i.channel_id = c.channel_id AND i.type = 'get_orders'
    WHERE p.due_at <= :now AND (p.claim IS NULL OR p.lease_until <= :now)
      AND c.status = 'active' AND c.deleted_at IS NULL AND i.enabled AND NOT i.paused
    ORDER BY p.due_at LIMIT 200
""")
_CLAIM = text("""
    UPDATE order_polls p SET claim = :claim, lease_until = :lease_until,
        began_at = COALESCE(p.began_at, :now),
        sweeping = CASE WHEN p.began_at IS NULL
            THEN p.swept_at < :sweep_before OR COALESCE(c.hooks_repaired_at > p.swept_at, false)
            ELSE p.sweeping END
    FROM connections c
    WHERE p.connection_id = :connection_id AND c.id = p.connection_id AND p.due_at <= :now
      AND (p.claim IS NULL OR p.lease_until <= :now)
    RETURNING p.claim, p.connection_id, p.compared_from, p.began_at, p.cursor, p.waits, p.sweeping
""")
_ADVANCE = text("""
    UPDATE order_polls SET cursor = CAST(:cursor AS jsonb), lease_until = :lease_until,
        waits = 0, missed = missed + :missed,
        last_missed_at = CASE WHEN :missed > 0 THEN :now ELSE last_missed_at END
    WHERE connection_id = :connection_id AND claim = :claim
    RETURNING connection_id
""")
_END = text("""
    UPDATE order_polls SET compared_from = began_at, began_at = NULL,
        swept_at = CASE WHEN sweeping THEN began_at ELSE swept_at END, sweeping = false,
        cursor = CAST('{}' AS jsonb), due_at = :due_at, claim = NULL, lease_until = NULL
    WHERE connection_id = :connection_id AND claim = :claim
""")
_REST = text("""
    UPDATE order_polls SET due_at = :due_at, claim = NULL, lease_until = NULL,
        waits = waits + :waits
    WHERE connection_id = :connection_id AND claim = :claim
""")
_LATEST = text("""
    SELECT external_id, max(COALESCE(store_created_at, received_at)) FROM webhook_events
    WHERE connection_id = :connection_id AND entity = 'order'
      AND external_id = ANY(CAST(:ids AS bigint[])) AND verified_by <> 'polling'
    GROUP BY external_id
""")


async def polls_due(uow: UnitOfWork) -> list[UUID]:
    """Return connections whose orders are to be compared now; new ones get their first date."""
    now = uow.clock.now()
    await uow.session.execute(_BEGIN, {"now": now, "due_at": now + EVERY})
    return list(await uow.session.scalars(_DUE, {"now": now}))


async def claim_poll(uow: UnitOfWork, connection_id: UUID, lease: timedelta) -> Poll | None:
    """Take a comparison that is due and that nobody has."""
    now = uow.clock.now()
    row = (
        await uow.session.execute(
            _CLAIM,
            {
                "connection_id": connection_id,
                "claim": new_id(),
                "now": now,
                "sweep_before": now - SWEEP_EVERY,
                "lease_until": now + lease,
            },
        )
    ).first()
    return None if row is None else Poll(*row)


async def advance_poll(
    uow: UnitOfWork, poll: Poll, cursor: dict[str, Any], missed: int, lease: timedelta
) -> None:
    """Note a page in the transaction of its effect; raises `PollLost`."""
    now = uow.clock.now()
    kept = await uow.session.scalar(
        _ADVANCE,
        {
            "connection_id": poll.connection_id,
            "claim": poll.claim,
            "cursor": msgspec.json.encode(cursor).decode(),
            "missed": missed,
            "now": now,
            "lease_until": now + lease,
        },
    )
    if kept is None:
        raise PollLost


async def end_poll(uow: UnitOfWork, poll: Poll) -> None:
    """Note that everything up to the comparison's beginning has been compared."""
    await uow.session.execute(
        _END,
        {
            "connection_id": poll.connection_id,
            "claim": poll.claim,
            "due_at": uow.clock.now() + EVERY,
        },
    )


async def rest_poll(uow: UnitOfWork, poll: Poll, seconds: float, *, waited: bool = False) -> None:
    """Go on with a comparison later, from where it is."""
    await uow.session.execute(
        _REST,
        {
            "connection_id": poll.connection_id,
            "claim": poll.claim,
            "due_at": uow.clock.now() + timedelta(seconds=seconds),
            "waits": int(waited),
        },
    )


async def last_told(
    uow: UnitOfWork, connection_id: UUID, order_ids: Collection[int]
) -> dict[int, datetime]:
    """Return when the store last made an event about each of some orders, by the store's clock."""
    if not order_ids:
        return {}
    rows = await uow.session.execute(
        _LATEST, {"connection_id": connection_id, "ids": sorted(order_ids)}
    )
    return {row[0]: row[1] for row in rows}


@dataclass(frozen=True, slots=True)
class Missed:
    """A change that no event told of."""

    external_id: int
    modified_at: datetime
    touched: dict[str, Any]


def note_missed(
    uow: UnitOfWork,
    connection_id: UUID,
    account_id: UUID,
    channel_id: UUID,
    store_hash: str,
    found: Sequence[Missed],
) -> None:
    """Put what was missed into the inbox, next to the events that did come."""
    now = uow.clock.now()
    uow.session.add_all(
        WebhookEvent(
            connection_id=connection_id,
            account_id=account_id,
            channel_id=channel_id,
            store_hash=store_hash,
            scope=MISSED_SCOPE,
            entity=EventEntity.ORDER.value,
            external_id=item.external_id,
            event_hash=f"{item.external_id}:{int(item.modified_at.timestamp())}",
            verified_by="polling",
            store_created_at=item.modified_at,
            received_at=now,
            due_at=now,
            processed_at=now,
            status=EventStatus.PROCESSED.value,
            code=MISSED_CODE,
            message=MISSED_MESSAGE,
            touched=[item.touched],
        )
        for item in found
    )

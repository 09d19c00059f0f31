"""Who works on which events: claimed in one transaction, finished in that of their effect.

At most one worker has events of a connection and kind; a claim that its worker can no longer
finish becomes free when its lease is over, or at once when the worker's lock is gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import text

from app.core.ids import new_id
from app.core.uow import UnitOfWork
from app.webhooks.doorbell import inbox_wake_up
from app.webhooks.kinds import EventEntity, EventStatus

NEGLECTED_AFTER = timedelta(seconds=1.5)


@dataclass(frozen=True, slots=True)
class ClaimedEvent:
    """An event to act on."""

    id: UUID
    scope: str
    external_id: int | None
    attempts: int
    waits: int
    received_at: datetime
    store_created_at: datetime | None


@dataclass(frozen=True, slots=True)
class Claim:
    """Events that this worker has, and the token that proves it."""

    token: UUID
    connection_id: UUID
    entity: EventEntity
    events: list[ClaimedEvent]

    @property
    def key(self) -> dict[str, object]:
        """What its rows are found by."""
        return {
            "claim": self.token,
            "connection_id": self.connection_id,
            "entity": self.entity.value,
        }


@dataclass(frozen=True, slots=True)
class Finish:
    """What became of an event; `touched` are things of ours."""

    event_id: UUID
    status: EventStatus
    code: str | None = None
    message: str | None = None
    touched: list[dict[str, Any]] = field(default_factory=list)


class EventsLost(Exception):
    """Another worker has the events; what was about to be written is dropped."""


_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
_BUSY = text("""
    SELECT EXISTS (
        SELECT 1 FROM webhook_events
        WHERE connection_id = :connection_id AND entity = :entity AND status = 'processing'
          AND lease_until > :now
    )
""")
_CLAIM = text("""
    UPDATE webhook_events SET status = 'processing', claim = :claim, worker_key = :worker_key,
        lease_until = :lease_until
    WHERE id IN (
        SELECT id FROM webhook_events
        WHERE connection_id = :connection_id AND entity = :entity AND status = 'received'
          AND due_at <= :now
        ORDER BY due_at, id LIMIT :most FOR UPDATE SKIP LOCKED
    )
    RETURNING id, scope, external_id, attempts, waits, received_at, store_created_at
""")
_WAITING = text("""
    SELECT min(received_at) AS oldest, max(received_at) AS newest FROM webhook_events
    WHERE connection_id = :connection_id AND entity = :entity AND status = 'received'
      AND due_at <= :now
""")


async def claim_events(
    uow: UnitOfWork,
    connection_id: UUID,
    entity: EventEntity,
    *,
    worker_key: int,
    lease: timedelta,
    most: int,
) -> Claim | None:
    """Take what is due, oldest first; None when there is nothing or somebody is at it."""
    now = uow.clock.now()
    key = {"connection_id": connection_id, "entity": entity.value}
    await uow.session.execute(_LOCK, {"name": f"inbox:{connection_id}:{entity}"})
    if await uow.session.scalar(_BUSY, {**key, "now": now}):
        return None
    token = new_id()
    rows = await uow.session.execute(
        _CLAIM,
        {
            **key,
            "now": now,
            "claim": token,
            "worker_key": worker_key,
            "lease_until": now + lease,
            "most": most,
        },
    )
    events = sorted((ClaimedEvent(*row) for row in rows), key=lambda event: event.id)
    return Claim(token, connection_id, entity, events) if events else None


async def waiting_since(
    uow: UnitOfWork, connection_id: UUID, entity: EventEntity
) -> tuple[datetime, datetime] | None:
    """Return when the oldest and the newest event that is due were received."""
    key = {"connection_id": connection_id, "entity": entity.value, "now": uow.clock.now()}
    row = (await uow.session.execute(_WAITING, key)).one()
    return None if row.oldest is None else (row.oldest, row.newest)


_FINISH = text("""
    UPDATE webhook_events w SET
        status = CASE WHEN f.status = 'processed' AND w.duplicate_of IS NOT NULL
                      THEN 'duplicate' ELSE f.status END,
        code = f.code, message = f.message, touched = CAST(f.touched AS jsonb),
        processed_at = :now, claim = NULL, worker_key = NULL, lease_until = NULL
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:statuses AS text[]), CAST(:codes AS text[]),
        CAST(:messages AS text[]), CAST(:touched AS text[])
    ) AS f(id, status, code, message, touched)
    WHERE w.id = f.id AND w.claim = :claim
    RETURNING w.id
""")


_RENEW = text("""
    UPDATE webhook_events SET lease_until = :until
    WHERE connection_id = :connection_id AND entity = :entity AND status = 'processing'
      AND claim = :claim
""")


async def finish_events(
    uow: UnitOfWork, claim: Claim, finished: Sequence[Finish], lease: timedelta | None = None
) -> None:
    """Note what became of events; raises `EventsLost`. `lease` is renewed for the others."""
    if not finished:
        return
    rows = await uow.session.execute(
        _FINISH,
        {
            "claim": claim.token,
            "now": uow.clock.now(),
            "ids": [item.event_id for item in finished],
            "statuses": [item.status.value for item in finished],
            "codes": [item.code for item in finished],
            "messages": [item.message[:1000] if item.message else None for item in finished],
            "touched": [msgspec.json.encode(item.touched).decode() for item in finished],
        },
    )
    if len(list(rows)) != len(finished):
        raise EventsLost
    if lease is not None:
        until = uow.clock.now() + lease
        await uow.session.execute(_RENEW, {**claim.key, "until": until})


_PUT_BACK = text("""
    UPDATE webhook_events SET status = 'received', due_at = :due_at,
        waits = waits + :waits, attempts = attempts + :attempts,
        code = :code, message = :message,
        claim = NULL, worker_key = NULL, lease_until = NULL
    WHERE connection_id = :connection_id AND entity = :entity AND status = 'processing'
      AND claim = :claim AND (CAST(:everything AS boolean) OR id = ANY(CAST(:ids AS uuid[])))
""")


async def put_back(
    uow: UnitOfWork,
    claim: Claim,
    *,
    ids: Sequence[UUID] | None = None,
    seconds: float = 0.0,
    waited: bool = False,
    failed: bool = False,
    code: str | None = None,
    message: str | None = None,
) -> None:
    """Let events of a claim (all by default) be taken up again after some seconds."""
    await uow.session.execute(
        _PUT_BACK,
        {
            **claim.key,
            "everything": ids is None,
            "ids": list(ids or ()),
            "due_at": uow.clock.now() + timedelta(seconds=seconds),
            "waits": int(waited),
            "attempts": int(failed),
            "code": code,
            "message": message[:1000] if message else None,
        },
    )


_FREE = """
    UPDATE webhook_events SET status = 'received', claim = NULL, worker_key = NULL,
        lease_until = NULL
    WHERE status = 'processing' AND (lease_until <= :now OR NOT EXISTS (
        SELECT 1 FROM pg_locks held
        WHERE held.locktype = 'advisory' AND held.granted
          AND held.classid::bigint = :lock_class
          AND held.objid::bigint = webhook_events.worker_key
          AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    ))
"""
_NEGLECTED = text("""
    SELECT DISTINCT w.connection_id, w.entity
    FROM webhook_events w JOIN connections c ON c.id = w.connection_id
    WHERE w.status = 'received' AND w.due_at <= :before
      AND (c.status = 'active' OR (w.entity = 'store' AND c.status = 'needs_reauthorization'))
      AND c.deleted_at IS NULL
      AND NOT EXISTS (
          SELECT 1 FROM webhook_events p
          WHERE p.connection_id = w.connection_id AND p.entity = w.entity
            AND p.status = 'processing'
      )
    LIMIT 200
""")


async def free_abandoned_events(uow: UnitOfWork, lock_class: int) -> None:
    """Free events of workers that are gone, whose lease is over or whose lock is not held."""
    await uow.session.execute(text(_FREE), {"now": uow.clock.now(), "lock_class": lock_class})


async def ring_for_neglected_events(uow: UnitOfWork) -> int:
    """Ring for connections whose due events nobody took; return for how many."""
    before = uow.clock.now() - NEGLECTED_AFTER
    rows = list(await uow.session.execute(_NEGLECTED, {"before": before}))
    for connection_id, entity in rows:
        uow.ring_after_commit(inbox_wake_up(connection_id, EventEntity(entity)))
    return len(rows)

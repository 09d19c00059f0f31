"""Writing arrivals down: one statement for a batch, durable when it returns.

A repeated delivery carries the hash of the first, but so may two different changes within one
second (FACTS 3.2). Therefore an event whose twin still waits is a `duplicate` at once: the twin
will be read after this moment and brings whatever changed until now. One whose twin has been
taken up already waits its turn like any other, is read again, and only then called a duplicate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.webhooks.reading import Subject

TWINS_WITHIN = timedelta(minutes=10)
UNHANDLED = "not_acted_on"
UNHANDLED_MESSAGE = "Nothing of ours depends on events of this kind."

# A plan made while the table was nearly empty would read all of it for every row, and a prepared
# statement keeps such a plan until the table is next analysed.
_PLAN_ANEW = text("SELECT set_config('plan_cache_mode', 'force_custom_plan', true)")
_INSERT = text("""
    INSERT INTO webhook_events
        (id, connection_id, account_id, channel_id, store_hash, scope, entity, external_id, facts,
         event_hash, verified_by, store_created_at, received_at, due_at, status, duplicate_of,
         code, message)
    SELECT e.id, c.id, c.account_id, c.channel_id, c.store_hash, e.scope, e.entity, e.external_id,
           CAST(e.facts AS jsonb), e.event_hash, e.verified_by, e.store_created_at, e.received_at,
           e.received_at,
           CASE WHEN e.entity = 'other' THEN 'ignored'
                WHEN e.twin IS NOT NULL OR earlier.status = 'received' THEN 'duplicate'
                ELSE 'received' END,
           COALESCE(earlier.id, e.twin),
           CASE WHEN e.entity = 'other' THEN CAST(:code AS text) END,
           CASE WHEN e.entity = 'other' THEN CAST(:message AS text) END
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:connections AS uuid[]), CAST(:scopes AS text[]),
        CAST(:entities AS text[]), CAST(:external_ids AS bigint[]), CAST(:facts AS text[]),
        CAST(:hashes AS text[]), CAST(:verified AS text[]), CAST(:created AS timestamptz[]),
        CAST(:received AS timestamptz[]), CAST(:twins AS uuid[])
    ) AS e(id, connection_id, scope, entity, external_id, facts, event_hash, verified_by,
           store_created_at, received_at, twin)
    JOIN connections c ON c.id = e.connection_id AND c.deleted_at IS NULL
        AND c.status IN ('active', 'needs_reauthorization')
    LEFT JOIN LATERAL (
        SELECT w.id, w.status FROM webhook_events w
        WHERE w.connection_id = e.connection_id AND w.event_hash = e.event_hash
          AND w.scope = e.scope AND w.duplicate_of IS NULL
          AND w.received_at > e.received_at - CAST(:within AS interval)
        ORDER BY w.id DESC LIMIT 1
    ) AS earlier ON true
    RETURNING webhook_events.id
""")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A verified delivery, on its way into the table."""

    id: UUID
    connection_id: UUID
    scope: str
    subject: Subject
    event_hash: str
    verified_by: str
    store_created_at: datetime | None
    received_at: datetime


async def store_arrivals(engine: AsyncEngine, arrivals: Sequence[Arrival]) -> list[bool]:
    """Write a batch and commit; False for one whose connection is no longer in use.

    Without a unit of work, whose session would cost as much again as the statement.
    """
    values = _values(arrivals)
    try:
        stored = await _insert(engine, values)
    except IntegrityError:
        # A connection was deleted between the statement's look at it and its end.
        stored = await _insert(engine, values)
    return [arrival.id in stored for arrival in arrivals]


async def _insert(engine: AsyncEngine, values: dict[str, object]) -> set[UUID]:
    async with engine.begin() as connection:
        await connection.execute(_PLAN_ANEW)
        return set((await connection.execute(_INSERT, values)).scalars())


def _values(arrivals: Sequence[Arrival]) -> dict[str, object]:
    first: dict[tuple[UUID, str, str], UUID] = {}
    twins: list[UUID | None] = []
    for arrival in arrivals:
        key = (arrival.connection_id, arrival.scope, arrival.event_hash)
        twins.append(first.get(key))
        first.setdefault(key, arrival.id)
    return {
        "ids": [arrival.id for arrival in arrivals],
        "connections": [arrival.connection_id for arrival in arrivals],
        "scopes": [arrival.scope for arrival in arrivals],
        "entities": [arrival.subject.entity.value for arrival in arrivals],
        "external_ids": [arrival.subject.external_id for arrival in arrivals],
        "facts": [msgspec.json.encode(arrival.subject.facts).decode() for arrival in arrivals],
        "hashes": [arrival.event_hash for arrival in arrivals],
        "verified": [arrival.verified_by for arrival in arrivals],
        "created": [arrival.store_created_at for arrival in arrivals],
        "received": [arrival.received_at for arrival in arrivals],
        "twins": twins,
        "within": TWINS_WITHIN,
        "code": UNHANDLED,
        "message": UNHANDLED_MESSAGE,
    }

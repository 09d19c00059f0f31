"""Who writes to an order of the store: one worker at a time, whatever woke it.

A run and the job that sends at once may both want an order. Only the holder of its row in
`order_writers` writes; its claim is checked by every transaction that plans or records a step.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, text, update

from app.core.ids import new_id
from app.core.uow import UnitOfWork
from app.orders.shipment_models import OrderWriter
from app.runs.claims import WORKER_LOCK_CLASS

LEASE: Final = timedelta(seconds=90)
"""Longer than any step takes; a holder whose process has died is replaced at once."""

_TAKE = text(f"""
    INSERT INTO order_writers AS held (order_id, claim, worker_key, lease_until)
    VALUES (:order_id, :claim, :worker_key, :until)
    ON CONFLICT (order_id) DO UPDATE
    SET claim = excluded.claim, worker_key = excluded.worker_key,
        lease_until = excluded.lease_until
    WHERE held.lease_until < :now
       OR held.worker_key IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM pg_locks alive
            WHERE alive.locktype = 'advisory' AND alive.granted
              AND alive.classid::bigint = {WORKER_LOCK_CLASS}
              AND alive.objid::bigint = held.worker_key
              AND alive.database = (
                  SELECT oid FROM pg_database WHERE datname = current_database()
              )
        )
    RETURNING held.claim
""")


class WriterLost(Exception):
    """Another worker writes to the order now; whatever was under way is dropped."""


async def take_order(uow: UnitOfWork, order_id: UUID, worker_key: int | None) -> UUID | None:
    """Become the order's writer and return the claim; None while somebody else is.

    Without a worker key the claim ends with its lease alone.
    """
    now = uow.clock.now()
    claim: UUID | None = await uow.session.scalar(
        _TAKE,
        {
            "order_id": order_id,
            "claim": new_id(),
            "worker_key": worker_key,
            "now": now,
            "until": now + LEASE,
        },
    )
    return claim


async def keep_order(uow: UnitOfWork, order_id: UUID, claim: UUID) -> None:
    """Check and prolong a claim within a step's transaction; raises `WriterLost`."""
    held = await uow.session.scalar(
        update(OrderWriter)
        .where(OrderWriter.order_id == order_id, OrderWriter.claim == claim)
        .values(lease_until=uow.clock.now() + LEASE)
        .returning(OrderWriter.order_id)
        .execution_options(synchronize_session=False)
    )
    if held is None:
        raise WriterLost


async def leave_order(uow: UnitOfWork, order_id: UUID, claim: UUID) -> None:
    """Let others write to the order."""
    await uow.session.execute(
        delete(OrderWriter).where(OrderWriter.order_id == order_id, OrderWriter.claim == claim)
    )

"""Who holds a run: claim, lease, release, and freeing what dead workers held.

A claim is a fencing token in the row. Every page is written by a statement that checks it, so a
worker that was thought dead and is not cannot write beside the one that took over.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, or_, select, text, update
from sqlalchemy.orm import undefer

from app.core.ids import new_id
from app.core.queue import BULK_QUEUE, FAST_QUEUE, WakeUp
from app.core.uow import UnitOfWork
from app.runs.kinds import ACTIVE, RunStatus
from app.runs.models import Run

RUN_JOB = "run_slice"
LONGEST_PATIENCE = timedelta(seconds=60)
WORKER_LOCK_CLASS = 0x51A9
"""First key of the advisory lock that a worker process holds; the second is its `worker_key`."""
_HOLDER_IS_GONE = f"""
    runs.worker_key IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM pg_locks held
        WHERE held.locktype = 'advisory' AND held.granted
          AND held.classid::bigint = {WORKER_LOCK_CLASS}
          AND held.objid::bigint = runs.worker_key
          AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    )
"""
# Twice as long after every ring that nobody heard: a long queue is not rung for at every sweep.
_RUNG_LONG_AGO = """
    runs.rung_at < CAST(:now AS timestamptz) - least(
        CAST(:patience AS interval) * power(2, least(runs.unheard_rings, 10)),
        CAST(:longest AS interval)
    )
"""
_FAST = frozenset({"get_orders", "sync_orders"})


def wake_up(run_id: UUID, integration: str, delay: float = 0.0) -> WakeUp:
    """Return the ring that makes a worker look at a run; orders go ahead of bulk work."""
    queue = FAST_QUEUE if integration in _FAST else BULK_QUEUE
    return WakeUp(RUN_JOB, {"run_id": str(run_id)}, queue, delay)


async def claim_run(uow: UnitOfWork, run_id: UUID, worker_key: int, lease: timedelta) -> Run | None:
    """Take a run that nobody holds; None when there is nothing to take."""
    now = uow.clock.now()
    claimed: UUID | None = await uow.session.scalar(
        update(Run)
        .where(
            Run.id == run_id,
            Run.status.in_(ACTIVE),
            or_(Run.claim.is_(None), Run.lease_until < now),
            or_(Run.resume_at.is_(None), Run.resume_at <= now),
            ~Run.cancel_requested,
        )
        .values(
            status=RunStatus.RUNNING.value,
            waiting_for=None,
            claim=new_id(),
            worker_key=worker_key,
            lease_until=now + lease,
            resume_at=None,
            unheard_rings=0,
            started_at=func.coalesce(Run.started_at, now),
            attempts=Run.attempts + 1,
            fruitless=Run.fruitless + 1,
            revision=Run.revision + 1,
        )
        .returning(Run.id)
    )
    if claimed is None:
        return None
    run: Run | None = await uow.session.scalar(
        select(Run).where(Run.id == claimed).options(undefer(Run.scratch))
    )
    return run


async def renew_lease(
    uow: UnitOfWork, run_id: UUID, claim: UUID, lease: timedelta
) -> tuple[bool, bool]:
    """Prolong a lease; returns (still held, cancellation asked for)."""
    row = (
        await uow.session.execute(
            update(Run)
            .where(Run.id == run_id, Run.claim == claim)
            .values(lease_until=uow.clock.now() + lease)
            .returning(Run.cancel_requested)
        )
    ).first()
    return (row is not None, bool(row and row[0]))


async def release_claim(uow: UnitOfWork, run_id: UUID, claim: UUID) -> bool:
    """Give a run back so that any worker may go on with it at once."""
    integration = await uow.session.scalar(
        update(Run)
        .where(Run.id == run_id, Run.claim == claim)
        .values(claim=None, worker_key=None, lease_until=None, rung_at=uow.clock.now())
        .returning(Run.integration)
    )
    if integration is not None:
        uow.ring_after_commit(wake_up(run_id, integration))
    return integration is not None


async def free_abandoned(uow: UnitOfWork) -> list[UUID]:
    """Free runs whose lease ran out or whose worker's lock is gone; ring for each."""
    rows = await uow.session.execute(
        update(Run)
        .where(
            Run.status == RunStatus.RUNNING,
            Run.claim.is_not(None),
            or_(Run.lease_until < uow.clock.now(), text(_HOLDER_IS_GONE)),
        )
        .values(claim=None, worker_key=None, lease_until=None, rung_at=uow.clock.now())
        .returning(Run.id, Run.integration)
        .execution_options(synchronize_session=False)
    )
    freed = []
    for run_id, integration in rows:
        freed.append(run_id)
        uow.ring_after_commit(wake_up(run_id, integration))
    return freed


async def ring_for_neglected(uow: UnitOfWork, patience: timedelta) -> int:
    """Ring again for runs that could be worked on and that nobody took; return how many."""
    now = uow.clock.now()
    rows = await uow.session.execute(
        update(Run)
        .where(
            Run.status.in_(ACTIVE),
            Run.claim.is_(None),
            ~Run.cancel_requested,
            or_(Run.resume_at.is_(None), Run.resume_at <= now),
            or_(Run.rung_at.is_(None), text(_RUNG_LONG_AGO)),
        )
        .values(rung_at=now, unheard_rings=Run.unheard_rings + 1)
        .returning(Run.id, Run.integration)
        .execution_options(synchronize_session=False),
        {"now": now, "patience": patience, "longest": LONGEST_PATIENCE},
    )
    count = 0
    for run_id, integration in rows:
        uow.ring_after_commit(wake_up(run_id, integration))
        count += 1
    return count

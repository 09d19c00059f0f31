"""Which workers are alive: rows that workers refresh and readiness reads."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.uow import UnitOfWork

ALIVE_WITHIN = timedelta(seconds=15)
FORGOTTEN_AFTER = timedelta(hours=1)


class WorkerHeartbeat(Base):
    """One row per worker process."""

    __tablename__ = "worker_heartbeats"

    worker_id: Mapped[UUID] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]


async def beat(uow: UnitOfWork, worker_id: UUID) -> None:
    """Say that a worker is alive, and forget those long silent."""
    now = uow.clock.now()
    await uow.session.execute(
        insert(WorkerHeartbeat)
        .values(worker_id=worker_id, started_at=now, seen_at=now)
        .on_conflict_do_update(index_elements=["worker_id"], set_={"seen_at": now})
    )
    await uow.session.execute(
        delete(WorkerHeartbeat).where(WorkerHeartbeat.seen_at < now - FORGOTTEN_AFTER)
    )


async def stop_beating(uow: UnitOfWork, worker_id: UUID) -> None:
    """Take a worker that stops in order out of the list."""
    await uow.session.execute(delete(WorkerHeartbeat).where(WorkerHeartbeat.worker_id == worker_id))


async def alive_workers(uow: UnitOfWork) -> int:
    """Count workers seen within the last seconds."""
    count = await uow.session.scalar(
        select(func.count())
        .select_from(WorkerHeartbeat)
        .where(WorkerHeartbeat.seen_at > uow.clock.now() - ALIVE_WITHIN)
    )
    return int(count or 0)

"""One writer per store for bulk catalogue and inventory work (FACTS 2.2).

A run that writes takes the store for as long as it lasts. Another one that comes meanwhile waits,
with `waiting_for: writer`, and goes on by itself; a run that is over holds nothing, however it
ended, because what is looked at is the run's own row.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.resources import Resources

_TAKE = text("""
    INSERT INTO store_writers AS held (store_hash, run_id) VALUES (:store_hash, :run_id)
    ON CONFLICT (store_hash) DO UPDATE SET run_id = excluded.run_id
    WHERE held.run_id = excluded.run_id OR NOT EXISTS (
        SELECT 1 FROM runs
        WHERE runs.id = held.run_id AND runs.status IN ('running', 'waiting')
    )
    RETURNING run_id
""")


class StoreWriter(Base):
    """Which run writes to a store at present, or did last."""

    __tablename__ = "store_writers"

    store_hash: Mapped[str] = mapped_column(String(40), primary_key=True)
    run_id: Mapped[UUID]


class WriterBusy(Exception):
    """Another run writes to this store."""


async def take_store(res: Resources, store_hash: str, run_id: UUID) -> None:
    """Become the store's writer, or stay it; raises `WriterBusy`."""
    async with res.unit_of_work() as uow:
        holder = await uow.session.scalar(_TAKE, {"store_hash": store_hash, "run_id": run_id})
    if holder is None:
        raise WriterBusy

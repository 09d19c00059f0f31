"""How other workers know that this one lives.

A session-level advisory lock in PostgreSQL: when the process dies, however it dies, the server
drops the lock, and whatever the process held is free for others within a second. Leases are the
second line, for a machine that vanishes without closing its connections.
"""

from __future__ import annotations

import asyncio
import secrets

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.runs.claims import WORKER_LOCK_CLASS

log = structlog.get_logger(__name__)

CHECK_SECONDS = 2.0
_TAKE = text("SELECT pg_try_advisory_lock(:lock_class, :key)")


def new_worker_key() -> int:
    """Return a random positive 31-bit number."""
    return secrets.randbelow(2**31 - 1) + 1


class AliveLock:
    """Holds the lock for as long as it is kept; takes it again after a restart of the server."""

    def __init__(self, engine: AsyncEngine, worker_key: int) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._key = worker_key
        self._connection: AsyncConnection | None = None
        self._held = False

    async def take(self) -> None:
        """Take the lock on a connection of its own.

        After a restart of the server or a broken connection the old session may still hold it for
        a moment; that session speaks for this worker just as well, and `keep` tries again.
        """
        self._connection = await self._engine.connect()
        args = {"lock_class": WORKER_LOCK_CLASS, "key": self._key}
        self._held = bool(await self._connection.scalar(_TAKE, args))

    async def keep(self) -> None:
        """Watch the connection for ever."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            try:
                if self._connection is None:
                    await self.take()
                elif self._held:
                    await self._connection.execute(text("SELECT 1"))
                else:
                    await self.drop()
                    await self.take()
            except Exception as error:
                # Whatever it was: a worker that stops watching would lose its runs for ever.
                log.warning("alive_lock_lost", reason=type(error).__name__)
                await self.drop()

    async def drop(self) -> None:
        """Close the connection, and with it give up the lock."""
        connection, self._connection = self._connection, None
        self._held = False
        if connection is not None:
            try:
                # The lock is the session's: returning it to the pool would keep it.
                await connection.invalidate()
                await connection.close()
            except (SQLAlchemyError, OSError):
                log.info("alive_lock_connection_gone")

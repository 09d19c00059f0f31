"""What Alembic runs for every command: one connection, one migration at a time."""

from __future__ import annotations

import asyncio
import os

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app.core.db import normalise_url
from migrations.tables import load_tables

# Held until the connection closes, so that several starters do not race.
TURN = text("SELECT pg_advisory_lock(20907, 1)")
WAIT_FOR_TURN = text("SET lock_timeout = '120s'")
# A statement that queues for a table lock makes every later reader queue behind it.
WAIT_FOR_TABLES = text("SET lock_timeout = '10s'")


def run(connection: Connection) -> None:
    """Carry out the command on this connection."""
    for statement in (WAIT_FOR_TURN, TURN, WAIT_FOR_TABLES):
        connection.execute(statement)
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=load_tables(),
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def run_by_url(url: str) -> None:
    """Open a connection for the command."""
    engine = create_async_engine(normalise_url(url), poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(run)
    await engine.dispose()


if context.is_offline_mode():
    raise SystemExit("Quayside's migrations need a database; --sql is not supported.")

given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    asyncio.run(run_by_url(os.environ["QUAYSIDE_DATABASE_URL"]))

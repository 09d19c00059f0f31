"""The database's schema: bring it to a revision, and say which one it has."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

import migrations
from app.core.db import normalise_url
from app.local.failures import CommandFailed

LOCK_NOT_AVAILABLE = "55P03"
# A server that starts or is full; it passes.
CANNOT_CONNECT_NOW = "57P03"
TOO_MANY_CONNECTIONS = "53300"
# Wrong password, unknown user, no such database, not allowed.
REFUSALS = ("28P01", "28000", "3D000", "42501")
PATIENCE_SECONDS = 30.0
PAUSE_SECONDS = 0.5

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Schema:
    """Which revision a database has (None: it is empty) and which one this program needs."""

    found: str | None
    needed: str
    known: bool

    @property
    def is_current(self) -> bool:
        """Whether this program can work with the database."""
        return self.found == self.needed


def configuration() -> Config:
    """Return Alembic's configuration; the migrations lie in their own package, wherever it is."""
    config = Config()
    folder = next(iter(migrations.__path__))
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


async def upgrade(url: str, revision: str = "head") -> None:
    """Bring a database forward; whoever comes second waits for the first.

    Raises `CommandFailed` when the database does not answer, is a newer Quayside's, or a lock is
    not to be had.
    """
    schema = await read_schema(url)
    if not schema.known:
        raise _newer(schema)
    await _with_alembic(url, lambda config: command.upgrade(config, revision))


async def downgrade(url: str, revision: str) -> None:
    """Take a database back; `base` leaves no table of ours. Raises as `upgrade`."""
    await _with_alembic(url, lambda config: command.downgrade(config, revision))


async def compare(url: str) -> str:
    """Return how the database differs from the models; empty when it does not."""
    try:
        await _with_alembic(url, command.check)
    except CommandError as difference:
        return str(difference)
    return ""


async def read_schema(url: str) -> Schema:
    """Return the revision of a database. Raises `CommandFailed` when it does not answer."""
    scripts = ScriptDirectory.from_config(configuration())
    needed = scripts.get_current_head() or ""
    revisions = {script.revision for script in scripts.walk_revisions()}

    def read(connection: Connection) -> str | None:
        return MigrationContext.configure(connection).get_current_revision()

    found = await _on_connection(url, read)
    return Schema(found, needed, known=found is None or found in revisions)


async def require_current(url: str) -> None:
    """Refuse to work with a database of another revision. Raises `CommandFailed`."""
    schema = await read_schema(url)
    if schema.is_current:
        return
    if not schema.known:
        raise _newer(schema)
    state = f"is at revision {schema.found}" if schema.found else "has no tables yet"
    raise CommandFailed(
        f"The database {state}, this Quayside needs {schema.needed}; run `quayside migrate` first."
    )


def _newer(schema: Schema) -> CommandFailed:
    return CommandFailed(
        f"The database was migrated by a newer Quayside (revision {schema.found}); "
        "start that version instead."
    )


async def _with_alembic(url: str, work: Callable[[Config], object]) -> None:
    def run(connection: Connection) -> None:
        config = configuration()
        config.attributes["connection"] = connection
        work(config)

    await _on_connection(url, run)


async def _on_connection(url: str, work: Callable[[Connection], Answer]) -> Answer:
    engine = create_async_engine(_checked(url), poolclass=NullPool, connect_args={"timeout": 10})
    deadline = time.monotonic() + PATIENCE_SECONDS
    try:
        while True:
            try:
                async with engine.connect() as connection:
                    return await connection.run_sync(work)
            except (OSError, DBAPIError) as error:
                if not _passes(error) or time.monotonic() > deadline:
                    raise _explained(error) from error
            await asyncio.sleep(PAUSE_SECONDS)
    finally:
        await engine.dispose()


def _checked(url: str) -> str:
    try:
        return normalise_url(url)
    except ValueError as error:
        raise CommandFailed(f"{error}.", status=2) from error


def _state(error: Exception) -> str:
    """Return PostgreSQL's code for an error; empty when there is none."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) or ""


def _passes(error: Exception) -> bool:
    return isinstance(error, OSError) or _state(error) in (CANNOT_CONNECT_NOW, TOO_MANY_CONNECTIONS)


def _explained(error: Exception) -> Exception:
    """Turn what a person can do something about into a sentence; the rest is a fault of ours."""
    if _state(error) == LOCK_NOT_AVAILABLE:
        return CommandFailed(
            "Another migration or a long transaction holds the database; nothing was changed, "
            "try again when it is done."
        )
    if _passes(error):
        return CommandFailed(f"The database does not answer: {error}.")
    if _state(error) in REFUSALS:
        return CommandFailed(f"The database refuses: {getattr(error, 'orig', error)}.")
    return error

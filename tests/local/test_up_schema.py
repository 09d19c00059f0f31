"""Migrations: forwards, compared with the models, backwards, and one at a time."""

import asyncio
from collections.abc import Callable

import asyncpg
import pytest

from app.local.failures import CommandFailed
from app.local.schema import compare, downgrade, read_schema, require_current, upgrade
from app.local.sql import run_sql

LEFT = """
    SELECT relname FROM pg_class JOIN pg_namespace space ON space.oid = relnamespace
    WHERE nspname = 'public' AND relname NOT LIKE 'alembic_version%'
"""


async def test_there_and_back_and_there_again(make_database: Callable[[], str]) -> None:
    url = make_database()
    await upgrade(url)
    assert await compare(url) == []
    await downgrade(url, "base")
    assert run_sql(url, LEFT) == []
    await upgrade(url)
    assert await compare(url) == []
    assert (await read_schema(url)).is_current


async def test_an_empty_database_is_known_as_such(make_database: Callable[[], str]) -> None:
    url = make_database()
    schema = await read_schema(url)
    assert schema.found is None
    assert schema.known
    with pytest.raises(CommandFailed, match="has no tables yet"):
        await require_current(url)


async def test_a_migration_waits_for_the_one_that_is_going_on(
    make_database: Callable[[], str],
) -> None:
    url = make_database()
    other = await asyncpg.connect(url)
    try:
        await other.execute("SELECT pg_advisory_lock(20907, 1)")
        second = asyncio.create_task(upgrade(url))
        done, _ = await asyncio.wait([second], timeout=1)
        assert not done
        assert (await read_schema(url)).found is None
    finally:
        await other.close()
    await second
    assert (await read_schema(url)).is_current


async def test_a_database_that_is_no_postgresql_is_a_misuse() -> None:
    with pytest.raises(CommandFailed, match="must start with postgresql://") as caught:
        await upgrade("mysql://127.0.0.1/x")
    assert caught.value.status == 2

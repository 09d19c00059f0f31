"""One SQL statement at a time, for code that is not async."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import asyncpg

CONNECT_SECONDS = 30.0


def run_sql(url: str, *statements: str) -> list[asyncpg.Record]:
    """Runs statements, each by itself, over one connection; the rows of the last one.

    Works inside a running event loop too, which it blocks. Raises what asyncpg raises.
    """
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(lambda: asyncio.run(_run(url, statements))).result()


async def _run(url: str, statements: tuple[str, ...]) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS)
    try:
        rows: list[asyncpg.Record] = []
        for statement in statements:
            rows = await connection.fetch(statement)
        return rows
    finally:
        await connection.close()

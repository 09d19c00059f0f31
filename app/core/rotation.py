"""Sealing anew: after a key was added to the ring, everything is written with the newest one.

A column that holds what only the key ring can read is named `sealed`, or `sealed_…`; all of them,
in whatever table, are found by that name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Table, and_, bindparam, select, tuple_, update

from app.core.crypto import KeyRing
from app.core.db import Base
from app.core.resources import Resources
from app.core.uow import UnitOfWork

BATCH = 500


def sealed_columns() -> Iterator[tuple[Table, list[Column[Any]]]]:
    """Give each table that keeps something sealed, with the columns that do."""
    for table in Base.metadata.sorted_tables:
        columns = [column for column in table.columns if column.name.split("_")[0] == "sealed"]
        if columns:
            yield table, columns


async def rotate_secrets(res: Resources) -> int:
    """Encrypt all that is sealed anew with the newest key; returns how many values were written.

    The tables must be loaded. Raises `Undecryptable` for a value whose key has left the ring. May
    be run again at any time, and while the service works: a value written meanwhile is left alone.
    """
    written = 0
    for table, columns in sealed_columns():
        after: tuple[Any, ...] | None = None
        while True:
            async with res.unit_of_work() as uow:
                after, count = await _rotate_batch(uow, res.keyring, table, columns, after)
            written += count
            if after is None:
                break
    return written


async def _rotate_batch(
    uow: UnitOfWork,
    keyring: KeyRing,
    table: Table,
    columns: list[Column[Any]],
    after: tuple[Any, ...] | None,
) -> tuple[tuple[Any, ...] | None, int]:
    key = list(table.primary_key.columns)
    query = select(*key, *columns).order_by(*key).limit(BATCH).with_for_update()
    if after is not None:
        query = query.where(tuple_(*key) > tuple_(*after))
    rows = list(await uow.session.execute(query))
    count = 0
    changes = []
    for row in rows:
        sealed = row[len(key) :]
        count += sum(value is not None for value in sealed)
        if any(value is not None for value in sealed):
            changes.append(
                {
                    **{f"key_{number}": row[number] for number in range(len(key))},
                    **{
                        f"new_{column.name}": None if value is None else keyring.rotate(value)
                        for column, value in zip(columns, sealed, strict=True)
                    },
                }
            )
    if changes:
        statement = (
            update(table)
            .where(and_(*(column == bindparam(f"key_{n}") for n, column in enumerate(key))))
            .values({column: bindparam(f"new_{column.name}") for column in columns})
        )
        await (await uow.session.connection()).execute(statement, changes)
    return (tuple(rows[-1][: len(key)]) if len(rows) == BATCH else None), count

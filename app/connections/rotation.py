"""Sealing anew: after a key was added to the ring, everything is written with the newest one."""

from __future__ import annotations

from sqlalchemy import select

from app.connections.models import Connection, ConnectionUser, UnclaimedInstall
from app.core.resources import Resources

SEALED: tuple[tuple[type[Connection | ConnectionUser | UnclaimedInstall], tuple[str, ...]], ...] = (
    (Connection, ("sealed_access_token", "sealed_client_secret", "sealed_webhook_secret")),
    (ConnectionUser, ("sealed_email",)),
    (UnclaimedInstall, ("sealed_access_token", "sealed_people")),
)
BATCH = 500


async def rotate_secrets(res: Resources) -> int:
    """Re-encrypt all that connections keep sealed; returns how many values were written.

    Raises `Undecryptable` for a value whose key has left the ring. May be run again at any time.
    """
    written = 0
    for table, columns in SEALED:
        key = table.__mapper__.primary_key[0]
        after = None
        while True:
            async with res.unit_of_work() as uow:
                query = select(table).order_by(key).limit(BATCH).with_for_update()
                rows = list(
                    await uow.session.scalars(query if after is None else query.where(key > after))
                )
                for row in rows:
                    for column in columns:
                        sealed = getattr(row, column)
                        if sealed is not None:
                            setattr(row, column, res.keyring.rotate(sealed))
                            written += 1
            if len(rows) < BATCH:
                break
            after = table.__mapper__.primary_key_from_instance(rows[-1])[0]
    return written

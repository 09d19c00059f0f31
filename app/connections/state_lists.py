"""Lists of states and provinces, as BigCommerce has them, one for each country.

They are the same for every store, so they are read once, through whichever store is connected,
and kept. A country gets its list some minutes after the first order from there: no run waits for
it, and none pays for it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from app.bigcommerce.client import StoreClient
from app.bigcommerce.errors import BigCommerceError, Forbidden, Refused
from app.bigcommerce.models.store import State
from app.bigcommerce.resources import geography
from app.connections.client import store_client
from app.connections.kinds import ConnectionStatus
from app.connections.models import Connection, StateList
from app.connections.repository import find_connection
from app.core.queue import WakeUp
from app.core.resources import Resources
from app.core.uow import UnitOfWork

log = structlog.get_logger(__name__)

JOB: Final = "read_state_lists"
GOOD_FOR: Final = timedelta(days=90)
TRIED_AGAIN_AFTER: Final = timedelta(days=1)
"""After a store refused to tell; another one may not."""
AT_ONCE: Final = 20
PATIENCE: Final = 5.0

States = Mapping[str, str]
"""Abbreviations by name."""


async def state_lists(uow: UnitOfWork, countries: Collection[str]) -> dict[str, States | None]:
    """Return the lists of those countries that were asked for before, by two-letter code."""
    if not countries:
        return {}
    rows = await uow.session.execute(
        select(StateList.country_iso2, StateList.states).where(
            StateList.country_iso2.in_(sorted(countries))
        )
    )
    return dict(rows.all())


async def ask_for_states(uow: UnitOfWork, countries: Collection[str]) -> None:
    """Note countries whose lists are to be read."""
    if countries:
        await uow.session.execute(
            insert(StateList)
            .values([{"country_iso2": country} for country in sorted(countries)])
            .on_conflict_do_nothing()
        )


async def ring_for_state_lists(uow: UnitOfWork) -> None:
    """Ring for lists that are missing or old, at any store that is connected."""
    if not await _due(uow, limit=1):
        return
    connection_id = await uow.session.scalar(
        select(Connection.id)
        .where(Connection.status == ConnectionStatus.ACTIVE, Connection.deleted_at.is_(None))
        .order_by(func.random())
        .limit(1)
    )
    if connection_id is not None:
        uow.ring_after_commit(WakeUp(JOB, {"connection_id": str(connection_id)}))


async def read_state_lists(res: Resources, connection_id: UUID) -> None:
    """Read lists that are missing or old; what the store does not tell is tried another day."""
    async with res.unit_of_work() as uow:
        connection = await find_connection(uow, connection_id)
        if connection is None or connection.status != ConnectionStatus.ACTIVE:
            return
        due = await _due(uow, limit=AT_ONCE)
    client = store_client(res, connection, "bulk", patience=PATIENCE)
    for country in due:
        try:
            states = await _states(client, country)
        except (Refused, Forbidden) as error:
            log.info("states_not_told", country=country, reason=type(error).__name__)
            states = None
        except BigCommerceError as error:
            log.info("state_lists_put_off", reason=type(error).__name__)
            return
        async with res.unit_of_work() as uow:
            row = update(StateList).where(StateList.country_iso2 == country)
            told = {} if states is None else {"states": states}
            await uow.session.execute(row.values(tried_at=uow.clock.now(), **told))


async def _due(uow: UnitOfWork, limit: int) -> list[str]:
    now = uow.clock.now()
    rows = await uow.session.scalars(
        select(StateList.country_iso2)
        .where(
            or_(
                StateList.tried_at.is_(None),
                StateList.tried_at < now - GOOD_FOR,
                and_(StateList.states.is_(None), StateList.tried_at < now - TRIED_AGAIN_AFTER),
            )
        )
        .order_by(StateList.country_iso2)
        .limit(limit)
    )
    return list(rows)


async def _states(client: StoreClient, country: str) -> dict[str, str]:
    found = await geography.country(client, country)
    rows: list[State] = await geography.states(client, found.id) if found is not None else []
    return {row.state: row.state_abbreviation for row in rows if row.state_abbreviation}

"""Events of a store as a whole: it was uninstalled or cancelled, or its information changed."""

from __future__ import annotations

from datetime import timedelta

from app.connections.information import refresh_store_information
from app.connections.lifecycle import mark_uninstalled
from app.connections.models import Connection
from app.connections.repository import find_connection
from app.core.resources import Resources
from app.integrations.inbox.batches import ended
from app.webhooks.claims import Claim, ClaimedEvent, finish_events
from app.webhooks.kinds import EventStatus

UNINSTALLED = "store/app/uninstalled"
ACTOR = "bigcommerce"
SKEW = timedelta(minutes=1)
STALE = ("superseded", "The store was connected again after this event.")


async def act_on_store(res: Resources, connection: Connection, claim: Claim) -> None:
    """Act on a claim's events; raises `BigCommerceError` and `EventsLost`."""
    leaving = [event for event in claim.events if event.scope == UNINSTALLED]
    if leaving:
        await _leave(res, connection, claim, leaving)
    changed = [event for event in claim.events if event.scope != UNINSTALLED]
    if not changed:
        return
    await refresh_store_information(res, connection.id)
    async with res.unit_of_work() as uow:
        finishes = ended(changed, EventStatus.PROCESSED)
        await finish_events(uow, claim, finishes)


async def _leave(
    res: Resources, connection: Connection, claim: Claim, events: list[ClaimedEvent]
) -> None:
    """End the connection, unless it was made after the store said so.

    A delivery may be two days late (FACTS 3.4), and the app installed again since.
    """
    async with res.unit_of_work() as uow:
        row = await find_connection(uow, connection.id, lock=True)
        since = row.connected_at if row is not None else None
        fresh = [
            event
            for event in events
            if since is None or (event.store_created_at or event.received_at) >= since - SKEW
        ]
        if row is not None and fresh:
            await mark_uninstalled(uow, row, ACTOR)
        stale = [event for event in events if event not in fresh]
        await finish_events(uow, claim, ended(fresh, EventStatus.PROCESSED))
        await finish_events(uow, claim, ended(stale, EventStatus.IGNORED, *STALE))

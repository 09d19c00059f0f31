"""Events of the same kind, grouped by what they are about and worked on part by part.

A part that fails for a reason of its own is halved down to the one object that is to blame; that
one is tried again later and given up after some tries, and the others never notice. What is wrong
with the store or with our access to it is not theirs to settle: it goes up to the caller.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta

import structlog

from app.bigcommerce.errors import AccessLost, BigCommerceError, Later, Unreachable
from app.core.problems import database_is_away
from app.core.resources import Resources
from app.webhooks.claims import (
    Claim,
    ClaimedEvent,
    EventsLost,
    Finish,
    finish_events,
    put_back,
)
from app.webhooks.kinds import EventStatus

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 5
FIRST_PAUSE = 2.0

Group = Mapping[int, Sequence[ClaimedEvent]]
"""Events by the id of the object that they are about."""
Work = Callable[[Group], Awaitable[None]]


def grouped(claim: Claim) -> dict[int, list[ClaimedEvent]]:
    """Return a claim's events by object, in the order of ids."""
    groups: dict[int, list[ClaimedEvent]] = {}
    for event in sorted(claim.events, key=lambda event: (event.external_id or 0, event.id)):
        if event.external_id is not None:
            groups.setdefault(event.external_id, []).append(event)
    return groups


async def work_on(res: Resources, claim: Claim, group: Group, work: Work) -> None:
    """Do the work of a group; raises what concerns more than its objects."""
    try:
        await work(group)
    except (Later, Unreachable, AccessLost, EventsLost):
        raise
    except Exception as error:
        # A catch-all like the runner's: one object that we cannot cope with must not keep the
        # events of all others from being worked on.
        if database_is_away(error):
            raise
        if len(group) == 1:
            await _blame(res, claim, group, error)
            return
        ids = list(group)
        for part in (ids[: len(ids) // 2], ids[len(ids) // 2 :]):
            await work_on(res, claim, {number: group[number] for number in part}, work)


async def _blame(res: Resources, claim: Claim, group: Group, error: Exception) -> None:
    events = [event for events in group.values() for event in events]
    attempts = max(event.attempts for event in events) + 1
    code, message = _reason(error)
    log.warning(
        "event_failed", event_id=str(events[0].id), attempts=attempts, code=code, exc_info=error
    )
    async with res.unit_of_work() as uow:
        if attempts >= MOST_ATTEMPTS:
            await finish_events(uow, claim, ended(events, EventStatus.FAILED, code, message))
            return
        await put_back(
            uow,
            claim,
            ids=[event.id for event in events],
            seconds=FIRST_PAUSE * 2 ** (attempts - 1),
            failed=True,
            code=code,
            message=message,
        )


def _reason(error: Exception) -> tuple[str, str]:
    if isinstance(error, BigCommerceError):
        return "store_refused", error.for_merchant
    return "internal", "Something went wrong on our side. The log of the service says more."


def ended(
    events: Sequence[ClaimedEvent],
    status: EventStatus,
    code: str | None = None,
    message: str | None = None,
) -> list[Finish]:
    """Let events end alike, having touched nothing."""
    return [Finish(event.id, status, code, message) for event in events]

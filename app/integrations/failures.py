"""What a failure means for a run: wait and go on, lose access, or end.

A rejected item never gets here; integrations turn it into an item's outcome.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.bigcommerce.errors import (
    BigCommerceError,
    CredentialsRejected,
    Forbidden,
    MalformedAnswer,
    PageLoop,
    RateLimited,
    Refused,
    ScopeMissing,
    StoreUnavailable,
    Unreachable,
)
from app.runs.kinds import WaitingFor

FIRST_WAIT = 4.0
LONGEST_WAIT = 300.0
SHORTEST_WAIT = 0.5
MALFORMED_WAITS = 6
"""After so many waits in a row an unreadable answer is no passing disturbance."""


@dataclass(frozen=True)
class Wait:
    """Stand still for so many seconds, then go on from the last page."""

    waiting_for: WaitingFor
    seconds: float
    message: str


@dataclass(frozen=True)
class LoseAccess:
    """The token is dead: the connection needs the store owner."""

    code: str
    message: str


@dataclass(frozen=True)
class Fail:
    """The run ends here; with `pause` its integration is paused for that reason."""

    code: str
    message: str
    pause: bool = False


Verdict = Wait | LoseAccess | Fail


def _growing(waits: int) -> float:
    return min(FIRST_WAIT * 2.0 ** min(waits, 10), LONGEST_WAIT)


def judge(error: BigCommerceError, waits: int) -> Verdict:
    """Decide about an error of a page; `waits` counts the waits since the last good page."""
    if isinstance(error, RateLimited):
        return Wait(WaitingFor.RATE_LIMIT, max(error.wait, SHORTEST_WAIT), error.sentence)
    if isinstance(error, StoreUnavailable | Unreachable):
        return Wait(WaitingFor.STORE_UNAVAILABLE, _growing(waits), error.sentence)
    if isinstance(error, MalformedAnswer) and waits < MALFORMED_WAITS:
        return Wait(
            WaitingFor.STORE_UNAVAILABLE,
            _growing(waits),
            "BigCommerce sent an answer that cannot be read; it is asked again.",
        )
    if isinstance(error, CredentialsRejected):
        return LoseAccess("credentials_rejected", error.sentence)
    if isinstance(error, ScopeMissing):
        return Fail("scope_missing", error.sentence, pause=True)
    if isinstance(error, Forbidden):
        return Fail("forbidden", error.sentence, pause=True)
    if isinstance(error, PageLoop):
        return Fail("page_loop", "The store keeps sending the same page; start the run again.")
    if isinstance(error, Refused):
        return Fail("store_refused", error.for_merchant)
    return Fail("unexpected_answer", f"BigCommerce answered in an unexpected way: {error}"[:900])

"""Whether to repeat a request, as a pure function (FACTS 2.1, 2.3).

Short stumbles of repeatable requests are repeated here; anything that takes the store's time to
heal (429, 503, 423) is handed outwards with a wait, so that a run can rest instead of a worker.
A request that may have taken effect is repeated only when that is safe: by its method (GET, HEAD,
PUT, DELETE) or because the caller says so.
"""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Literal

ATTEMPTS = 4
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 8.0
LONGEST_WAIT = 600.0
LIMIT_WAIT = 30.0
STORE_WAIT = 60.0
REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE"})
READS = frozenset({"GET", "HEAD"})
STUMBLES = frozenset({500, 502, 504})
BUSY = frozenset({423, 429, 503})


class Failure(Enum):
    """Why there is no readable answer."""

    NOT_SENT = "not_sent"
    TIMEOUT = "timeout"
    CLOSED = "closed"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Retry:
    """Send the same request again after so many seconds."""

    after: float


@dataclass(frozen=True, slots=True)
class WaitOutside:
    """Come back after ``wait`` seconds; the worker should do something else."""

    wait: float
    why: Literal["rate_limit", "store_unavailable"]


@dataclass(frozen=True, slots=True)
class GiveUp:
    """No repetition helps or is allowed; ``sent`` when the request may have taken effect."""

    sent: bool


Verdict = Retry | WaitOutside | GiveUp


def decide(
    method: str,
    outcome: int | Failure,
    headers: Mapping[str, str],
    attempt: int,
    *,
    rng: random.Random,
    safe_to_repeat: bool | None = None,
    patience: float = 0.0,
    attempts: int = ATTEMPTS,
) -> Verdict:
    """What to do after attempt number ``attempt`` (from 1) ended in a status or a failure.

    ``attempts`` bounds how often a request reaches the store; one that never left may be tried
    as often as usual. ``patience``: seconds the caller is still willing to wait in place for 429,
    503 and 423.
    """
    if isinstance(outcome, int) and outcome in BUSY:
        return _wait(outcome, headers, attempt, rng, patience)
    if isinstance(outcome, int) and outcome not in STUMBLES:
        return GiveUp(sent=False)
    not_sent = outcome is Failure.NOT_SENT
    repeatable = method in REPEATABLE if safe_to_repeat is None else safe_to_repeat
    most = ATTEMPTS if not_sent else min(attempts, 2) if outcome == 500 else attempts
    if (repeatable or not_sent) and attempt < most:
        # Writes rest longer: the first one may still be under way behind the gateway.
        slower = 1.0 if method in READS or not_sent else 4.0
        return Retry(pause(attempt, rng) * slower)
    if method in READS and isinstance(outcome, int):
        return WaitOutside(_spread(STORE_WAIT, rng), "store_unavailable")
    return GiveUp(sent=not not_sent and method not in READS)


def pause(attempt: int, rng: random.Random) -> float:
    """Seconds before repeating a short stumble: doubling, with jitter, never above 8 s."""
    most: float = min(FIRST_PAUSE * 2 ** min(max(attempt - 1, 0), 10), LONGEST_PAUSE)
    return most * rng.uniform(0.5, 1.0)


def wait_hint(headers: Mapping[str, str]) -> float | None:
    """Seconds the answer asks us to wait, or None when it says nothing sensible."""
    for name, scale in (
        ("x-retry-after", 1.0),
        ("retry-after", 1.0),
        ("x-rate-limit-time-reset-ms", 0.001),
    ):
        seconds = number(headers.get(name))
        if seconds is not None and seconds > 0:
            return min(seconds * scale, LONGEST_WAIT)
    return None


def limit_wait(headers: Mapping[str, str], attempt: int) -> float:
    """Seconds to rest after a 429: the server's word, else our own growing schedule."""
    hint, again = wait_hint(headers), min(max(attempt - 1, 0), 10)
    if hint is None:
        return min(LIMIT_WAIT * 2.0**again, LONGEST_WAIT)
    return min(hint * 1.5**again, LONGEST_WAIT)


def number(text: str | None) -> float | None:
    """A finite number of zero or more from a header; None for anything else."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def _wait(
    status: int, headers: Mapping[str, str], attempt: int, rng: random.Random, patience: float
) -> Verdict:
    if status == 429:
        wait = limit_wait(headers, attempt) + rng.uniform(0.05, 0.5)
    else:
        hint = wait_hint({k: v for k, v in headers.items() if "retry-after" in k.lower()})
        wait = hint + rng.uniform(0.05, 0.5) if hint else _spread(STORE_WAIT, rng)
    if wait <= patience:
        return Retry(wait)
    return WaitOutside(wait, "rate_limit" if status == 429 else "store_unavailable")


def _spread(seconds: float, rng: random.Random) -> float:
    return seconds * rng.uniform(1.0, 1.25)

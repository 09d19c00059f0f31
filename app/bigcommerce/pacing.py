"""When to send the next request, as arithmetic over the quota headers (FACTS 2.1, 2.2).

The quota belongs to the store and every app shares it, so we never aim at the last request:

* a **reserve** stays for the store's other apps, and what they are seen to use (``left`` falls
  faster than our own requests explain) is set aside until the window ends;
* the **orders** lane goes first: ``bulk`` also leaves room for it;
* with plenty left nobody waits; once half the budget is gone faster than the window passes, the
  rest is **spread** over what remains of the window;
* requests **in flight** at any worker count as used until their answer has been seen.

Everything here is pure; `PacingStore` keeps the state (one per store) and must run a step
atomically, so that several workers never take the same request twice.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

import msgspec

from app.bigcommerce.retry import limit_wait, number

T = TypeVar("T")
Lane = Literal["orders", "bulk"]

RESERVATION_LIFE = 180.0
LONGEST_DELAY = 5.0
BLIND_IN_FLIGHT = 8
BLIND_DELAY = 0.2
FREE_SHARE = 0.5
MOST_SET_ASIDE = 0.8
RIVAL_MARGIN = 1.25


class Quota(msgspec.Struct, frozen=True):
    """The four headers of one answer: window and time to reset in seconds, quota and left."""

    window: float
    reset: float
    quota: int
    left: int


class Policy(msgspec.Struct, frozen=True):
    """Shares of the quota kept free: for other apps, and by ``bulk`` for the orders lane."""

    reserve: float = 0.1
    orders_room: float = 0.1


class PacingState(msgspec.Struct, frozen=True):
    """What all workers know of one store's quota; times in the store's shared clock, seconds."""

    quota: int = 0
    window: float = 30.0
    left: int = 0
    reset_at: float = 0.0
    answered: int = 0
    rival_rate: float = 0.0
    blocked_until: float = 0.0
    strained: int = 0
    serial: int = 0
    in_flight: dict[str, float] = msgspec.field(default_factory=dict)
    next_at: dict[str, float] = msgspec.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Slot:
    """Leave to send after ``delay`` seconds; ``ticket`` is given back with the answer."""

    ticket: str
    delay: float


@dataclass(frozen=True, slots=True)
class Refuse:
    """No request may be sent now; come back after ``wait`` seconds."""

    wait: float


class PacingStore(Protocol):
    """Keeps one PacingState per key and applies pure steps to it, one at a time per key.

    ``step(state, now)`` returns the new state and a result. It has no side effects and may be
    called again, so an implementation with optimistic locking may simply retry. ``now`` is in
    seconds of one clock shared by all who share the state. `PacingState` encodes as JSON by
    msgspec; a state that is lost (expired, evicted) is replaced by ``PacingState()``.
    """

    async def transact(
        self, key: str, step: Callable[[PacingState, float], tuple[PacingState, T]]
    ) -> T:
        """Apply ``step`` atomically to the state under ``key`` and return its result."""
        ...


class MemoryPacingStore:
    """A PacingStore for one process; ``clock`` gives seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._states: dict[str, PacingState] = {}

    async def transact(
        self, key: str, step: Callable[[PacingState, float], tuple[PacingState, T]]
    ) -> T:
        """Apply ``step``; atomic because it never gives up the event loop."""
        state, result = step(self._states.get(key, PacingState()), self._clock())
        self._states[key] = state
        return result


def read_quota(headers: Mapping[str, str]) -> Quota | None:
    """The quota headers, or None when any is missing or makes no sense (lower-case names)."""
    window, reset, quota, left = (
        number(headers.get(f"x-rate-limit-{name}"))
        for name in ("time-window-ms", "time-reset-ms", "requests-quota", "requests-left")
    )
    if window is None or reset is None or quota is None or left is None:
        return None
    if window <= 0 or window > 3_600_000 or not 1 <= quota <= 10_000_000:
        return None
    seconds = window / 1000
    return Quota(seconds, min(reset / 1000, seconds), int(quota), min(int(left), int(quota)))


def reserve(
    state: PacingState, now: float, lane: Lane, policy: Policy
) -> tuple[PacingState, Slot | Refuse]:
    """Take one request out of the budget, with the delay to send it after, or be refused."""
    state = _forget_expired(_roll(state, now), now)
    if state.blocked_until > now:
        return state, Refuse(state.blocked_until - now)
    if state.strained and state.in_flight:
        # After a 429 one request alone finds out whether the store has recovered.
        return state, Refuse(1.0)
    if state.quota == 0:
        crowded = max(0, len(state.in_flight) - BLIND_IN_FLIGHT + 1)
        return _book(state, now, lane, now + BLIND_DELAY * crowded / BLIND_IN_FLIGHT, 0.0)
    remaining = max(state.reset_at - now, 0.0)
    usable = state.left - len(state.in_flight) - _set_aside(state, remaining, lane, policy)
    if usable < 1:
        return state, Refuse(max(remaining, 0.05))
    return _book(state, now, lane, now, _spacing(state, usable, remaining, lane, policy))


def observe(
    state: PacingState, now: float, ticket: str, status: int, headers: Mapping[str, str]
) -> tuple[PacingState, None]:
    """Learn from an answer: the ticket is used up, the headers replace our reckoning."""
    state = _without(_roll(state, now), ticket)
    quota = read_quota(headers)
    if quota is None:
        state = msgspec.structs.replace(
            state, left=max(state.left - 1, 0), answered=state.answered + 1
        )
    else:
        state = _learn(state, now, quota)
    if status == 429:
        strained = state.strained + 1
        until = now + limit_wait(headers, strained)
        return msgspec.structs.replace(
            state, strained=strained, blocked_until=max(state.blocked_until, until)
        ), None
    if state.strained:
        state = msgspec.structs.replace(state, strained=0)
    return state, None


def release(state: PacingState, now: float, ticket: str, sent: bool) -> tuple[PacingState, None]:
    """Give a ticket back without an answer; one that was sent still counts as used."""
    state = _without(_roll(state, now), ticket)
    if sent and state.quota:
        state = msgspec.structs.replace(
            state, left=max(state.left - 1, 0), answered=state.answered + 1
        )
    return state, None


def _roll(state: PacingState, now: float) -> PacingState:
    """A window that has ended gives a full quota again, until an answer says otherwise."""
    if state.quota == 0 or now < state.reset_at:
        return state
    passed = 1 + math.floor((now - state.reset_at) / state.window)
    return msgspec.structs.replace(
        state,
        left=state.quota,
        answered=0,
        reset_at=state.reset_at + passed * state.window,
        # A rival that we have not seen for whole windows is forgotten bit by bit.
        rival_rate=state.rival_rate * 0.5 ** (passed - 1),
        next_at={},
    )


def _learn(state: PacingState, now: float, seen: Quota) -> PacingState:
    reset_at = now + seen.reset
    tolerance = seen.window / 10
    known = state.quota != 0
    fresh = not known or reset_at > state.reset_at + tolerance
    if known and reset_at < state.reset_at - tolerance and seen.quota == state.quota:
        if state.answered:
            return state  # an answer that was under way since the window before
        fresh = True  # we guessed the new window's end wrongly
    answered = 1 if fresh else state.answered + 1
    left = seen.left if fresh else min(seen.left, state.left)
    elapsed = max(seen.window - seen.reset, 0.0)
    # Of our own requests on the way about half have been counted by the store already.
    counted = sum(until - RESERVATION_LIFE <= now for until in state.in_flight.values()) / 2
    others = max(seen.quota - left - answered - counted, 0)
    share = min(elapsed / seen.window, 1.0)
    rate = others / max(elapsed, seen.window / 10)
    return msgspec.structs.replace(
        state,
        quota=seen.quota,
        window=seen.window,
        left=left,
        reset_at=reset_at if fresh else max(min(state.reset_at, reset_at), now),
        answered=answered,
        rival_rate=share * rate + (1 - share) * state.rival_rate,
        next_at={} if fresh else state.next_at,
    )


def _set_aside(state: PacingState, remaining: float, lane: Lane, policy: Policy) -> int:
    """Requests of this window that the lane must leave alone."""
    others = max(policy.reserve * state.quota, state.rival_rate * RIVAL_MARGIN * remaining)
    room = policy.orders_room * state.quota if lane == "bulk" else 0.0
    # However greedy the others are, a fresh window leaves something for us.
    return min(math.ceil(others + room), math.floor(MOST_SET_ASIDE * state.quota))


def _spacing(
    state: PacingState, usable: int, remaining: float, lane: Lane, policy: Policy
) -> float:
    """Seconds to the lane's next request: none while plenty is left for the time."""
    room = policy.orders_room if lane == "bulk" else 0.0
    budget = state.quota * max(1.0 - policy.reserve - room, 0.1)
    on_course = usable >= budget * remaining / state.window
    if on_course or usable >= FREE_SHARE * budget:
        return 0.0
    return remaining / usable


def _book(
    state: PacingState, now: float, lane: Lane, earliest: float, spacing: float
) -> tuple[PacingState, Slot | Refuse]:
    at = max(earliest, state.next_at.get(lane, 0.0) if spacing else 0.0)
    if at - now > LONGEST_DELAY:
        return state, Refuse(at - now)
    ticket = str(state.serial + 1)
    return msgspec.structs.replace(
        state,
        serial=state.serial + 1,
        in_flight={**state.in_flight, ticket: at + RESERVATION_LIFE},
        next_at={**state.next_at, lane: at + spacing},
    ), Slot(ticket, at - now)


def _forget_expired(state: PacingState, now: float) -> PacingState:
    """Tickets of workers that died must not hold the budget for ever."""
    if all(until > now for until in state.in_flight.values()):
        return state
    alive = {ticket: until for ticket, until in state.in_flight.items() if until > now}
    return msgspec.structs.replace(state, in_flight=alive)


def _without(state: PacingState, ticket: str) -> PacingState:
    if ticket not in state.in_flight:
        return state
    rest = {name: until for name, until in state.in_flight.items() if name != ticket}
    return msgspec.structs.replace(state, in_flight=rest)

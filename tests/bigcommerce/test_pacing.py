import asyncio
import math

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.bigcommerce.pacing import (
    LONGEST_DELAY,
    RESERVATION_LIFE,
    Lane,
    MemoryPacingStore,
    PacingState,
    Policy,
    Quota,
    Refuse,
    Slot,
    observe,
    read_quota,
    release,
    reserve,
)
from tests.bigcommerce.stores import Clock

POLICY = Policy()


def headers(
    left: float, *, quota: int = 150, window: int = 30_000, reset: int = 15_000
) -> dict[str, str]:
    return {
        "x-rate-limit-time-window-ms": str(window),
        "x-rate-limit-time-reset-ms": str(reset),
        "x-rate-limit-requests-quota": str(quota),
        "x-rate-limit-requests-left": str(left),
    }


def knowing(left: int, *, reset: int = 15_000, now: float = 0.0, quota: int = 150) -> PacingState:
    """The state after one answer."""
    state, slot = reserve(PacingState(), now, "bulk", POLICY)
    assert isinstance(slot, Slot)
    return observe(state, now, slot.ticket, 200, headers(left, reset=reset, quota=quota))[0]


def drain(state: PacingState, now: float, lane: Lane) -> tuple[PacingState, int, Refuse]:
    """Reserve until refused."""
    for count in range(1000):
        state, decision = reserve(state, now, lane, POLICY)
        if isinstance(decision, Refuse):
            return state, count, decision
    raise AssertionError


def test_quota_headers() -> None:
    assert read_quota(headers(100)) == Quota(30.0, 15.0, 150, 100)


@pytest.mark.parametrize(
    "change",
    [
        {"x-rate-limit-requests-left": "NaN"},
        {"x-rate-limit-requests-left": "-1"},
        {"x-rate-limit-requests-quota": "0"},
        {"x-rate-limit-time-window-ms": "0"},
        {"x-rate-limit-time-window-ms": "1e99"},
        {"x-rate-limit-time-reset-ms": ""},
    ],
)
def test_silly_quota_headers_count_as_missing(change: dict[str, str]) -> None:
    assert read_quota({**headers(100), **change}) is None


def test_a_reset_longer_than_the_window_is_cut() -> None:
    quota = read_quota(headers(100, reset=10**9))
    assert quota is not None
    assert quota.reset == 30.0


def test_plenty_left_is_no_delay() -> None:
    state = knowing(140, reset=29_000)
    for _ in range(20):
        state, decision = reserve(state, 1.0, "bulk", POLICY)
        assert isinstance(decision, Slot)
        assert decision.delay == 0


def test_scarcity_is_spread() -> None:
    state = knowing(60, reset=29_000)
    state, first = reserve(state, 0.0, "bulk", POLICY)
    state, second = reserve(state, 0.0, "bulk", POLICY)
    assert isinstance(first, Slot)
    assert isinstance(second, Slot)
    assert second.delay > first.delay


def test_nothing_left_refuses_until_the_window_ends() -> None:
    _, decision = reserve(knowing(3, reset=12_000), 2.0, "bulk", POLICY)
    assert decision == Refuse(10.0)


def test_the_window_ends_and_there_is_quota_again() -> None:
    state = knowing(0, reset=12_000)
    _, decision = reserve(state, 12.0, "bulk", POLICY)
    assert isinstance(decision, Slot)


def test_the_orders_lane_goes_on_when_bulk_stops() -> None:
    state = knowing(28, reset=1_000)
    state, _, _ = drain(state, 0.0, "bulk")
    _, decision = reserve(state, 0.0, "orders", POLICY)
    assert isinstance(decision, Slot)


def test_in_flight_requests_count_as_used() -> None:
    state = knowing(100, reset=1_000)
    state, taken, _ = drain(state, 0.0, "bulk")
    assert taken == 100 - 30
    state, _ = release(state, 0.0, next(iter(state.in_flight)), sent=False)
    _, decision = reserve(state, 0.0, "bulk", POLICY)
    assert isinstance(decision, Slot)


def test_a_ticket_whose_request_was_sent_stays_used() -> None:
    state = knowing(100, reset=1_000)
    state, _, _ = drain(state, 0.0, "bulk")
    state, _ = release(state, 0.0, next(iter(state.in_flight)), sent=True)
    _, decision = reserve(state, 0.0, "bulk", POLICY)
    assert isinstance(decision, Refuse)


def test_tickets_of_dead_workers_expire() -> None:
    state = PacingState()
    for _ in range(3):
        state, _ = reserve(state, 0.0, "bulk", POLICY)
    state, _ = reserve(state, RESERVATION_LIFE + 1, "bulk", POLICY)
    assert len(state.in_flight) == 1


def test_a_limit_blocks_everyone_and_then_one_request_probes() -> None:
    state, slot = reserve(knowing(100), 0.0, "orders", POLICY)
    assert isinstance(slot, Slot)
    state, _ = observe(
        state, 0.0, slot.ticket, 429, {**headers(35, reset=5_000), "x-retry-after": "5"}
    )
    assert reserve(state, 1.0, "orders", POLICY)[1] == Refuse(4.0)
    state, probe = reserve(state, 5.0, "bulk", POLICY)
    assert isinstance(probe, Slot)
    assert isinstance(reserve(state, 5.0, "orders", POLICY)[1], Refuse)
    state, _ = observe(state, 5.5, probe.ticket, 200, headers(149, reset=29_500))
    assert isinstance(reserve(state, 5.5, "orders", POLICY)[1], Slot)


def test_limits_without_headers_block_longer_each_time() -> None:
    state, now, blocks = PacingState(), 0.0, []
    for _ in range(4):
        state, slot = reserve(state, now, "bulk", POLICY)
        assert isinstance(slot, Slot)
        state, _ = observe(state, now, slot.ticket, 429, {})
        blocks.append(state.blocked_until - now)
        now = state.blocked_until
    assert blocks == sorted(set(blocks))
    assert blocks[0] >= 30


def test_a_rival_is_learned_from_one_answer_and_set_aside() -> None:
    lonely = knowing(149 - 40, reset=15_000)
    state, slot = reserve(lonely, 0.0, "bulk", POLICY)
    assert isinstance(slot, Slot)
    state, _ = observe(state, 1.0, slot.ticket, 200, headers(100, reset=14_000))
    assert state.rival_rate > 1.0


def test_older_answers_do_not_raise_what_is_left() -> None:
    state = knowing(100)
    state, a = reserve(state, 0.0, "bulk", POLICY)
    state, b = reserve(state, 0.0, "bulk", POLICY)
    assert isinstance(a, Slot)
    assert isinstance(b, Slot)
    state, _ = observe(state, 0.2, b.ticket, 200, headers(98, reset=14_800))
    state, _ = observe(state, 0.3, a.ticket, 200, headers(99, reset=14_800))
    assert state.left == 98


def test_answers_without_headers_are_counted() -> None:
    state, slot = reserve(knowing(100), 0.0, "bulk", POLICY)
    assert isinstance(slot, Slot)
    state, _ = observe(state, 0.1, slot.ticket, 200, {})
    assert state.left == 99


def test_the_state_is_json() -> None:
    state = knowing(60)
    state, _ = reserve(state, 0.0, "orders", POLICY)
    assert msgspec.json.decode(msgspec.json.encode(state), type=PacingState) == state


@pytest.mark.parametrize("quota", [1, 2, 3, 5])
def test_tiny_quotas_still_give_something(quota: int) -> None:
    state = knowing(quota, reset=5_000, quota=quota)
    assert isinstance(reserve(state, 5.0, "bulk", POLICY)[1], Slot)


async def test_the_memory_store_keeps_stores_apart() -> None:
    clock = Clock()
    pacing = MemoryPacingStore(clock)

    async def take(key: str) -> Slot | Refuse:
        return await pacing.transact(key, lambda s, now: reserve(s, now, "bulk", POLICY))

    await asyncio.gather(*(take("a") for _ in range(5)), take("b"))
    held = [await pacing.transact(k, lambda s, now: (s, len(s.in_flight))) for k in ("a", "b")]
    assert held == [5, 1]


numbers = st.one_of(st.integers(-5, 40_000).map(str), st.sampled_from(["", "NaN", "inf", "x"]))
answers = st.fixed_dictionaries(
    {},
    optional={
        "x-rate-limit-time-window-ms": numbers,
        "x-rate-limit-time-reset-ms": numbers,
        "x-rate-limit-requests-quota": numbers,
        "x-rate-limit-requests-left": numbers,
        "x-retry-after": numbers,
    },
)
steps = st.lists(
    st.tuples(
        st.floats(0, 40),
        st.sampled_from(["reserve", "observe", "release"]),
        st.sampled_from(["orders", "bulk"]),
        st.sampled_from([200, 429, 503]),
        answers,
    ),
    max_size=60,
)


@settings(max_examples=200, deadline=None)
@given(steps)
def test_any_history_keeps_the_state_sane(
    history: list[tuple[float, str, Lane, int, dict[str, str]]],
) -> None:
    state, now, tickets = PacingState(), 0.0, [""]
    for passed, what, lane, status, sent in history:
        now += passed
        if what == "reserve":
            state, decision = reserve(state, now, lane, POLICY)
            if isinstance(decision, Slot):
                assert 0 <= decision.delay <= LONGEST_DELAY
                tickets.append(decision.ticket)
            else:
                assert 0 < decision.wait <= 3600
        elif what == "observe":
            state, _ = observe(state, now, tickets.pop() if tickets else "", status, sent)
        else:
            state, _ = release(state, now, tickets[-1] if tickets else "", sent=True)
        assert 0 <= state.left <= max(state.quota, 0)
        assert math.isfinite(state.rival_rate)
        assert state.rival_rate >= 0


@given(st.integers(1, 1000), st.integers(0, 1000), st.integers(1, 30_000))
def test_reservations_never_exceed_what_is_left(quota: int, left: int, reset: int) -> None:
    state = knowing(min(left, quota), reset=reset, quota=quota)
    _, taken, _ = drain(state, 0.0, "orders")
    assert taken <= min(left, quota)

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bigcommerce.retry import (
    ATTEMPTS,
    LONGEST_WAIT,
    Failure,
    GiveUp,
    Retry,
    WaitOutside,
    decide,
    limit_wait,
    number,
    pause,
    wait_hint,
)


def rng() -> random.Random:
    return random.Random(1)


@pytest.mark.parametrize(
    ("method", "outcome", "kind"),
    [
        ("GET", 502, Retry),
        ("GET", 504, Retry),
        ("GET", 500, Retry),
        ("GET", Failure.TIMEOUT, Retry),
        ("GET", Failure.CLOSED, Retry),
        ("GET", Failure.UNREADABLE, Retry),
        ("GET", Failure.NOT_SENT, Retry),
        ("POST", Failure.NOT_SENT, Retry),
        ("PUT", Failure.TIMEOUT, Retry),
        ("DELETE", 502, Retry),
        ("POST", Failure.TIMEOUT, GiveUp),
        ("POST", Failure.CLOSED, GiveUp),
        ("POST", Failure.UNREADABLE, GiveUp),
        ("POST", 500, GiveUp),
        ("POST", 502, GiveUp),
        ("POST", 504, GiveUp),
        ("GET", 429, WaitOutside),
        ("POST", 429, WaitOutside),
        ("GET", 503, WaitOutside),
        ("POST", 503, WaitOutside),
        ("PUT", 423, WaitOutside),
        ("GET", 401, GiveUp),
        ("GET", 403, GiveUp),
        ("GET", 404, GiveUp),
        ("POST", 409, GiveUp),
        ("POST", 422, GiveUp),
        ("POST", 507, GiveUp),
        ("GET", 418, GiveUp),
        ("GET", 301, GiveUp),
    ],
)
def test_first_verdict(method: str, outcome: int | Failure, kind: type) -> None:
    assert isinstance(decide(method, outcome, {}, 1, rng=rng()), kind)


@pytest.mark.parametrize("outcome", [Failure.TIMEOUT, Failure.CLOSED, 500, 502, 504])
def test_a_post_that_may_have_taken_effect_is_never_repeated(outcome: int | Failure) -> None:
    assert decide("POST", outcome, {}, 1, rng=rng(), patience=1e9) == GiveUp(sent=True)


def test_a_post_that_is_safe_to_repeat_is_repeated() -> None:
    assert isinstance(decide("POST", 502, {}, 1, rng=rng(), safe_to_repeat=True), Retry)


def test_a_put_that_is_not_safe_to_repeat_is_not() -> None:
    assert decide("PUT", 502, {}, 1, rng=rng(), safe_to_repeat=False) == GiveUp(sent=True)


@pytest.mark.parametrize("outcome", [500, 502, 504])
def test_reads_that_keep_failing_wait_outside(outcome: int) -> None:
    verdict = decide("GET", outcome, {}, ATTEMPTS, rng=rng())
    assert isinstance(verdict, WaitOutside)
    assert verdict.why == "store_unavailable"
    assert verdict.wait >= 60


def test_reads_that_never_get_an_answer_give_up_without_effect() -> None:
    assert decide("GET", Failure.TIMEOUT, {}, ATTEMPTS, rng=rng()) == GiveUp(sent=False)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"x-retry-after": "7"}, 7.0),
        ({"x-rate-limit-time-reset-ms": "12500"}, 12.5),
        ({"x-retry-after": "3", "x-rate-limit-time-reset-ms": "12500"}, 3.0),
        ({"x-retry-after": "0", "x-rate-limit-time-reset-ms": "12500"}, 12.5),
        ({"x-retry-after": "-5"}, None),
        ({"x-retry-after": "NaN"}, None),
        ({"x-retry-after": "soon"}, None),
        ({"x-retry-after": "inf"}, None),
        ({"x-retry-after": "1e300"}, LONGEST_WAIT),
        ({"x-rate-limit-time-reset-ms": "99999999999"}, LONGEST_WAIT),
        ({}, None),
    ],
)
def test_wait_hint(headers: dict[str, str], wait: float | None) -> None:
    assert wait_hint(headers) == wait


def test_a_limit_without_headers_waits_longer_each_time() -> None:
    waits = [limit_wait({}, attempt) for attempt in range(1, 9)]
    assert waits == sorted(waits)
    assert waits[0] >= 30
    assert waits[-1] == LONGEST_WAIT


def test_left_above_zero_does_not_undo_a_429() -> None:
    headers = {"x-rate-limit-requests-left": "35", "x-rate-limit-time-reset-ms": "4000"}
    assert isinstance(decide("GET", 429, headers, 1, rng=rng()), WaitOutside)


def test_patience_turns_a_short_limit_into_a_retry() -> None:
    verdict = decide("GET", 429, {"x-retry-after": "2"}, 1, rng=rng(), patience=5)
    assert isinstance(verdict, Retry)
    assert 2 <= verdict.after <= 3
    assert isinstance(
        decide("GET", 429, {"x-retry-after": "6"}, 1, rng=rng(), patience=5), WaitOutside
    )


def test_a_503_ignores_the_rate_limit_window() -> None:
    verdict = decide("GET", 503, {"x-rate-limit-time-reset-ms": "100"}, 1, rng=rng())
    assert isinstance(verdict, WaitOutside)
    assert verdict.wait >= 60


@given(
    method=st.sampled_from(["GET", "HEAD", "PUT", "DELETE", "POST", "PATCH"]),
    outcome=st.one_of(st.integers(100, 599), st.sampled_from(list(Failure))),
    headers=st.dictionaries(
        st.sampled_from(["x-retry-after", "x-rate-limit-time-reset-ms", "retry-after"]),
        st.one_of(st.text(max_size=8), st.floats().map(str), st.integers().map(str)),
    ),
    attempt=st.integers(1, 10_000),
    seed=st.integers(),
)
def test_every_verdict_is_sane(
    method: str, outcome: int | Failure, headers: dict[str, str], attempt: int, seed: int
) -> None:
    verdict = decide(method, outcome, headers, attempt, rng=random.Random(seed))
    if isinstance(verdict, Retry):
        assert 0 < verdict.after <= 40
        assert attempt < ATTEMPTS
        assert method in ("GET", "HEAD", "PUT", "DELETE") or outcome is Failure.NOT_SENT
    elif isinstance(verdict, WaitOutside):
        assert 0 < verdict.wait <= LONGEST_WAIT + 1


def test_pauses_grow_and_are_bounded() -> None:
    assert all(pause(n, rng()) <= pause(n + 1, rng()) for n in range(1, 20))
    assert pause(1_000_000, rng()) <= 8.0


@given(st.text())
def test_number_never_raises(text: str) -> None:
    value = number(text)
    assert value is None or 0 <= value < float("inf")

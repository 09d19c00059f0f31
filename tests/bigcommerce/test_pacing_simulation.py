"""The arithmetic of pacing against a quota that behaves like a store's."""

from itertools import pairwise

import pytest

from app.bigcommerce.pacing import Lane
from tests.bigcommerce.quota_store import Simulation

FOUR: list[Lane] = ["bulk"] * 4


@pytest.mark.parametrize("workers", [1, 2, 4, 8])
@pytest.mark.parametrize("share", [0.0, 0.2, 0.5])
@pytest.mark.parametrize(("quota", "window"), [(150, 30.0), (450, 30.0), (25, 5.0), (60, 30.0)])
def test_nobody_is_limited(workers: int, share: float, quota: int, window: float) -> None:
    for seed in range(3):
        run = Simulation(
            quota=quota,
            window=window,
            rival_rate=share * quota / window,
            seed=seed,
            phase=seed * 3.0 % window,
        )
        run.run(["bulk"] * workers, 300.0)
        # A window of 5 s is over before several workers have learned of the rival.
        learned = window if window < 10 else 0.0
        assert [time for time in run.limited if time > learned] == []
        assert run.rival_limited == 0 or window < 10


def test_a_rival_at_half_the_quota_leaves_us_most_of_the_rest() -> None:
    run = Simulation(rival_rate=2.5)
    run.run(FOUR, 600.0)
    assert run.limited == []
    assert run.rival_limited == 0
    assert len(run.served["bulk"]) / 600 > 1.3


def test_alone_we_use_most_of_the_quota() -> None:
    run = Simulation()
    run.run(FOUR, 600.0)
    assert len(run.served["bulk"]) / 600 > 3.7


def test_a_bursting_rival_provokes_nothing() -> None:
    for seed in range(5):
        run = Simulation(rival_rate=2.5, rival_burst=10, seed=seed)
        run.run(FOUR, 600.0)
        assert run.limited == []


def test_a_short_job_is_not_slowed_down() -> None:
    run = Simulation(latency=0.2)
    run.run(FOUR, 60.0, work=50)
    assert run.served["bulk"][-1] < 5.0
    assert max(wait for _, wait in run.waits) < 0.5


def test_work_is_spread_instead_of_stalling_to_the_end_of_the_window() -> None:
    run = Simulation()
    run.run(FOUR, 300.0)
    served = run.served["bulk"]
    gaps = [later - earlier for earlier, later in pairwise(served)]
    assert max(gaps) < 6.0


def test_orders_pass_while_bulk_is_held_back() -> None:
    run = Simulation(rival_rate=2.5)
    run.run([*FOUR, "orders"], 300.0)
    longest = {lane: max(w for name, w in run.waits if name == lane) for lane in ("bulk", "orders")}
    assert run.limited == []
    assert len(run.served["orders"]) > len(run.served["bulk"]) / 4
    assert longest["orders"] <= longest["bulk"]


def test_several_lanes_with_few_requests_are_both_served() -> None:
    run = Simulation(quota=10, window=5.0)
    run.run(["bulk", "bulk", "orders"], 120.0)
    assert run.limited == []
    assert run.served["bulk"]
    assert run.served["orders"]


def test_without_headers_nothing_is_held_back_but_few_are_in_flight() -> None:
    run = Simulation(quota=10**9, headers=False, latency=0.1)
    run.run(["bulk"] * 30, 20.0)
    assert len(run.served["bulk"]) > 20 * 40


def test_limits_without_headers_are_answered_by_long_rests() -> None:
    run = Simulation(headers=False)
    run.run(FOUR, 600.0)
    assert len(run.limited) <= 4 * (600 / 30) + 20
    assert run.served["bulk"]


def test_a_greedy_rival_does_not_starve_us() -> None:
    run = Simulation(rival_rate=6.0)
    run.run(FOUR, 300.0)
    assert len(run.served["bulk"]) / 300 > 0.3
    assert len(run.limited) <= 20

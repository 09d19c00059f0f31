import signal
from pathlib import Path

import pytest
import redis

from app.local.sql import run_sql
from tests.local.supervised import Supervise


def assert_usable(report: dict[str, str]) -> None:
    assert run_sql(report["database_url"], "SELECT 1")
    with redis.Redis.from_url(report["redis_url"]) as client:
        assert client.ping()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_everything_before_the_supervisor_ends(
    home: Path, supervise: Supervise, number: signal.Signals
) -> None:
    supervised = supervise(home)
    assert_usable(supervised.report())
    assert supervised.end(number) == 130
    assert supervised.survivors(0.5) == []


def test_nothing_outlives_a_killed_supervisor_for_long(home: Path, supervise: Supervise) -> None:
    supervised = supervise(home)
    supervised.report()
    supervised.end(signal.SIGKILL)
    assert supervised.survivors(10) == []


def test_a_new_supervisor_waits_until_the_servers_of_a_killed_one_are_gone(
    home: Path, supervise: Supervise
) -> None:
    first = supervise(home)
    before = first.report()
    run_sql(before["database_url"], "CREATE TABLE kept AS SELECT 7 AS number")
    first.end(signal.SIGKILL)
    report = supervise(home).report()
    assert_usable(report)
    assert run_sql(report["database_url"], "SELECT number FROM kept")[0][0] == 7
    assert first.survivors(0.1) == []


def test_servers_left_alone_are_taken_over_and_stopped_in_the_end(
    home: Path, supervise: Supervise
) -> None:
    first = supervise(home)
    before = first.report()
    first.end_with_guards()
    second = supervise(home)
    after = second.report()
    assert after == before
    assert_usable(after)
    assert second.end(signal.SIGTERM) == 130
    assert first.survivors(5) == []


def test_taken_over_servers_are_guarded_too(home: Path, supervise: Supervise) -> None:
    first = supervise(home)
    first.report()
    first.end_with_guards()
    second = supervise(home)
    second.report()
    second.end(signal.SIGKILL)
    assert first.survivors(10) == []


def test_a_second_supervisor_on_the_same_data_is_told_so(home: Path, supervise: Supervise) -> None:
    first = supervise(home)
    report = first.report()
    message = supervise(home).output()
    assert "already in use by another Quayside" in message
    assert f"process {first.process.pid}" in message
    assert_usable(report)


def test_given_urls_are_used_and_nothing_is_started(home: Path, supervise: Supervise) -> None:
    supervised = supervise(
        home,
        QUAYSIDE_DATABASE_URL="postgresql://elsewhere/db",
        QUAYSIDE_REDIS_URL="redis://elsewhere/3",
    )
    report = supervised.report()
    assert report["database_url"] == "postgresql://elsewhere/db"
    assert report["redis_url"] == "redis://elsewhere/3"
    assert supervised.survivors(0) == []
    assert not home.exists()


def test_only_what_has_no_url_is_started(home: Path, supervise: Supervise) -> None:
    supervised = supervise(home, QUAYSIDE_DATABASE_URL="postgresql://elsewhere/db")
    report = supervised.report()
    with redis.Redis.from_url(report["redis_url"]) as client:
        assert client.ping()
    assert not (home / "postgres").exists()

import os
import signal
import socket
import stat
import subprocess
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # no stubs are installed
import pytest

from app.local.errors import LocalServiceError
from app.local.ports import LOOPBACK, any_free_port
from app.local.postgres import RunningPostgres, start_postgres
from app.local.sql import run_sql
from tests.local.conftest import StartedHere


def start(home: Path, port: int | None = None) -> RunningPostgres:
    return start_postgres(home, port=port, tuned_for_tests=True)


def test_gives_an_empty_utf8_database_that_sorts_the_same_everywhere(home: Path) -> None:
    with start(home) as postgres:
        row = run_sql(
            postgres.url,
            "SELECT current_database() AS name, pg_encoding_to_char(encoding) AS encoding,"
            " datlocprovider::text AS provider, datlocale AS locale,"
            " current_setting('timezone') AS zone"
            " FROM pg_database WHERE datname = current_database()",
        )[0]
        assert dict(row) == {
            "name": "quayside",
            "encoding": "UTF8",
            "provider": "b",
            "locale": "C.UTF-8",
            "zone": "UTC",
        }
        assert run_sql(postgres.admin_url, "SELECT current_database()")[0][0] == "postgres"


def test_keeps_data_and_password_between_starts(home: Path) -> None:
    with start(home) as postgres:
        first_password = postgres.url.split("@")[0]
        run_sql(postgres.url, "CREATE TABLE kept AS SELECT 7 AS number")
    with start(home) as postgres:
        assert postgres.url.split("@")[0] == first_password
        assert run_sql(postgres.url, "SELECT number FROM kept")[0][0] == 7


def test_nobody_gets_in_without_the_password(home: Path) -> None:
    with start(home) as postgres:
        scheme, rest = postgres.url.split("://")
        wrong = f"{scheme}://postgres:wrong@{rest.split('@')[1]}"
        with pytest.raises(Exception, match="password authentication failed"):
            run_sql(wrong, "SELECT 1")
    assert stat.S_IMODE((home / "postgres.password").stat().st_mode) == 0o600
    assert stat.S_IMODE((home / "postgres" / "data").stat().st_mode) == 0o700


def test_stop_leaves_no_process_and_may_be_repeated(home: Path, started_here: StartedHere) -> None:
    postgres = start(home)
    children = started_here()
    assert any("postgres" in child.name() for child in children)
    postgres.stop()
    postgres.stop()
    assert psutil.wait_procs(children, timeout=5)[1] == []
    assert not (home / "postgres" / "data" / "postmaster.pid").exists()


def test_starts_again_after_its_postmaster_was_killed(home: Path) -> None:
    # With the settings of a real run: those for tests may lose what was written last.
    with start_postgres(home, port=any_free_port()) as postgres:
        run_sql(postgres.url, "CREATE TABLE kept AS SELECT 7 AS number")
        os.kill(postgres.process.pid, signal.SIGKILL)
    assert (home / "postgres" / "data" / "postmaster.pid").exists()
    with start(home) as postgres:
        assert run_sql(postgres.url, "SELECT number FROM kept")[0][0] == 7


def test_clears_the_traces_of_a_server_whose_number_now_belongs_to_another_program(
    home: Path,
) -> None:
    start(home).stop()
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        trace = home / "postgres" / "data" / "postmaster.pid"
        trace.write_text(f"{stranger.pid}\n{trace.parent}\n1\n1\n\n127.0.0.1\n1 1\nready\n")
        with start(home) as postgres:
            assert run_sql(postgres.url, "SELECT 1")
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_says_when_the_demanded_port_is_taken(home: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(LocalServiceError) as caught:
            start(home, port)
    assert caught.value.sentence == (
        f"PostgreSQL cannot start because port {port} is already in use."
    )
    with start(home, port) as postgres:
        assert f":{port}/" in postgres.url


def test_a_second_start_on_the_same_data_is_refused(home: Path) -> None:
    with start(home) as postgres:
        with pytest.raises(LocalServiceError, match="already in use by another Quayside"):
            start(home)
        assert run_sql(postgres.url, "SELECT 1")


def test_says_why_the_server_refused_to_start_with_the_end_of_its_log(
    home: Path, started_here: StartedHere
) -> None:
    start(home).stop()
    settings = home / "postgres" / "data" / "postgresql.conf"
    settings.write_text("no_such_setting = 1\n")
    with pytest.raises(LocalServiceError) as caught:
        start(home)
    assert caught.value.sentence == "PostgreSQL cannot start."
    assert any("no_such_setting" in line for line in caught.value.log_lines)
    assert started_here() == []


def test_a_half_made_cluster_is_made_anew(home: Path) -> None:
    start(home).stop()
    data = home / "postgres" / "data"
    data.rename(data.with_name("data.new"))
    with start(home) as postgres:
        assert run_sql(postgres.url, "SELECT 1")


def test_says_when_the_data_is_of_another_version(home: Path) -> None:
    start(home).stop()
    (home / "postgres" / "data" / "PG_VERSION").write_text("12\n")
    with pytest.raises(LocalServiceError, match=r"made by PostgreSQL 12 and cannot be opened by"):
        start(home)


def test_says_when_the_password_is_lost(home: Path) -> None:
    start(home).stop()
    (home / "postgres.password").unlink()
    with pytest.raises(LocalServiceError, match=r"postgres\.password is missing"):
        start(home)


def test_says_when_the_password_is_not_the_right_one(home: Path, started_here: StartedHere) -> None:
    start(home).stop()
    (home / "postgres.password").write_text("wrong")
    with pytest.raises(LocalServiceError, match="does not accept the password"):
        start(home)
    assert started_here() == []


def test_says_when_the_disk_is_too_small(home: Path, as_root: None) -> None:
    home.mkdir()
    home.chmod(0o711)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=20m,mode=711", "tmpfs", str(home)], check=False
    )
    if mounted.returncode != 0:
        pytest.skip("this machine does not let root mount a small disk")
    try:
        with pytest.raises(LocalServiceError, match=r"needs 160 MiB, but only \d+ MiB are free"):
            start(home)
    finally:
        subprocess.run(["umount", str(home)], check=True)

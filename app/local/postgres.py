"""An embedded PostgreSQL: one cluster in the data folder, one server on a loopback port."""

import signal
import time
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from app.local.account import Account, find_account
from app.local.binaries import postgres_bin
from app.local.cluster import ENVIRONMENT, OWNER, Cluster, initialise
from app.local.errors import LocalServiceError
from app.local.places import make_folder
from app.local.ports import LOOPBACK, choose_port
from app.local.process import (
    DataLock,
    Running,
    ServerProcess,
    StopSteps,
    command_line,
    launch,
    log_tail,
    wait_until,
)
from app.local.sql import run_sql

USUAL_PORT = 54329
DATABASE = "quayside"
START_SECONDS = 120.0
STOP_SECONDS = 15.0
ATTEMPTS = 5
RETRY_SECONDS = 0.3
# Fast shutdown ends open sessions; immediate shutdown leaves recovery to the next start.
STOP = StopSteps(((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0)))
SETTINGS = (
    f"listen_addresses={LOOPBACK}",
    "unix_socket_directories=",
    "max_connections=200",
    "timezone=UTC",
    "log_timezone=UTC",
)
# Tests never read their database after a power cut.
TEST_SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class RunningPostgres(Running):
    """A running PostgreSQL; `url` is the application's database, `admin_url` the server's own."""

    @property
    def admin_url(self) -> str:
        """The URL of the maintenance database, for creating and dropping others."""
        return self.url.removesuffix(f"/{DATABASE}") + f"/{OWNER}"


@dataclass(frozen=True, slots=True)
class PostmasterFile:
    """What `postmaster.pid` says: the first, fourth and eighth line."""

    pid: int
    port: int
    status: str


def start_postgres(
    home: Path,
    *,
    port: int | None = None,
    tuned_for_tests: bool = False,
    account: Account | None = None,
) -> RunningPostgres:
    """Starts PostgreSQL with its data in `home` (made if missing) and an empty UTF-8 database.

    A live server left behind on the same data is taken over. With `port` only that port will do.
    Raises LocalServiceError.
    """
    account = account or find_account()
    make_folder(home)
    cluster = Cluster(home, account, postgres_bin(home, account))
    lock = DataLock(home / "postgres.lock", "The database")
    process: ServerProcess | None = None
    try:
        password = initialise(cluster)
        process = _left_behind(cluster)
        if process is None:
            process = _start(cluster, lock, port, tuned_for_tests)
        else:
            process.guard(account, lock)
        server = f"postgresql://{OWNER}:{password}@{LOOPBACK}:{_read_postmaster(cluster).port}"
        _create_database(f"{server}/{OWNER}", cluster)
        return RunningPostgres(f"{server}/{DATABASE}", process, lock)
    except BaseException:
        if process is not None:
            process.stop()
        lock.release()
        raise


def _read_postmaster(cluster: Cluster) -> PostmasterFile:
    """An absent or half-written file reads as process 0."""
    try:
        lines = (cluster.data / "postmaster.pid").read_text().splitlines()
        return PostmasterFile(int(lines[0]), int(lines[3]), lines[7].strip())
    except (OSError, IndexError, ValueError):
        return PostmasterFile(0, 0, "")


def _left_behind(cluster: Cluster) -> ServerProcess | None:
    """A server that survived its supervisor; stale traces of a dead one are removed."""
    process: ServerProcess | None = None

    def settled() -> bool:
        nonlocal process
        found = _read_postmaster(cluster)
        # The number alone proves nothing: after a reboot it may belong to any program.
        if cluster.mark not in command_line(found.pid):
            process = None
            return True
        process = ServerProcess(found.pid, cluster.mark, STOP)
        return found.status == "ready"

    if not wait_until(settled, STOP_SECONDS):
        raise LocalServiceError(
            f"A PostgreSQL left behind in {cluster.data} (process {process.pid if process else 0}) "
            "neither works nor ends; stop it and try again.",
            log_tail(cluster.log),
        )
    if process is None:
        (cluster.data / "postmaster.pid").unlink(missing_ok=True)
    return process


def _start(
    cluster: Cluster, lock: DataLock, port: int | None, tuned_for_tests: bool
) -> ServerProcess:
    for attempts_left in reversed(range(ATTEMPTS)):
        chosen = choose_port(None if tuned_for_tests else USUAL_PORT, port, "PostgreSQL")
        options = [*SETTINGS, f"port={chosen}", *(TEST_SETTINGS if tuned_for_tests else ())]
        child = launch(
            [cluster.bin / "postgres", "-D", cluster.data, *(f"--{option}" for option in options)],
            cluster.account,
            cluster.log,
            ENVIRONMENT,
            "PostgreSQL",
        )
        process = ServerProcess(child.pid, cluster.mark, STOP, child)
        try:
            process.guard(cluster.account, lock)
            if _becomes_ready(cluster, process):
                return process
        except BaseException:
            process.stop()
            raise
        process.stop()
        text = log_tail(cluster.log)
        # Somebody took the port in between, or the sessions of a killed server are still ending.
        passing = "could not bind" in text or "still in use" in text
        if not passing or attempts_left == 0:
            raise LocalServiceError(f"PostgreSQL cannot start{_because(text)}.", text)
        time.sleep(RETRY_SECONDS)
    raise AssertionError("the last attempt returns or raises")


def _becomes_ready(cluster: Cluster, process: ServerProcess) -> bool:
    def settled() -> bool:
        found = _read_postmaster(cluster)
        ready = found.pid == process.pid and found.status == "ready"
        return ready or not process.is_running()

    wait_until(settled, START_SECONDS)
    return process.is_running() and _read_postmaster(cluster).status == "ready"


def _create_database(admin_url: str, cluster: Cluster) -> None:
    try:
        if not run_sql(admin_url, f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'"):
            run_sql(admin_url, f"CREATE DATABASE {DATABASE} TEMPLATE template0 ENCODING 'UTF8'")
    except asyncpg.InvalidPasswordError as error:
        raise LocalServiceError(
            f"The database in {cluster.data} does not accept the password in "
            f"{cluster.password_file}; bring the right file back or remove both."
        ) from error
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise LocalServiceError(
            f"PostgreSQL runs but cannot be used: {error}.", log_tail(cluster.log)
        ) from error


def _because(text: str) -> str:
    reasons = {
        "No space left on device": "the disk is full",
        "could not bind": "its port is already in use",
        "Permission denied": "it may not read or write its own files",
        "could not resize shared memory": "the machine gives it too little shared memory",
        "could not map anonymous shared memory": "the machine has too little memory",
        "still in use": "parts of an earlier server are still running",
    }
    return next((f" because {reason}" for mark, reason in reasons.items() if mark in text), "")

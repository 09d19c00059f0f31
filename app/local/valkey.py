"""An embedded Valkey, which speaks Redis: one data folder, one server on a loopback port."""

import secrets
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import redis

from app.local.account import Account, find_account
from app.local.binaries import valkey_program
from app.local.cluster import ENVIRONMENT
from app.local.errors import LocalServiceError, cannot_write
from app.local.places import make_folder, make_private_folder, write_private
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

USUAL_PORT = 63799
START_SECONDS = 60.0
ATTEMPTS = 5
RETRY_SECONDS = 0.3
STOP = StopSteps(((signal.SIGTERM, 10.0),))
# One number per worker of a parallel test run.
DATABASES = 64
DURABLE = ("appendonly yes", "appendfsync everysec")
FORGETFUL = ("appendonly no",)


class RunningValkey(Running):
    """A running Valkey; `url` carries its password and database 0."""


@dataclass(frozen=True, slots=True)
class Store:
    """The files of one Valkey."""

    home: Path
    account: Account

    @property
    def folder(self) -> Path:
        """Owned by the server's account."""
        return self.home / "valkey"

    @property
    def password_file(self) -> Path:
        """Readable by the user who runs Quayside."""
        return self.home / "valkey.password"

    @property
    def port_file(self) -> Path:
        """The port of the last start."""
        return self.home / "valkey.port"

    @property
    def pid_file(self) -> Path:
        """Written by the server, removed at its clean end."""
        return self.folder / "valkey.pid"

    @property
    def log(self) -> Path:
        """What the server says; the previous run's log is beside it."""
        return self.home / "valkey.log"


def start_valkey(
    home: Path,
    *,
    port: int | None = None,
    tuned_for_tests: bool = False,
    account: Account | None = None,
) -> RunningValkey:
    """Starts Valkey with its append-only file in `home` (made if missing).

    A live server left behind on the same data is taken over. With `port` only that port will do.
    `tuned_for_tests` keeps nothing on disk. Raises LocalServiceError.
    """
    account = account or find_account()
    make_folder(home)
    store = Store(home, account)
    program = valkey_program(home, account)
    lock = DataLock(home / "valkey.lock", "Valkey")
    process: ServerProcess | None = None
    try:
        make_private_folder(store.folder, account)
        password = _password(store)
        process = _left_behind(store, password)
        if process is None:
            process = _start(store, program, password, lock, port, tuned_for_tests)
        else:
            process.guard(account, lock)
        return RunningValkey(_url(password, _read_number(store.port_file)), process, lock)
    except BaseException:
        if process is not None:
            process.stop()
        lock.release()
        raise


def _url(password: str, port: int) -> str:
    return f"redis://:{password}@{LOOPBACK}:{port}/0"


def _password(store: Store) -> str:
    try:
        if not store.password_file.is_file():
            write_private(store.password_file, secrets.token_hex(24))
        return store.password_file.read_text().strip()
    except OSError as error:
        raise cannot_write(store.password_file, error) from error


def _read_number(path: Path) -> int:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return 0


def _mark(port: int) -> str:
    # The server writes this over its command line once it has read its settings.
    return f"valkey-server {LOOPBACK}:{port}"


def _left_behind(store: Store, password: str) -> ServerProcess | None:
    """A server that survived its supervisor; stale traces of a dead one are removed."""
    pid, port = _read_number(store.pid_file), _read_number(store.port_file)
    if _mark(port) not in command_line(pid):
        store.pid_file.unlink(missing_ok=True)
        return None
    process = ServerProcess(pid, _mark(port), STOP)
    if _becomes_ready(process, _url(password, port)):
        return process
    if process.is_running():
        raise LocalServiceError(
            f"A Valkey left behind in {store.folder} (process {pid}) neither works nor ends; "
            "stop it and try again.",
            log_tail(store.log),
        )
    return None


def _becomes_ready(process: ServerProcess, url: str) -> bool:
    wait_until(lambda: not process.is_running() or _answers(url), START_SECONDS)
    return process.is_running() and _answers(url)


def _answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_timeout=2.0) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def _start(
    store: Store,
    program: Path,
    password: str,
    lock: DataLock,
    port: int | None,
    tuned_for_tests: bool,
) -> ServerProcess:
    for attempts_left in reversed(range(ATTEMPTS)):
        chosen = choose_port(None if tuned_for_tests else USUAL_PORT, port, "Valkey")
        settings = _write_settings(store, password, chosen, tuned_for_tests)
        child = launch([program, settings], store.account, store.log, ENVIRONMENT, "Valkey")
        process = ServerProcess(child.pid, _mark(chosen), STOP, child)
        try:
            process.guard(store.account, lock)
            if _becomes_ready(process, _url(password, chosen)):
                return process
        except BaseException:
            process.stop()
            raise
        process.stop()
        text = log_tail(store.log)
        if "Address already in use" not in text or attempts_left == 0:
            raise LocalServiceError(f"Valkey cannot start{_because(text)}.", text)
        time.sleep(RETRY_SECONDS)
    raise AssertionError("the last attempt returns or raises")


def _write_settings(store: Store, password: str, port: int, tuned_for_tests: bool) -> Path:
    """The settings go through a private file: a command line is for everybody to read."""
    write_private(store.port_file, str(port))
    path = store.folder / "valkey.conf"
    lines = [
        f"bind {LOOPBACK}",
        f"port {port}",
        f'dir "{store.folder}"',
        f'pidfile "{store.pid_file}"',
        f"requirepass {password}",
        f"databases {DATABASES}",
        'save ""',
        *(FORGETFUL if tuned_for_tests else DURABLE),
    ]
    write_private(path, "\n".join([*lines, ""]), store.account)
    return path


def _because(text: str) -> str:
    reasons = {
        "No space left on device": "the disk is full",
        "Address already in use": "its port is already in use",
        "Permission denied": "it may not read or write its own files",
        "Bad file format": "its append-only file is damaged",
    }
    return next((f" because {reason}" for mark, reason in reasons.items() if mark in text), "")

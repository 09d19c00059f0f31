"""`quayside up` from an empty folder to a served store, and what becomes of it."""

import os
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import httpx
import psutil  # type: ignore[import-untyped]  # no stubs are installed
import pytest

from app.local.process import wait_until

CHECKOUT = Path(__file__).parents[2]
SECONDS = 120
SERVED = "Ctrl-C stops it"
SMALL_STORE = {"QUAYSIDE_SANDBOX_PRODUCTS": "30", "QUAYSIDE_SANDBOX_ORDERS": "20"}


class Up:
    """A running `quayside up`."""

    def __init__(self, place: Path, arguments: tuple[str, ...], variables: dict[str, str]) -> None:
        self.text = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "up", *arguments],
            cwd=place,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(CHECKOUT),
                **SMALL_STORE,
                **variables,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._under: list[psutil.Process] = []

    def until_served(self) -> None:
        """Read until it says that it serves."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.text += line
            if SERVED in line:
                self._under = psutil.Process(self.process.pid).children(recursive=True)
                return
        raise AssertionError(self.text)

    def end(self) -> int:
        """Read to its end; its exit status."""
        self.text += self.process.communicate(timeout=SECONDS)[0]
        return self.process.returncode

    def child(self, command: str) -> psutil.Process:
        """The process of one part."""
        return next(one for one in self._under if command in one.cmdline()[3:4])

    def survivors(self, patience_seconds: float) -> list[psutil.Process]:
        """What still lives of the processes under it after a while."""
        wait_until(lambda: not any(map(_lives, self._under)), patience_seconds)
        return [one for one in self._under if _lives(one)]

    def clear(self) -> None:
        """End everything, whatever the test did; its guards stop what it left."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate(timeout=SECONDS)
        assert self.survivors(30) == []

    def fact(self, name: str) -> str:
        """A value of the summary."""
        found = re.search(rf"^ +{name} +(\S+)$", self.text, re.MULTILINE)
        assert found, self.text
        return found[1]


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


class StartUp(Protocol):
    """The type of the fixture `start_up`."""

    def __call__(self, *arguments: str, **variables: str) -> Up: ...


@pytest.fixture
def start_up(place: Path) -> Iterator[StartUp]:
    """Starts `quayside up` in a folder of its own."""
    with ExitStack() as stack:

        def start(*arguments: str, **variables: str) -> Up:
            up = Up(place, arguments, variables)
            stack.callback(up.clear)
            return up

        yield start


def get(up: Up, path: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {up.fact('API key')}"}
    return httpx.get(f"{up.fact('REST API')}{path}", headers=headers, trust_env=False)


def test_it_ends_with_a_store_connected_and_fetched_from(start_up: StartUp, place: Path) -> None:
    first = start_up("--once")
    assert first.end() == 0, first.text
    assert "\x1b" not in first.text
    assert "Import Listings succeeded: 30 created, 0 updated" in first.text
    assert re.search(r"Get Orders succeeded: \d+ created", first.text)
    home = place / ".quayside"
    for name in ("secret.key", "api.key", "logs/api.log", "logs/worker.log", "logs/sandbox.log"):
        assert stat.S_IMODE((home / name).stat().st_mode) == 0o600
    assert (home / "api.key").read_text() == first.fact("API key")

    second = start_up()
    second.until_served()
    assert second.fact("API key") == first.fact("API key")
    channels = get(second, "/v1/channels").json()["data"]
    assert [(channel["name"], channel["status"]) for channel in channels] == [
        ("Sandbox store", "active")
    ]
    assert get(second, "/v1/connections").json()["data"][0]["status"] == "active"
    assert len(get(second, "/v1/listings").json()["data"]) == 30
    second.process.send_signal(signal.SIGTERM)
    assert second.end() == 0
    assert second.survivors(1) == []


def test_taken_ports_are_avoided_and_ctrl_c_ends_it(start_up: StartUp) -> None:
    with ExitStack() as stack:
        for port in (8000, 9000):
            try:
                stack.enter_context(socket.create_server(("127.0.0.1", port)))
            except OSError:
                continue  # Somebody else has taken it, which serves as well.
        up = start_up()
        up.until_served()
    assert not up.fact("REST API").endswith(":8000")
    assert not up.fact("Sandbox store").endswith(":9000/sandbox")
    assert get(up, "/readyz").is_success
    up.process.send_signal(signal.SIGINT)
    assert up.end() == 0
    assert up.survivors(1) == []


def test_a_part_that_dies_is_named_and_ends_the_rest(start_up: StartUp) -> None:
    up = start_up()
    up.until_served()
    up.child("worker").kill()
    assert up.end() == 1
    assert "The worker has stopped" in up.text
    assert "worker_started" in up.text
    assert up.survivors(1) == []


def test_nothing_outlives_a_killed_up(start_up: StartUp) -> None:
    up = start_up()
    up.until_served()
    up.process.kill()
    assert up.survivors(20) == []


def test_with_credentials_of_an_app_there_is_no_sandbox(start_up: StartUp) -> None:
    up = start_up(
        "--once",
        QUAYSIDE_BIGCOMMERCE_CLIENT_ID="our-app",
        QUAYSIDE_BIGCOMMERCE_CLIENT_SECRET="s" * 40,
        QUAYSIDE_PUBLIC_URL="https://quayside.example",
    )
    assert up.end() == 0, up.text
    assert up.fact("Callback auth") == "https://quayside.example/bigcommerce/auth"
    assert up.fact("Callback load") == "https://quayside.example/bigcommerce/load"
    assert up.fact("Install") == "https://login.bigcommerce.com/app/our-app/install"
    assert "andbox" not in up.text


def test_half_of_the_credentials_is_a_misuse(start_up: StartUp) -> None:
    up = start_up(QUAYSIDE_BIGCOMMERCE_CLIENT_ID="our-app")
    assert up.end() == 2
    assert up.text.startswith("QUAYSIDE_BIGCOMMERCE_CLIENT_SECRET is not set")

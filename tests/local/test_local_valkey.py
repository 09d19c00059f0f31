import os
import signal
import socket
import stat
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]  # no stubs are installed
import pytest
import redis

from app.local.errors import LocalServiceError
from app.local.ports import LOOPBACK, any_free_port
from app.local.valkey import start_valkey
from tests.local.conftest import StartedHere


def ask(url: str, *command: str) -> Any:
    with redis.Redis.from_url(url, decode_responses=True) as client:
        return client.execute_command(*command)


def test_keeps_data_and_password_between_starts(home: Path) -> None:
    with start_valkey(home, port=any_free_port()) as valkey:
        password = valkey.url.split("@")[0]
        ask(valkey.url, "SET", "kept", "7")
    with start_valkey(home, port=any_free_port()) as valkey:
        assert valkey.url.split("@")[0] == password
        assert ask(valkey.url, "GET", "kept") == "7"


def test_never_drops_keys_to_make_room(home: Path) -> None:
    with start_valkey(home, tuned_for_tests=True) as valkey:
        assert ask(valkey.url, "CONFIG", "GET", "maxmemory-policy") == [
            "maxmemory-policy",
            "noeviction",
        ]


def test_nobody_gets_in_without_the_password(home: Path) -> None:
    with start_valkey(home, tuned_for_tests=True) as valkey:
        with pytest.raises(redis.AuthenticationError):
            ask(f"redis://{valkey.url.split('@')[1]}", "PING")
        # A command line can be read by every user of the machine.
        password = (home / "valkey.password").read_text()
        assert password not in " ".join(psutil.Process(valkey.process.pid).cmdline())
    assert stat.S_IMODE((home / "valkey.password").stat().st_mode) == 0o600
    assert stat.S_IMODE((home / "valkey").stat().st_mode) == 0o700


def test_starts_again_after_it_was_killed(home: Path) -> None:
    with start_valkey(home, port=any_free_port()) as valkey:
        ask(valkey.url, "SET", "kept", "7")
        os.kill(valkey.process.pid, signal.SIGKILL)
    with start_valkey(home, port=any_free_port()) as valkey:
        assert ask(valkey.url, "GET", "kept") == "7"


def test_stop_leaves_no_process_and_may_be_repeated(home: Path, started_here: StartedHere) -> None:
    valkey = start_valkey(home, tuned_for_tests=True)
    children = started_here()
    assert len(children) == 2
    valkey.stop()
    valkey.stop()
    assert psutil.wait_procs(children, timeout=5)[1] == []


def test_says_when_the_demanded_port_is_taken(home: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(LocalServiceError, match=f"because port {port} is already in use"):
            start_valkey(home, port=port)
    with start_valkey(home, port=port, tuned_for_tests=True) as valkey:
        assert f":{port}/" in valkey.url


def test_says_when_its_file_is_damaged(home: Path, started_here: StartedHere) -> None:
    with start_valkey(home, port=any_free_port()) as valkey:
        ask(valkey.url, "SET", "kept", "7")
    next((home / "valkey" / "appendonlydir").glob("*.incr.aof")).write_bytes(b"nonsense\r\n" * 9)
    with pytest.raises(LocalServiceError) as caught:
        start_valkey(home, port=any_free_port())
    assert caught.value.sentence.startswith("Valkey cannot start because its append-only file")
    assert caught.value.log_lines
    assert started_here() == []

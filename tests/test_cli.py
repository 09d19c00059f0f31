"""The `quayside` command, as processes of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet

from app.local.ports import any_free_port
from app.local.schema import upgrade
from app.local.sql import run_sql

CHECKOUT = Path(__file__).parents[1]
SECONDS = 60


def environment(**variables: str) -> dict[str, str]:
    """An environment without anything of ours but what is given."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "PYTHONPATH": str(CHECKOUT), "COLUMNS": "200", **variables}


def quayside(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return quayside_in(CHECKOUT, *arguments, **variables)


def quayside_in(cwd: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments],
        cwd=cwd,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@contextmanager
def serving(*arguments: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """Run a command that serves; it is asked to end afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", *arguments],
        cwd=CHECKOUT,
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=SECONDS)


def wait_for(url: str, wanted: Callable[[httpx.Response], bool]) -> httpx.Response:
    """Ask until the answer is the wanted one."""
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            answer = httpx.get(url, trust_env=False)
            if wanted(answer):
                return answer
        except httpx.TransportError:
            answer = None
        assert time.monotonic() < deadline, answer and answer.text
        time.sleep(0.1)


@pytest.fixture
def database(
    template_database: Callable[[str, Callable[[str], None]], str],
    make_database: Callable[[str], str],
) -> str:
    """A database that `quayside migrate` has brought to head."""
    return make_database(template_database("head", lambda url: asyncio.run(upgrade(url))))


@pytest.fixture
def service(database: str, redis_url: str) -> dict[str, str]:
    """The variables that API and worker need."""
    return {
        "QUAYSIDE_DATABASE_URL": database,
        "QUAYSIDE_REDIS_URL": redis_url,
        "QUAYSIDE_SECRET_KEYS": Fernet.generate_key().decode(),
    }


def test_a_secret_is_a_key_and_nothing_else() -> None:
    first, second = quayside("secret"), quayside("secret")
    assert first.returncode == 0
    assert first.stderr == ""
    assert Fernet(first.stdout.removesuffix("\n"))
    assert first.stdout != second.stdout


def test_the_api_is_described_without_any_environment(tmp_path: Path) -> None:
    answer = quayside_in(tmp_path, "openapi")
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr == ""
    document = json.loads(answer.stdout)
    assert "/v1/runs/{run_id}" in document["paths"]


@pytest.mark.parametrize("command", ["api", "worker", "rotate-secrets"])
def test_each_missing_variable_is_named_in_a_sentence(command: str) -> None:
    answer = quayside(command)
    assert answer.returncode == 2
    assert answer.stdout == ""
    names = [line.split()[0] for line in answer.stderr.splitlines()]
    assert names == ["QUAYSIDE_DATABASE_URL", "QUAYSIDE_REDIS_URL", "QUAYSIDE_SECRET_KEYS"]
    assert answer.stderr.count(" is not set") == 3


@pytest.mark.parametrize("arguments", [["migrate"], ["key", "create", "--account", "Harbour"]])
def test_commands_on_the_database_need_its_address_alone(arguments: list[str]) -> None:
    answer = quayside(*arguments)
    assert answer.returncode == 2
    assert answer.stderr.startswith("QUAYSIDE_DATABASE_URL is not set")
    assert len(answer.stderr.splitlines()) == 1


def test_wrong_variables_are_named_without_their_values() -> None:
    answer = quayside(
        "api",
        QUAYSIDE_DATABASE_URL="postgresql://u:hidden@127.0.0.1/x",
        QUAYSIDE_REDIS_URL="redis://127.0.0.1",
        QUAYSIDE_SECRET_KEYS="hidden",
        QUAYSIDE_PUBLIC_URL="hidden",
        QUAYSIDE_HOOK_CHECK_MINUTES="0",
    )
    assert answer.returncode == 2
    names = sorted(line.split()[0] for line in answer.stderr.splitlines())
    assert names == [
        "QUAYSIDE_HOOK_CHECK_MINUTES",
        "QUAYSIDE_PUBLIC_URL",
        "QUAYSIDE_SECRET_KEYS",
    ]
    assert "hidden" not in answer.stderr


def test_addresses_of_other_kinds_of_servers_are_refused() -> None:
    answer = quayside(
        "worker",
        QUAYSIDE_DATABASE_URL="mysql://127.0.0.1/x",
        QUAYSIDE_REDIS_URL="127.0.0.1:6379",
        QUAYSIDE_SECRET_KEYS=Fernet.generate_key().decode(),
    )
    assert answer.returncode == 2
    assert "QUAYSIDE_DATABASE_URL is not valid" in answer.stderr
    assert "QUAYSIDE_REDIS_URL is not valid" in answer.stderr


def test_a_refusing_database_is_a_sentence(postgres_url: str) -> None:
    server = postgres_url.rsplit("/", 1)[0]
    answer = quayside("migrate", QUAYSIDE_DATABASE_URL=f"{server}/no_such_database")
    assert answer.returncode == 1
    assert answer.stderr.startswith("The database refuses:")
    assert "Traceback" not in answer.stderr


def test_several_may_migrate_at_once_from_anywhere(
    make_database: Callable[[], str], tmp_path: Path
) -> None:
    url = make_database()
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "app.cli", "migrate"],
            cwd=tmp_path,
            env=environment(QUAYSIDE_DATABASE_URL=url),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(3)
    ]
    answers = [process.communicate(timeout=SECONDS)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], answers
    assert len(set(answers)) == 1
    assert answers[0].startswith("The database is at revision ")


@pytest.mark.parametrize("command", ["api", "worker"])
def test_an_old_schema_is_refused(
    command: str, make_database: Callable[[], str], service: dict[str, str]
) -> None:
    answer = quayside(command, **{**service, "QUAYSIDE_DATABASE_URL": make_database()})
    assert answer.returncode == 1
    assert "run `quayside migrate` first" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize("command", ["migrate", "worker"])
def test_a_newer_schema_is_left_alone(command: str, service: dict[str, str]) -> None:
    run_sql(service["QUAYSIDE_DATABASE_URL"], "UPDATE alembic_version SET version_num = 'later'")
    answer = quayside(command, **service)
    assert answer.returncode == 1
    assert "newer Quayside (revision later)" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_key_is_printed_alone_and_belongs_to_one_account(database: str) -> None:
    arguments = ("key", "create", "--account", " Harbour Goods ")
    answers = [
        quayside(*arguments, QUAYSIDE_DATABASE_URL=database),
        quayside(*arguments, "--scope", "read", QUAYSIDE_DATABASE_URL=database),
    ]
    for answer in answers:
        assert answer.returncode == 0, answer.stderr
        assert answer.stderr == ""
        assert answer.stdout.startswith("qs_")
        assert len(answer.stdout.split()) == 1
    rows = run_sql(
        database,
        "SELECT name, scope FROM api_keys JOIN accounts ON accounts.id = account_id ORDER BY 2",
    )
    assert [tuple(row) for row in rows] == [("Harbour Goods", "read"), ("Harbour Goods", "write")]


@pytest.mark.parametrize(
    "arguments", [["--account", "  "], ["--account", "x" * 201], ["--account", "x", "--scope", "y"]]
)
def test_keys_for_nobody_are_refused(arguments: list[str], database: str) -> None:
    answer = quayside("key", "create", *arguments, QUAYSIDE_DATABASE_URL=database)
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert "Traceback" not in answer.stderr


def test_secrets_are_sealed_anew(service: dict[str, str]) -> None:
    answer = quayside("rotate-secrets", **service)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout == "0 values are sealed with the first key now.\n"


def test_a_taken_port_is_a_sentence(service: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        answer = quayside("api", "--port", port, **service)
    assert answer.returncode == 1
    assert f"Cannot listen on 127.0.0.1, port {port}" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_api_and_worker_become_ready_together_and_stop_when_told(service: dict[str, str]) -> None:
    port = any_free_port()
    url = f"http://127.0.0.1:{port}"
    with serving("api", "--port", str(port), **service) as api:
        assert wait_for(f"{url}/healthz", lambda answer: answer.is_success)
        assert "server" not in httpx.get(f"{url}/healthz", trust_env=False).headers
        with serving("worker", **service) as worker:
            assert wait_for(f"{url}/readyz", lambda answer: answer.is_success).json()["ready"]
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(timeout=SECONDS) == 0
        body = wait_for(f"{url}/readyz", lambda answer: answer.status_code == 503).json()
        assert body["checks"] == {"database": True, "redis": True, "worker": False}
        api.send_signal(signal.SIGTERM)
        assert api.wait(timeout=SECONDS) in (0, -signal.SIGTERM)


def test_the_sandbox_store_serves_on_the_given_port() -> None:
    port = any_free_port()
    with serving("sandbox", "--port", str(port), QUAYSIDE_SANDBOX_PRODUCTS="3") as store:
        answer = wait_for(f"http://127.0.0.1:{port}/sandbox/state", lambda found: found.is_success)
        assert answer.json()
        store.send_signal(signal.SIGTERM)
        assert store.wait(timeout=SECONDS) in (0, -signal.SIGTERM)


def test_a_wrong_setting_of_the_sandbox_store_is_a_sentence() -> None:
    answer = quayside("sandbox", QUAYSIDE_SANDBOX_PRODUCTS="many")
    assert answer.returncode == 2
    assert answer.stderr.startswith("QUAYSIDE_SANDBOX_PRODUCTS is not valid")
    assert len(answer.stderr.splitlines()) == 1

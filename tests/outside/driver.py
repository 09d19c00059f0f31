"""Starts and stops the service as an operator would: by its console script and its environment."""

from __future__ import annotations

import base64
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from tests.outside.lookalike.login import CLIENT_ID, CLIENT_SECRET
from tests.outside.lookalike.server import BigCommerce

CONSOLE = Path(sys.executable).with_name("quayside")
PATIENCE = 45.0


class Service:
    """One installation: a database, a Redis, an API process and any number of workers."""

    def __init__(
        self, folder: Path, database_url: str, redis_url: str, big_commerce: BigCommerce
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        self.database_url = database_url
        self.redis_url = redis_url
        self.big_commerce = big_commerce
        self.api_process: subprocess.Popen[bytes] | None = None
        self.workers: list[subprocess.Popen[bytes]] = []
        big_commerce.login.redirect_uri = f"{self.url}/bigcommerce/auth"
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith("QUAYSIDE_")
        }
        self.environment = {
            **kept,
            "QUAYSIDE_DATABASE_URL": database_url,
            "QUAYSIDE_REDIS_URL": redis_url,
            "QUAYSIDE_PUBLIC_URL": self.url,
            "QUAYSIDE_SECRET_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "QUAYSIDE_BIGCOMMERCE_CLIENT_ID": CLIENT_ID,
            "QUAYSIDE_BIGCOMMERCE_CLIENT_SECRET": CLIENT_SECRET,
            "QUAYSIDE_BIGCOMMERCE_API_URL": big_commerce.url,
            "QUAYSIDE_BIGCOMMERCE_LOGIN_URL": big_commerce.url,
        }

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the console script to its end."""
        return subprocess.run(
            [CONSOLE, *words],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def key(self, account: str, scope: str | None = None) -> str:
        """A new API key, as the operator reads it from the terminal."""
        chosen = ("--scope", scope) if scope else ()
        done = self.command("key", "create", "--account", account, *chosen)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def start(self, workers: int = 1) -> None:
        """Migrate, then start everything and wait until it is ready."""
        migrated = self.command("migrate")
        assert migrated.returncode == 0, migrated.stderr
        self.start_api()
        for _ in range(workers):
            self.start_worker()
        self.wait_until_ready()

    def start_api(self) -> None:
        """Start the HTTP service."""
        self.api_process = self._spawn("api", "api", "--port", str(self.port))

    def start_worker(self) -> subprocess.Popen[bytes]:
        """Start one more worker."""
        process = self._spawn("worker", "worker")
        self.workers.append(process)
        return process

    def kill_worker(self) -> None:
        """SIGKILL the oldest worker."""
        process = self.workers.pop(0)
        process.kill()
        process.wait(10)

    def wait_until_ready(self) -> None:
        """Wait for a 200 of `/readyz`."""
        deadline = time.monotonic() + PATIENCE
        seen = "nothing"
        while time.monotonic() < deadline:
            try:
                answer = httpx.get(f"{self.url}/readyz", timeout=5)
            except httpx.TransportError as error:
                seen = repr(error)
            else:
                if answer.status_code == 200:
                    return
                seen = answer.text
            processes = [*self.workers, *([self.api_process] if self.api_process else [])]
            if any(process.poll() is not None for process in processes):
                seen = "a process has ended"
                break
            time.sleep(0.1)
        raise AssertionError(f"not ready: {seen}\n{self.logs()[-3000:]}")

    def client(self, key: str | None = None, **more: Any) -> httpx.Client:
        """An HTTP client, with a key if one is given."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30, **more)

    def logs(self) -> str:
        """All that the processes have written."""
        return "".join(path.read_text() for path in sorted(self.folder.glob("*.log")))

    def stop(self) -> None:
        """Stop every process; one that does not go in time is killed."""
        processes = [*self.workers, *([self.api_process] if self.api_process else [])]
        self.workers, self.api_process = [], None
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)

    def _spawn(self, name: str, *words: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [CONSOLE, *words],
                env=self.environment,
                cwd=self.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

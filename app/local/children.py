"""The service's own processes under `quayside up`: start them, watch them, stop them."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import app
from app.local.account import Account
from app.local.errors import LocalServiceError
from app.local.places import make_private_folder
from app.local.process import DataLock, ServerProcess, StopSteps, launch, log_tail

STOP = StopSteps(((signal.SIGTERM, 10.0),))
# The checkout, or wherever the package was installed to.
PACKAGES = Path(app.__path__[0]).parent


@dataclass(frozen=True)
class Child:
    """One process and where it writes its log."""

    name: str
    process: ServerProcess
    log: Path


class Children:
    """Context manager; leaving it stops all children, the last started first.

    Each child has a guard that stops it even when this process is killed.
    """

    def __init__(self, home: Path) -> None:
        self.logs = home / "logs"
        self._home = home
        self._children: list[Child] = []
        self._stack = ExitStack()
        self._lock: DataLock

    def __enter__(self) -> Self:
        make_private_folder(self.logs, Account())
        self._lock = DataLock(self._home / "up.lock", "Quayside")
        self._stack.callback(self._lock.release)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def start(self, name: str, arguments: list[str], environ: Mapping[str, str]) -> None:
        """Start `quayside <arguments>`. Raises LocalServiceError."""
        log = self.logs / f"{arguments[0]}.log"
        command = [sys.executable, "-m", "app.cli", *arguments]
        paths = [str(PACKAGES), *filter(None, [environ.get("PYTHONPATH")])]
        env = {**environ, "PYTHONPATH": os.pathsep.join(paths)}
        started = launch(command, Account(), log, env, name)
        process = ServerProcess(started.pid, "", STOP, started)
        self._stack.callback(process.stop)
        process.guard(Account(), self._lock)
        self._children.append(Child(name, process, log))

    def check(self) -> None:
        """Raise LocalServiceError, with the end of its log, when a child has died."""
        for child in self._children:
            if not child.process.is_running():
                raise LocalServiceError(
                    f"The {child.name} has stopped; its log is {child.log}.", log_tail(child.log)
                )

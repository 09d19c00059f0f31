"""A process that holds LocalServices: started by tests, stopped and killed by them.

Run as a program it prints one line of JSON once the services are up, then waits to be ended.
"""

import codecs
import json
import os
import pwd
import signal
import subprocess
import sys
from pathlib import Path
from typing import Protocol

import psutil  # type: ignore[import-untyped]  # no stubs are installed

from app.local.errors import LocalServiceError
from app.local.places import DATA_DIR_VARIABLE
from app.local.process import wait_until
from app.local.services import LocalServices

BECOME = "QUAYSIDE_TEST_BECOME"
CHECKOUT = Path(__file__).parents[2]


class Supervised:
    """The supervisor's process as seen by a test."""

    def __init__(self, home: Path, wrapper: tuple[str, ...], environ: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [*wrapper, sys.executable, "-m", "tests.local.supervised"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=CHECKOUT,
            env={"PATH": os.environ["PATH"], DATA_DIR_VARIABLE: str(home), **environ},
        )
        self._children: list[psutil.Process] = []

    def report(self) -> dict[str, str]:
        """What the supervisor said once its services were up."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("{"), line + self.process.stdout.read()
        self._children = psutil.Process(self.process.pid).children(recursive=True)
        answer: dict[str, str] = json.loads(line)
        return answer

    def output(self) -> str:
        """Everything it says until it ends."""
        return self.process.communicate(timeout=60)[0]

    def end(self, number: signal.Signals) -> int:
        """Sends a signal to the supervisor alone and waits for it; its exit status."""
        self.process.send_signal(number)
        return self.process.wait(timeout=60)

    def end_with_guards(self) -> None:
        """Kills the supervisor and its guards at once, so that the servers are left alone."""
        for child in self._children:
            if "guard" in child.cmdline():
                child.kill()
        self.end(signal.SIGKILL)

    def survivors(self, patience_seconds: float) -> list[psutil.Process]:
        """The processes under it that still live after a while."""
        wait_until(lambda: not any(map(_lives, self._children)), patience_seconds)
        return [child for child in self._children if _lives(child)]

    def clear(self) -> None:
        """Ends everything, whatever the test did."""
        for child in self._children:
            if child.is_running():
                child.kill()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


def _lives(process: psutil.Process) -> bool:
    """A zombie does not: collecting it is the duty of the machine's first process."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


class Supervise(Protocol):
    """The type of the fixture `supervise`."""

    def __call__(
        self, home: Path, *, wrapper: tuple[str, ...] = (), **environ: str
    ) -> Supervised: ...


def become(name: str) -> None:
    """Turns this process into an ordinary user's.

    Done here and not by whoever starts it, because Python itself may lie in root's private home.
    """
    entry = pwd.getpwnam(name)
    # Loaded late otherwise, when the file may be out of reach.
    codecs.lookup("idna")
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


def main() -> int:
    """Holds the services until a signal comes."""
    notices: list[str] = []
    if name := os.environ.get(BECOME):
        become(name)
    try:
        with LocalServices(
            os.environ, Path.cwd(), say=notices.append, tuned_for_tests=True
        ) as services:
            report = {
                "database_url": services.database_url,
                "redis_url": services.redis_url,
                "home": str(services.home),
                "notices": " ".join(notices),
            }
            print(json.dumps(report), flush=True)
            signal.pause()
    except KeyboardInterrupt:
        return 130
    except LocalServiceError as error:
        print(error, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

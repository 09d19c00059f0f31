"""Server processes: start them, watch over them, stop them.

Each server has a guard, a shell that waits for this process to go away. However it goes, kill -9
included, the guard then asks the server to stop. The guard also shares the lock on the service's
data, so nobody starts a second server while the first is still being stopped.
"""

import contextlib
import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from app.local.account import Account
from app.local.errors import LocalServiceError, cannot_write

POLL_SECONDS = 0.01
LOG_BYTES_READ = 8192
# End of file on stdin means that the guarded-for process is gone. A dead server that nobody has
# collected yet (some containers never do) still has a number, but no command line.
GUARD_SCRIPT = """
alive() {
  kill -0 "$1" 2>/dev/null || return 1
  [ ! -e /proc/self/cmdline ] || grep -q . "/proc/$1/cmdline" 2>/dev/null
}
read -r _
kill -s "$1" "$2" 2>/dev/null
tries=0
while alive "$2" && [ "$tries" -lt 150 ]; do sleep 0.1; tries=$((tries + 1)); done
"""


class DataLock:
    """An exclusive hold on one service's data; the kernel lets go of it when its holders die."""

    def __init__(self, path: Path, service: str, patience_seconds: float = 20.0) -> None:
        self._path = path
        try:
            self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise cannot_write(path, error) from error
        try:
            self._acquire(service, time.monotonic() + patience_seconds)
        except BaseException:
            os.close(self.descriptor)
            raise
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, str(os.getpid()).encode(), 0)

    def _acquire(self, service: str, deadline: float) -> None:
        while True:
            try:
                fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(self.descriptor, 20, 0).decode() or "0"
                # A dead holder means that its guard is just stopping the server.
                if command_line(int(holder)) or time.monotonic() > deadline:
                    raise LocalServiceError(
                        f"{service} in {self._path.parent} is already in use by another Quayside "
                        f"(process {holder}); stop that one or set QUAYSIDE_DATA_DIR."
                    ) from None
                time.sleep(0.05)
            else:
                return

    def release(self) -> None:
        """Lets go; a second call does nothing."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


@dataclass(frozen=True, slots=True)
class StopSteps:
    """Signals to send in turn, each with the seconds to wait for it."""

    steps: tuple[tuple[signal.Signals, float], ...]


class ServerProcess:
    """A running server: our own child, or one that an earlier supervisor left behind."""

    def __init__(
        self,
        pid: int,
        mark: str,
        stop_steps: StopSteps,
        child: subprocess.Popen[bytes] | None = None,
    ) -> None:
        self.pid = pid
        self._mark = mark
        self._stop_steps = stop_steps
        self._child = child
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def adopted(self) -> bool:
        """Whether the server was already running when we came."""
        return self._child is None

    def is_running(self) -> bool:
        """Whether the server process is alive."""
        if self._child is not None:
            if self._child.poll() is None:
                return True
            # Once reaped, its number may go to a stranger whom the guard must not touch.
            self._kill_guard()
            return False
        # A number may be given to another program after the server's death.
        return self._mark in command_line(self.pid)

    def guard(self, account: Account, lock: DataLock) -> None:
        """Has the server stopped should this process vanish."""
        first_signal = self._stop_steps.steps[0][0].name.removeprefix("SIG")
        self._guard = subprocess.Popen(  # noqa: S603 - no shell expansion, our own script
            account.command(["sh", "-c", GUARD_SCRIPT, "guard", first_signal, str(self.pid)]),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
            pass_fds=[lock.descriptor],
            user=account.uid,
            group=account.gid,
            extra_groups=[] if account.switches_user else None,
        )

    def stop(self) -> None:
        """Stops the server, politely first, and its guard; a second call does nothing."""
        try:
            for number, seconds in (*self._stop_steps.steps, (signal.SIGKILL, 5.0)):
                if not self.is_running():
                    break
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.pid, number)
                wait_until(lambda: not self.is_running(), seconds)
        finally:
            # A server that would not die, or whose stop was interrupted, is left to the guard.
            if not self.is_running():
                self._kill_guard()
            self._release_guard()

    def _kill_guard(self) -> None:
        if self._guard is not None:
            self._guard.kill()
            self._release_guard()

    def _release_guard(self) -> None:
        if self._guard is not None:
            guard, self._guard = self._guard, None
            if guard.stdin is not None:
                guard.stdin.close()
            guard.wait()


class Running:
    """A usable service: its URL, and how to stop it."""

    def __init__(self, url: str, process: ServerProcess, lock: DataLock) -> None:
        self.url = url
        self.process = process
        self._lock = lock

    def stop(self) -> None:
        """Stops the service and waits until it is gone; a second call does nothing."""
        try:
            self.process.stop()
        finally:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def launch(
    command: Sequence[str | Path], account: Account, log: Path, env: dict[str, str], service: str
) -> subprocess.Popen[bytes]:
    """Starts a server in a session of its own (Ctrl-C in the terminal is not for it)."""
    try:
        if log.exists():
            log.replace(log.with_name(f"{log.name}.1"))
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise cannot_write(log, error) from error
    try:
        return subprocess.Popen(  # noqa: S603 - no shell, and only commands of this package
            account.command(command),
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=env,
            start_new_session=True,
            user=account.uid,
            group=account.gid,
            extra_groups=[] if account.switches_user else None,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise LocalServiceError(f"{service} cannot be started: {error}.") from error
    finally:
        os.close(descriptor)


def log_tail(log: Path) -> str:
    """The end of a server's log; empty when there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - LOG_BYTES_READ))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def command_line(pid: int) -> str:
    """The command line of a live process; empty for a dead one and for a zombie."""
    if pid <= 0:
        return ""
    if Path("/proc/self/cmdline").exists():
        try:
            raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return ""
        return raw.replace(b"\0", b" ").decode("utf-8", "replace").strip()
    answer = subprocess.run(  # noqa: S603 - no shell, a number as the only variable part
        ["/bin/ps", "-o", "args=", "-p", str(pid)], capture_output=True, check=False, text=True
    )
    return answer.stdout.strip()


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Polls until the condition holds; False when it did not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True

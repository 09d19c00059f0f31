"""The worker's processes: they live together, die together, and one that fails comes back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # no stubs are installed
import pytest

SECONDS = 20.0
# A lane says who it is, notes that it was told to stop, and lives until then.
LANES = """
import os, signal, sys, time
from worker.lanes import run_lanes

def serve(queues):
    name = queues[0].rpartition(":")[2]
    def leave(number, frame):
        open(os.path.join(sys.argv[1], f"left-{name}"), "w").close()
        sys.exit(0)
    signal.signal(signal.SIGTERM, leave)
    mark = os.path.join(sys.argv[1], f"{name}_{os.getpid()}_{os.nice(0)}")
    open(mark, "w").close()
    while True:
        time.sleep(0.05)

run_lanes(serve)
"""


class Lanes:
    """A running pair of lanes, and the marks that they leave in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-c", LANES, str(folder)], cwd=Path(__file__).parents[2]
        )

    def started(self, name: str, count: int = 1) -> list[int]:
        """Processes of a lane so far, oldest first, once there are so many."""
        found: list[Path] = []

        def enough() -> bool:
            found[:] = sorted(
                self.folder.glob(f"{name}_*"), key=lambda path: path.stat().st_mtime_ns
            )
            return len(found) >= count

        assert until(enough)
        return [int(path.name.split("_")[1]) for path in found]


def until(what: Callable[[], bool]) -> bool:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def lanes(tmp_path: Path) -> Iterator[Lanes]:
    running = Lanes(tmp_path)
    yield running
    with suppress(ProcessLookupError):
        running.process.kill()
    running.process.wait(SECONDS)


def gone(process_id: int) -> bool:
    try:
        return bool(psutil.Process(process_id).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def test_bulk_work_gives_way(lanes: Lanes) -> None:
    lanes.started("fast")
    lanes.started("bulk")
    niceness = {path.name.split("_")[0]: path.name.split("_")[2] for path in lanes.folder.iterdir()}
    assert int(niceness["bulk"]) > int(niceness["fast"])


def test_lanes_die_with_whoever_watches_them(lanes: Lanes) -> None:
    processes = [*lanes.started("fast"), *lanes.started("bulk")]
    assert len({lanes.process.pid, *processes}) == 3
    lanes.process.send_signal(signal.SIGKILL)
    assert until(lambda: all(gone(process_id) for process_id in processes))
    assert not list(lanes.folder.glob("left-*"))


def test_a_lane_that_died_is_started_anew_and_the_other_stays(lanes: Lanes) -> None:
    (fast,), (bulk,) = lanes.started("fast"), lanes.started("bulk")
    os.kill(bulk, signal.SIGKILL)
    first, second = lanes.started("bulk", count=2)
    assert first == bulk != second
    assert not gone(fast)
    assert lanes.process.poll() is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_all_stop_in_peace_when_told(lanes: Lanes, number: int) -> None:
    processes = [*lanes.started("fast"), *lanes.started("bulk")]
    lanes.process.send_signal(number)
    assert lanes.process.wait(SECONDS) == 0
    assert all(gone(process_id) for process_id in processes)
    assert {path.name for path in lanes.folder.glob("left-*")} == {"left-fast", "left-bulk"}

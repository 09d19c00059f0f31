"""The worker's processes: one for orders and events, one for bulk work, and who watches them.

Mapping thousands of products keeps a processor busy, and Python does one thing at a time in a
process: an order that came in meanwhile would wait for each of them. So each lane is a process of
its own, and the bulk one is the nicer of the two. They are forked before any event loop exists,
share what was imported, die with their parent however it dies, and are started anew if they fail.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Final

import structlog

from app.core.queue import BULK_QUEUE, FAST_QUEUE

log = structlog.get_logger(__name__)

RESTART_SECONDS: Final = 1.0
GRACE_SECONDS: Final = 25.0
LOOK_SECONDS: Final = 1.0
BULK_NICENESS: Final = 5
_PR_SET_PDEATHSIG: Final = 1

Serve = Callable[[Sequence[str]], None]
"""Serves queues until it is told to stop by SIGTERM."""


@dataclass(frozen=True)
class Lane:
    """Queues that a process serves, and how far it gives way to others."""

    name: str
    queues: tuple[str, ...]
    niceness: int = 0


LANES: Final = (
    Lane("fast", (FAST_QUEUE,)),
    Lane("bulk", (BULK_QUEUE,), BULK_NICENESS),
)


def run_lanes(serve: Serve) -> None:
    """Run a process for each lane until SIGTERM or SIGINT; all in one where none can be forked."""
    if not hasattr(os, "fork"):
        serve([queue for lane in LANES for queue in lane.queues])
        return
    Watch(serve).run()


class Watch:
    """Keeps a process alive for each lane."""

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self._fork = multiprocessing.get_context("fork")
        self._running: dict[Lane, BaseProcess] = {}
        self._stopping = False

    def run(self) -> None:
        """Start, watch, and end all together."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        for lane in LANES:
            self._start(lane)
        while self._running:
            connection.wait([process.sentinel for process in self._running.values()])
            for lane, process in list(self._running.items()):
                if not process.is_alive():
                    self._ended(lane, process)

    def _start(self, lane: Lane) -> None:
        process = self._fork.Process(target=_serve_lane, args=(self._serve, lane, os.getpid()))
        process.start()
        self._running[lane] = process

    def _ended(self, lane: Lane, process: BaseProcess) -> None:
        process.join()
        del self._running[lane]
        if self._stopping:
            return
        log.error("lane_ended", lane=lane.name, code=process.exitcode)
        time.sleep(RESTART_SECONDS)
        if not self._stopping:
            self._start(lane)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        """Pass the word on; when the grace is over, end them without mercy."""
        self._stopping = True
        for process in self._running.values():
            if number == signal.SIGALRM:
                process.kill()
            else:
                process.terminate()
        if number != signal.SIGALRM:
            signal.signal(signal.SIGALRM, self._stop)
            signal.setitimer(signal.ITIMER_REAL, GRACE_SECONDS)


def _serve_lane(serve: Serve, lane: Lane, parent: int) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        # What was inherited speaks to the children of another process.
        signal.signal(number, signal.SIG_DFL)
    die_with(parent)
    if lane.niceness:
        os.nice(lane.niceness)
    serve(lane.queues)


def die_with(parent: int) -> None:
    """End at once when the parent is gone, as if one process had died."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=_watch_parent, args=(parent,), daemon=True).start()


def _watch_parent(parent: int) -> None:
    """For systems without such a signal, and for a parent that died before it was asked for."""
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os._exit(1)

"""Workers that are killed again and again, without warning, at moments nobody chose."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.storm.processes import START_SECONDS, Site, running

WORKER = ("app.cli", "worker")
NURSERY = "benchmarks.storm.nursery"
STARTED = b"worker_started"
LOOK_SECONDS = 0.02


@dataclass
class Toll:
    """How often a worker was killed."""

    kills: int = 0


@dataclass(frozen=True)
class Worker:
    """A worker's process, with the processes of its lanes below it."""

    pid: int
    log: Path

    def is_alive(self) -> bool:
        """Whether the process is there."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def kill(self) -> None:
        """End it without warning, if it has not ended yet."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    async def gone(self) -> None:
        """Wait until the process has ended."""
        while self.is_alive():
            await asyncio.sleep(LOOK_SECONDS)


@dataclass
class Nursery:
    """Makes workers, as many as are asked for."""

    process: asyncio.subprocess.Process
    folder: Path
    made: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def worker(self) -> Worker:
        """Make a worker; it may not have started yet."""
        asked, told = self.process.stdin, self.process.stdout
        assert asked is not None
        assert told is not None
        async with self.lock:
            self.made += 1
            log = self.folder / f"worker-{self.made}.log"
            asked.write(f"{log}\n".encode())
            answer = await asyncio.wait_for(told.readline(), START_SECONDS)
        if not answer:
            raise RuntimeError("the process that workers are forked from has ended")
        return Worker(int(answer), log)


@asynccontextmanager
async def nursery(site: Site) -> AsyncIterator[Nursery]:
    """Run the process that workers come from."""
    with (site.folder / "nursery.log").open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", NURSERY),
            env=site.environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
        )
    try:
        yield Nursery(process, site.folder)
    finally:
        process.kill()
        await process.wait()


@asynccontextmanager
async def mortal_workers(
    home: Nursery, places: int, rng: random.Random, shortest: float, longest: float
) -> AsyncIterator[Toll]:
    """Keep so many workers alive, each for some seconds of work, and none at the end."""
    toll = Toll()
    lives = [random.Random(rng.random()) for _ in range(places)]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_lives(home, own, shortest, longest, toll)) for own in lives]
        try:
            yield toll
        finally:
            for task in tasks:
                task.cancel()


@asynccontextmanager
async def lasting_worker(site: Site) -> AsyncIterator[None]:
    """A worker that lives until the block ends."""
    log = site.folder / "worker-lasting.log"
    async with running(WORKER, site.environment, log) as process:
        await _until_started(log, lambda: process.returncode is None)
        yield


async def _lives(
    home: Nursery, rng: random.Random, shortest: float, longest: float, toll: Toll
) -> None:
    """One worker after the other."""
    while True:
        worker = await home.worker()
        try:
            await _until_started(worker.log, worker.is_alive)
            await asyncio.sleep(rng.uniform(shortest, longest))
            if not worker.is_alive():
                raise RuntimeError(f"a worker ended by itself: {worker.log.read_text()[-2000:]}")
            worker.kill()
            toll.kills += 1
        finally:
            worker.kill()
            await asyncio.shield(worker.gone())


async def _until_started(log: Path, alive: Callable[[], bool]) -> None:
    async with asyncio.timeout(START_SECONDS):
        while not log.exists() or STARTED not in log.read_bytes():
            if not alive():
                said = log.read_text()[-2000:] if log.exists() else ""
                raise RuntimeError(f"a worker did not start: {said}")
            await asyncio.sleep(LOOK_SECONDS)

"""Workers that are killed again and again, without warning, at moments nobody chose."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.storm.processes import START_SECONDS, Site, start, stop

WORKER = ("app.cli", "worker")
STARTED = b"worker_started"


@dataclass
class Toll:
    """How often a worker was killed."""

    kills: int = 0


@asynccontextmanager
async def mortal_workers(
    site: Site, places: int, rng: random.Random, shortest: float, longest: float
) -> AsyncIterator[Toll]:
    """Keep so many workers alive, each for some seconds of work, and none at the end."""
    toll = Toll()
    lives = [random.Random(rng.random()) for _ in range(places)]
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(_lives(site, place, own, shortest, longest, toll))
            for place, own in enumerate(lives)
        ]
        try:
            yield toll
        finally:
            for task in tasks:
                task.cancel()


@asynccontextmanager
async def lasting_worker(site: Site) -> AsyncIterator[None]:
    """A worker that lives until the block ends."""
    output = site.folder / "worker-lasting.log"
    process = await start(WORKER, site.environment, output)
    try:
        await _until_started(output, process)
        yield
    finally:
        await stop(process)


async def _lives(
    site: Site, place: int, rng: random.Random, shortest: float, longest: float, toll: Toll
) -> None:
    """One worker after the other; the next is starting while this one dies."""
    life = 0
    while True:
        life += 1
        output = site.folder / f"worker-{place}-{life}.log"
        process = await start(WORKER, site.environment, output)
        try:
            await _until_started(output, process)
            await asyncio.sleep(rng.uniform(shortest, longest))
            if process.returncode is not None:
                raise RuntimeError(f"a worker ended by itself: {output.read_text()[-2000:]}")
            process.kill()
            toll.kills += 1
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def _until_started(output: Path, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(START_SECONDS):
        while STARTED not in output.read_bytes():
            if process.returncode is not None:
                raise RuntimeError(f"a worker did not start: {output.read_text()[-2000:]}")
            await asyncio.sleep(0.02)

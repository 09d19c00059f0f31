"""What a worker process does: serve queues, and go its rounds.

Each queue has an arq worker of its own, so that orders and webhooks never stand behind bulk work.
arq is only the doorbell: its results, its retries and its job ids are not used.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

import structlog
import uvloop
from arq.connections import ArqRedis
from arq.worker import Worker, func
from redis.exceptions import RedisError

from app.core.heartbeat import stop_beating
from app.core.ids import new_id
from app.core.logging import configure_logging
from app.core.queue import BULK_QUEUE, FAST_QUEUE, deserialize, make_worker_arq, serialize
from app.core.resources import Resources, open_resources
from app.core.settings import Settings
from worker.jobs import JOBS
from worker.lanes import run_lanes
from worker.liveness import AliveLock, new_worker_key
from worker.schedule import keep_beating, keep_going, rounds

log = structlog.get_logger(__name__)

JOB_SECONDS = 150
POLL_SECONDS = 0.05
RESTART_SECONDS = 1.0


def make_arq_worker(pool: ArqRedis, queue: str, jobs: int, context: dict[str, Any]) -> Worker:
    """Build the arq worker of one queue; the pool stays its maker's."""
    return Worker(
        functions=[func(job, timeout=JOB_SECONDS, max_tries=1_000, keep_result=0) for job in JOBS],
        queue_name=queue,
        redis_pool=pool,
        job_serializer=serialize,
        job_deserializer=deserialize,
        max_jobs=jobs,
        poll_delay=POLL_SECONDS,
        keep_result=0,
        retry_jobs=True,
        handle_signals=False,
        health_check_interval=3600,
        log_results=False,
        ctx=dict(context),
    )


async def _serve_once(res: Resources, queue: str, jobs: int, context: dict[str, Any]) -> None:
    pool = make_worker_arq(res.settings.redis_url)
    worker = make_arq_worker(pool, queue, jobs, context)
    try:
        await worker.async_run()
    finally:
        # arq's own close() gives up half-way when a job was cancelled, and keeps connections open.
        running = list(worker.tasks.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        with contextlib.suppress(RedisError, OSError):
            await pool.aclose(close_connection_pool=True)


async def _serve_queue(res: Resources, queue: str, jobs: int, context: dict[str, Any]) -> None:
    """Serve a queue for ever; a Redis that stays away is waited for."""
    while True:
        try:
            await _serve_once(res, queue, jobs, context)
        except (RedisError, OSError) as error:
            log.warning("queue_away", queue=queue, reason=type(error).__name__)
        except Exception:
            log.exception("queue_failed", queue=queue)
        await asyncio.sleep(RESTART_SECONDS)


@asynccontextmanager
async def running_worker(
    res: Resources, queues: Sequence[str] = (FAST_QUEUE, BULK_QUEUE)
) -> AsyncIterator[None]:
    """Run a worker in the background of the current event loop.

    Whoever serves the fast queue also goes the rounds, and says that a worker is there.
    """
    worker_id, worker_key = new_id(), new_worker_key()
    context = {"resources": res, "worker_key": worker_key}
    lock = AliveLock(res.engine, worker_key)
    await lock.take()
    jobs = res.settings.worker_max_jobs
    work: list[Coroutine[Any, Any, None]] = [lock.keep()]
    if FAST_QUEUE in queues:
        work += [keep_beating(res, worker_id), *(keep_going(res, item) for item in rounds(res))]
    work += [_serve_queue(res, queue, jobs, context) for queue in queues]
    tasks = [asyncio.create_task(item) for item in work]
    log.info("worker_started", worker_id=str(worker_id), queues=list(queues))
    try:
        yield
    finally:
        for task in reversed(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with contextlib.suppress(Exception):
            async with res.unit_of_work() as uow:
                await stop_beating(uow, worker_id)
        await lock.drop()
        log.info("worker_stopped", worker_id=str(worker_id))


def run_worker(settings: Settings) -> None:
    """Run a worker's processes until SIGTERM or SIGINT."""
    configure_logging(settings.log_level, settings.log_format)

    def serve(queues: Sequence[str]) -> None:
        uvloop.run(_run(settings, queues))

    run_lanes(serve)


async def _run(settings: Settings, queues: Sequence[str]) -> None:
    """Run until SIGTERM or SIGINT; runs in progress are given back at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with open_resources(settings) as resources, running_worker(resources, queues):
        await stop.wait()

"""Drives any integration: claim, then page after page until the slice is over or the run ends.

Each page is one transaction: rows, item outcomes, counters, log lines and cursor together. So a
worker may die at any line, and the next one goes on at the last page that was written.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import aclosing
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import update

from app.bigcommerce.errors import BigCommerceError
from app.channels.kinds import IntegrationType
from app.channels.models import ChannelIntegration
from app.channels.repository import pause_integrations
from app.connections.lifecycle import mark_rejected
from app.core.problems import database_is_away
from app.core.resources import Resources
from app.integrations.context import Integration, PageResult, PageWork, RunContext
from app.integrations.failures import Fail, LoseAccess, Wait, judge
from app.integrations.lease import Lease
from app.integrations.opening import open_context
from app.integrations.writer import WriterBusy
from app.notifications.events import tell_integration_paused, tell_run_failed
from app.runs.claims import claim_run, release_claim
from app.runs.errors import ClaimLost
from app.runs.kinds import LogLevel, RunMode, WaitingFor
from app.runs.models import Run
from app.runs.recording import LogLine, record_end, record_page, record_wait
from app.runs.repository import waits_in_a_row

log = structlog.get_logger(__name__)

WRITER_WAIT = timedelta(seconds=2)
Integrations = Mapping[IntegrationType, Integration]


async def run_slice(
    res: Resources, run_id: UUID, worker_key: int, integrations: Integrations
) -> None:
    """Work on a run for some seconds; a run that somebody else holds is left alone."""
    lease = timedelta(seconds=res.settings.run_lease_seconds)
    async with res.unit_of_work() as uow:
        run = await claim_run(uow, run_id, worker_key, lease)
    if run is None or run.claim is None:
        return
    claim = run.claim
    structlog.contextvars.bind_contextvars(run_id=str(run_id), integration=run.integration)
    try:
        async with Lease(res, run_id, claim) as held:
            await _hold(res, run_id, claim, held, integrations, dict(run.cursor))
    except ClaimLost:
        log.info("claim_lost")
    except asyncio.CancelledError:
        await asyncio.shield(_give_back(res, run_id, claim))
        raise
    except Exception as error:
        if database_is_away(error):
            # Nothing can be written now; the lease runs out and the run goes on by itself.
            log.warning("database_away_during_run", reason=type(error).__name__)
            return
        log.exception("run_failed_unexpectedly")
        await _end(
            res,
            run_id,
            claim,
            Fail("internal", "Something went wrong on our side. The log of the service says more."),
            requests=0,
        )
    finally:
        structlog.contextvars.unbind_contextvars("run_id", "integration")


async def _hold(
    res: Resources,
    run_id: UUID,
    claim: UUID,
    lease: Lease,
    integrations: Integrations,
    cursor: dict[str, Any],
) -> None:
    async with res.unit_of_work() as uow:
        opened = await open_context(res, uow, run_id, claim, integrations)
    if isinstance(opened, Fail):
        await _end(res, run_id, claim, opened, requests=0)
        return
    context, integration = opened
    deadline = time.monotonic() + res.settings.run_slice_seconds
    counted = 0
    try:
        async with aclosing(integration.pages(context, cursor)) as pages:
            async for work in pages:
                if lease.lost.is_set():
                    raise ClaimLost
                made = context.client.requests_made
                result, stop = await _write(context, work, made - counted)
                counted = made
                if result.finished:
                    return
                if stop or lease.cancelled.is_set():
                    await _cancel(context)
                    return
                if time.monotonic() >= deadline:
                    await _give_back(res, run_id, claim)
                    return
    except BigCommerceError as error:
        await _stumble(context, error, context.client.requests_made - counted)
        return
    except WriterBusy:
        async with res.unit_of_work() as uow:
            until = uow.clock.now() + WRITER_WAIT
            message = "Another run writes to this store; this one goes on after it."
            await record_wait(uow, run_id, claim, WaitingFor.WRITER, until, 0, message)
        return
    raise RuntimeError(f"{integration.kind} ended without a last page")


async def _write(context: RunContext, work: PageWork, requests: int) -> tuple[PageResult, bool]:
    run = context.run
    async with context.res.unit_of_work() as uow:
        if run.mode is RunMode.DRY_RUN:
            # The same code writes and is undone, so a dry run cannot predict anything else.
            trial = await uow.session.begin_nested()
            result = await work.save(uow)
            await trial.rollback()
            uow.session.expire_all()
        else:
            result = await work.save(uow)
        stop = await record_page(uow, run.id, run.claim, result.record, requests)
        if result.finished:
            if result.integration_cursor is not None and run.mode is RunMode.EXECUTE:
                await uow.session.execute(
                    update(ChannelIntegration)
                    .where(
                        ChannelIntegration.channel_id == run.channel_id,
                        ChannelIntegration.type == run.integration.value,
                    )
                    .values(cursor=result.integration_cursor)
                )
            await record_end(uow, run.id, run.claim)
    return result, stop


async def _stumble(context: RunContext, error: BigCommerceError, requests: int) -> None:
    run, res = context.run, context.res
    async with res.unit_of_work() as uow:
        verdict = judge(error, await waits_in_a_row(uow, run.id))
    log.warning("page_failed", error=str(error), verdict=type(verdict).__name__)
    if isinstance(verdict, Wait):
        async with res.unit_of_work() as uow:
            until = uow.clock.now() + timedelta(seconds=verdict.seconds)
            await record_wait(
                uow, run.id, run.claim, verdict.waiting_for, until, requests, verdict.message
            )
        return
    if isinstance(verdict, LoseAccess):
        async with res.unit_of_work() as uow:
            await mark_rejected(uow, context.connection_id, verdict.message)
        verdict = Fail(verdict.code, verdict.message)
    await _end(res, run.id, run.claim, verdict, requests=requests)


async def _end(res: Resources, run_id: UUID, claim: UUID, fail: Fail, *, requests: int) -> None:
    async with res.unit_of_work() as uow:
        line = LogLine(fail.message, LogLevel.ERROR, fail.code)
        await record_end(uow, run_id, claim, requests=requests, failure=line)
        run = await uow.session.get_one(Run, run_id)
        where = (uow, run.account_id, run.channel_id)
        await tell_run_failed(*where, run.id, run.integration, fail.code, fail.message)
        if fail.pause:
            kind = IntegrationType(run.integration)
            await pause_integrations(uow, run.channel_id, fail.code, kind)
            await tell_integration_paused(*where, run.integration, fail.code, fail.message)


async def _cancel(context: RunContext) -> None:
    async with context.res.unit_of_work() as uow:
        await record_end(uow, context.run.id, context.run.claim, cancelled=True)


async def _give_back(res: Resources, run_id: UUID, claim: UUID) -> None:
    async with res.unit_of_work() as uow:
        await release_claim(uow, run_id, claim)

"""Putting together what a slice of a run works with."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import undefer

from app.channels.kinds import IntegrationType
from app.channels.repository import get_integration
from app.channels.settings import SETTINGS
from app.connections.client import store_client
from app.connections.kinds import ConnectionStatus
from app.connections.repository import connection_of_channel
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.integrations.context import Integration, RunContext, RunFacts
from app.integrations.failures import Fail
from app.mapping.engine.context import Context
from app.mapping.errors import TemplateInvalid
from app.runs.errors import ClaimLost
from app.runs.kinds import RunMode, RunTrigger
from app.runs.models import Run
from app.templates.runs import compile_snapshot

PATIENCE = 1.0
"""Seconds that a single request may wait in place for quota before its run is put to sleep."""


async def open_context(
    res: Resources,
    uow: UnitOfWork,
    run_id: UUID,
    claim: UUID,
    integrations: Mapping[IntegrationType, Integration],
) -> tuple[RunContext, Integration] | Fail:
    """Return the context of a claimed run, or why it cannot be worked on."""
    run = await uow.session.scalar(
        select(Run).where(Run.id == run_id, Run.claim == claim).options(undefer(Run.scratch))
    )
    if run is None:
        raise ClaimLost
    kind = IntegrationType(run.integration)
    integration = integrations.get(kind)
    if integration is None:
        return Fail("integration_not_available", f"{kind} cannot be run by this installation.")
    connection = await connection_of_channel(uow, run.channel_id)
    if connection is None or connection.status != ConnectionStatus.ACTIVE:
        return Fail("connection_not_active", "The channel is no longer connected to its store.")
    snapshot = run.snapshot["template"]
    try:
        template = compile_snapshot(snapshot) if snapshot else None
    except TemplateInvalid as error:
        return Fail("template_invalid", str(error), pause=True)
    channel_integration = await get_integration(uow, run.channel_id, kind)
    context = RunContext(
        res=res,
        run=_facts(run, claim),
        settings=SETTINGS[kind].model_validate(run.snapshot["settings"]),
        template=template,
        mapping=Context(
            now=uow.clock.now(),
            weight_unit=connection.store.get("weight_units"),
            dimension_unit=connection.store.get("dimension_units"),
        ),
        client=store_client(res, connection, integration.lane, patience=PATIENCE),
        connection_id=connection.id,
        currency=connection.store.get("currency"),
        integration_cursor=dict(channel_integration.cursor),
    )
    return context, integration


def _facts(run: Run, claim: UUID) -> RunFacts:
    return RunFacts(
        id=run.id,
        claim=claim,
        account_id=run.account_id,
        channel_id=run.channel_id,
        integration=IntegrationType(run.integration),
        mode=RunMode(run.mode),
        trigger=RunTrigger(run.trigger),
        params=dict(run.params),
        scratch=dict(run.scratch),
        plan_run_id=run.plan_run_id,
        fruitless=run.fruitless,
    )

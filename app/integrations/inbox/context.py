"""What events are acted on with: the present settings and template of an integration."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from app.bigcommerce.pacing import Lane
from app.channels.kinds import IntegrationType
from app.channels.repository import get_integration
from app.channels.settings import SETTINGS
from app.connections.client import store_client
from app.connections.models import Connection
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.integrations.context import StoreContext
from app.mapping.engine.context import Context
from app.mapping.errors import TemplateInvalid
from app.templates.runs import template_in_force

PATIENCE = 1.0
"""Seconds that a single request may wait in place for quota before events are put back."""


@dataclass(frozen=True, kw_only=True)
class InboxContext(StoreContext):
    """The channel whose integration acts on events."""

    account_id: UUID
    channel_id: UUID
    has_run: bool
    """Whether a run of the integration has come to its end already."""


@dataclass(frozen=True)
class Closed:
    """Why the channel does not act on such events at present."""

    code: str
    message: str


async def open_inbox(
    res: Resources, uow: UnitOfWork, connection: Connection, kind: IntegrationType, lane: Lane
) -> InboxContext | Closed:
    """Return the context of an integration that is on, or why it is not used.

    Changes that are passed over while an integration is off or paused are not lost: its next run
    reads by date of modification.
    """
    integration = await get_integration(uow, connection.channel_id, kind)
    if not integration.enabled:
        return Closed("integration_disabled", f"{kind} is switched off for this channel.")
    if integration.paused:
        reason = integration.pause_reason or "paused"
        return Closed("integration_paused", f"{kind} is paused: {reason}.")
    account_id = connection.account_id
    try:
        template = await template_in_force(uow, account_id, integration.template_id, kind)
    except TemplateInvalid as error:
        return Closed("template_invalid", str(error))
    return InboxContext(
        res=res,
        settings=SETTINGS[kind].model_validate(integration.settings),
        template=template,
        mapping=Context(
            now=uow.clock.now(),
            weight_unit=connection.store.get("weight_units"),
            dimension_unit=connection.store.get("dimension_units"),
        ),
        client=store_client(res, connection, lane, patience=PATIENCE),
        connection_id=connection.id,
        currency=connection.store.get("currency"),
        account_id=account_id,
        channel_id=connection.channel_id,
        has_run=bool(integration.cursor),
    )

"""Pausing an integration that events or comparisons found without permission, and telling so."""

from __future__ import annotations

from app.channels.kinds import IntegrationType
from app.channels.repository import pause_integrations
from app.connections.models import Connection
from app.core.uow import UnitOfWork
from app.integrations.failures import Fail
from app.notifications.events import tell_integration_paused


async def pause(uow: UnitOfWork, connection: Connection, kind: IntegrationType, why: Fail) -> None:
    """Pause an integration of the connection's channel; told once, by whoever paused it."""
    channel_id = connection.channel_id
    if await pause_integrations(uow, channel_id, why.code, kind):
        where = (uow, connection.account_id, channel_id)
        await tell_integration_paused(*where, kind, why.code, why.message)

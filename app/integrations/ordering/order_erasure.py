"""Erasing personal data of orders when their channel's time for it is over.

Switched off or paused integrations are no excuse: what was promised to shoppers is kept. The
evidence is the moment on each order and an entry in the audit trail, with numbers only.
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import select

from app.accounts.audit import record_change
from app.accounts.service import Principal, Scope
from app.channels.kinds import IntegrationType
from app.channels.models import Channel, ChannelIntegration
from app.channels.settings import GetOrdersSettings
from app.core.uow import UnitOfWork
from app.orders.retention import erase_personal_data, orders_due_for_erasure

log = structlog.get_logger(__name__)

AT_ONCE = 1_000


async def erase_due_personal_data(uow: UnitOfWork) -> int:
    """Erase up to `AT_ONCE` orders of each channel; return how many in all."""
    rows = await uow.session.execute(
        select(ChannelIntegration.settings, Channel.id, Channel.account_id)
        .join(Channel, Channel.id == ChannelIntegration.channel_id)
        .where(
            ChannelIntegration.type == IntegrationType.GET_ORDERS.value,
            ChannelIntegration.settings["pii_retention_days"].as_string().is_not(None),
        )
    )
    erased = 0
    for stored, channel_id, account_id in rows.all():
        days = GetOrdersSettings.model_validate(stored).pii_retention_days
        if days is None:
            continue
        before = uow.clock.now() - timedelta(days=days)
        due = await orders_due_for_erasure(uow, channel_id, shipped_before=before, limit=AT_ONCE)
        count = await erase_personal_data(uow, due) if due else 0
        if count:
            caller = Principal(account_id, Scope.WRITE, "system")
            evidence = {"orders": count, "days": days, "shipped_before": before.isoformat()}
            record_change(uow, caller, "erase_personal_data", "channel", channel_id, evidence)
            log.info("personal_data_erased", channel_id=str(channel_id), orders=count)
        erased += count
    return erased

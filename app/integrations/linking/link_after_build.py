"""Linking of listings that were just built, where the channel is set so."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.channels.kinds import IntegrationType
from app.channels.repository import get_channel, get_integration
from app.channels.settings import LinkListingsSettings
from app.core.uow import UnitOfWork
from app.runs.errors import (
    ConnectionNotActive,
    IntegrationNotAvailable,
    IntegrationPaused,
    RunActive,
)
from app.runs.kinds import RunTrigger
from app.runs.params import MAX_IDS
from app.runs.service import Order, start_run


class LinkAfterBuild:
    """The `AfterBuild` of this service."""

    def __init__(self, runnable: frozenset[IntegrationType]) -> None:
        self._runnable = runnable

    async def built(
        self, uow: UnitOfWork, account_id: UUID, channel_id: UUID, listing_ids: Sequence[UUID]
    ) -> UUID | None:
        """Start a run over the listings; None where it is not wanted, or not possible now.

        Listings that were built stay so whether they can be linked at once or by a later run.
        """
        channel = await get_channel(uow, account_id, channel_id)
        integration = await get_integration(uow, channel.id, IntegrationType.LINK_LISTINGS)
        settings = LinkListingsSettings.model_validate(integration.settings)
        if not (integration.enabled and settings.link_after_build and listing_ids):
            return None
        order = Order(
            integration=IntegrationType.LINK_LISTINGS,
            trigger=RunTrigger.SYSTEM,
            params={"listing_ids": [str(listing_id) for listing_id in listing_ids[:MAX_IDS]]},
        )
        try:
            run = await start_run(uow, channel, order, self._runnable)
        except (IntegrationNotAvailable, IntegrationPaused, ConnectionNotActive, RunActive):
            return None
        return run.id

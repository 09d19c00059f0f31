"""The integrations that this installation can run."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.channels.kinds import IntegrationType
from app.integrations.context import Integration
from app.integrations.get_orders import GetOrders
from app.integrations.import_listings import ImportListings
from app.integrations.link_listings import LinkListings
from app.integrations.publish_listings import PublishListings
from app.integrations.sync_listings import SyncListings
from app.integrations.sync_orders import SyncOrders

INTEGRATIONS: Final[Mapping[IntegrationType, Integration]] = MappingProxyType(
    {
        IntegrationType.IMPORT_LISTINGS: ImportListings(),
        IntegrationType.GET_ORDERS: GetOrders(),
        IntegrationType.LINK_LISTINGS: LinkListings(),
        IntegrationType.SYNC_LISTINGS: SyncListings(),
        IntegrationType.SYNC_ORDERS: SyncOrders(),
        IntegrationType.PUBLISH_LISTINGS: PublishListings(),
    }
)
RUNNABLE: Final = frozenset(INTEGRATIONS)

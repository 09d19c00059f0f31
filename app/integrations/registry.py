"""The integrations that this installation can run."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.channels.kinds import IntegrationType
from app.integrations.context import Integration
from app.integrations.importing.import_listings import ImportListings
from app.integrations.linking.link_listings import LinkListings
from app.integrations.ordering.get_orders import GetOrders
from app.integrations.publishing.publish_listings import PublishListings
from app.integrations.shipping.sync_orders import SyncOrders
from app.integrations.syncing.sync_listings import SyncListings

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

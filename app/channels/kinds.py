"""Words that channels are described with."""

from __future__ import annotations

from enum import StrEnum


class IntegrationType(StrEnum):
    """What can be run for a channel."""

    IMPORT_LISTINGS = "import_listings"
    LINK_LISTINGS = "link_listings"
    SYNC_LISTINGS = "sync_listings"
    PUBLISH_LISTINGS = "publish_listings"
    GET_ORDERS = "get_orders"
    SYNC_ORDERS = "sync_orders"


class ChannelType(StrEnum):
    """Kinds of channel."""

    BIGCOMMERCE = "bigcommerce"


class ChannelStatus(StrEnum):
    """`setup` until the steps that cannot be skipped are done."""

    SETUP = "setup"
    ACTIVE = "active"


class StepStatus(StrEnum):
    """State of one setup step."""

    PENDING = "pending"
    DONE = "done"
    SKIPPED = "skipped"


class SetupStep(StrEnum):
    """Setup steps in the order in which they are offered."""

    INTEGRATIONS = "integrations"
    CONNECTION = "connection"
    CONFIRM = "confirm"
    PRICING_QUANTITY = "pricing_quantity"
    LINK_LISTINGS = "link_listings"
    SYNC_LISTINGS = "sync_listings"
    GET_ORDERS = "get_orders"
    AUTOMATE = "automate"
    PUBLISH_LISTINGS = "publish_listings"
    ORDER_FULFILLMENT = "order_fulfillment"
    WORKFLOWS = "workflows"
    LISTING_STATUS = "listing_status"
    INVOICING = "invoicing"


REQUIRED_STEPS = (SetupStep.INTEGRATIONS, SetupStep.CONNECTION, SetupStep.CONFIRM)

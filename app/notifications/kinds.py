"""Words that notifications are described with."""

from __future__ import annotations

from enum import StrEnum


class NotificationKind(StrEnum):
    """What happened."""

    INTEGRATION_PAUSED = "integration_paused"
    CREDENTIALS_LOST = "credentials_lost"
    WEBHOOKS_BROKEN = "webhooks_broken"
    WEBHOOKS_REPAIRED = "webhooks_repaired"
    RUN_FAILED = "run_failed"
    ORDERS_HELD = "orders_held"
    SHIPMENTS_FAILED = "shipments_failed"
    DRIFT_FOUND = "drift_found"
    RULE_ALERT = "rule_alert"
    TEST = "test"


class Severity(StrEnum):
    """How urgent it is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class EndpointKind(StrEnum):
    """How notifications are carried."""

    WEBHOOK = "webhook"
    EMAIL = "email"


class DeliveryStatus(StrEnum):
    """How far a delivery is; `failed` ones were given up."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"

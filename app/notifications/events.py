"""What is worth telling, in words. Called inside the transaction in which it happens."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

from app.core.uow import UnitOfWork
from app.notifications.kinds import NotificationKind, Severity
from app.notifications.service import Notice, notify


async def tell_integration_paused(
    uow: UnitOfWork, account_id: UUID, channel_id: UUID, integration: str, code: str, reason: str
) -> None:
    """An integration was paused by us and waits for somebody; `reason` is a sentence."""
    await notify(
        uow,
        account_id,
        Notice(
            NotificationKind.INTEGRATION_PAUSED,
            Severity.ERROR,
            code,
            f"The integration {_words(integration)} was paused: {reason}",
            f"paused:{channel_id}:{integration}",
            channel_id,
            "integration",
            integration,
        ),
    )


async def tell_credentials_lost(
    uow: UnitOfWork,
    account_id: UUID,
    channel_id: UUID,
    connection_id: UUID,
    sentence: str,
    code: str = "credentials_rejected",
) -> None:
    """The store refuses our access, or gives too little; every integration of the channel rests."""
    await notify(
        uow,
        account_id,
        Notice(
            NotificationKind.CREDENTIALS_LOST,
            Severity.ERROR,
            code,
            sentence,
            f"credentials:{connection_id}",
            channel_id,
            "connection",
            str(connection_id),
        ),
    )


async def tell_webhooks_broken(
    uow: UnitOfWork, account_id: UUID, channel_id: UUID, connection_id: UUID, scopes: Sequence[str]
) -> None:
    """Webhooks of a store could not be repaired; orders arrive late, by polling alone."""
    named = ", ".join(sorted(set(scopes))[:10])
    await notify(
        uow,
        account_id,
        Notice(
            NotificationKind.WEBHOOKS_BROKEN,
            Severity.WARNING,
            "webhooks_broken",
            f"Webhooks of the store cannot be repaired ({named}); changes arrive with a delay.",
            f"webhooks:{connection_id}",
            channel_id,
            "connection",
            str(connection_id),
        ),
    )


async def tell_webhooks_repaired(
    uow: UnitOfWork, account_id: UUID, channel_id: UUID, connection_id: UUID, done: Sequence[str]
) -> None:
    """Webhooks of a store were dead and are set right; `done` names each with what was done."""
    named = ", ".join(sorted(set(done))[:10])
    await notify(
        uow,
        account_id,
        Notice(
            NotificationKind.WEBHOOKS_REPAIRED,
            Severity.INFO,
            "webhooks_repaired",
            f"Webhooks of the store did not work and were repaired ({named}).",
            f"webhooks_repaired:{connection_id}",
            channel_id,
            "connection",
            str(connection_id),
        ),
    )


async def tell_run_failed(
    uow: UnitOfWork,
    account_id: UUID,
    channel_id: UUID,
    run_id: UUID,
    integration: str,
    code: str,
    message: str,
) -> None:
    """A run came to a bad end; one notification per integration and cause until it is read."""
    await notify(
        uow,
        account_id,
        Notice(
            NotificationKind.RUN_FAILED,
            Severity.ERROR,
            code,
            f"A run of {_words(integration)} failed: {message}",
            f"run:{channel_id}:{integration}:{code}",
            channel_id,
            "run",
            str(run_id),
        ),
    )


async def tell_orders_held(
    uow: UnitOfWork, account_id: UUID, channel_id: UUID, count: int, order_id: UUID | None = None
) -> None:
    """Orders were held and wait for somebody; those of a channel are counted together."""
    await notify(
        uow,
        account_id,
        Notice(
            NotificationKind.ORDERS_HELD,
            Severity.WARNING,
            "orders_held",
            "Orders are held and wait for a decision: {count} since this was last read.",
            f"held:{channel_id}",
            channel_id,
            "order" if order_id else None,
            str(order_id) if order_id else None,
            count,
        ),
    )


async def tell_rule_alert(
    uow: UnitOfWork, account_id: UUID, channel_id: UUID, message: str, count: int, order_id: UUID
) -> None:
    """A rule wants something told about orders; the same message is counted while unread."""
    about = sha256(message.encode()).hexdigest()[:16]
    await notify(
        uow,
        account_id,
        Notice(
            NotificationKind.RULE_ALERT,
            Severity.WARNING,
            "rule_alert",
            f"{message[:900].replace('{count}', '(count)')} (orders: {{count}})",
            f"alert:{channel_id}:{about}",
            channel_id,
            "order",
            str(order_id),
            count,
        ),
    )


async def tell_shipment_failed(
    uow: UnitOfWork, account_id: UUID, channel_id: UUID, shipment_id: UUID, code: str
) -> None:
    """A shipment cannot be sent to its store; those of a channel are counted together."""
    await notify(
        uow,
        account_id,
        Notice(
            NotificationKind.SHIPMENTS_FAILED,
            Severity.ERROR,
            code,
            "Shipments could not be sent to the store: {count} since this was last read.",
            f"shipments:{channel_id}",
            channel_id,
            "shipment",
            str(shipment_id),
        ),
    )


async def tell_drift_found(
    uow: UnitOfWork, account_id: UUID, channel_id: UUID, run_id: UUID, found: str, *, settled: bool
) -> None:
    """A comparison found values that others changed; once per run, with the latest run's counts.

    `settled` when nothing of it was left as it is.
    """
    await notify(
        uow,
        account_id,
        Notice(
            NotificationKind.DRIFT_FOUND,
            Severity.INFO if settled else Severity.WARNING,
            "drift_found",
            f"The store differs from what was left there: {found}.",
            f"drift:{channel_id}",
            channel_id,
            "run",
            str(run_id),
        ),
    )


def _words(integration: str) -> str:
    return integration.replace("_", " ").title()

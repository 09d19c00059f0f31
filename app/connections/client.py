"""A client of a connection's store, with the installation's pacing and the opened token."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from app.bigcommerce.client import RequestRecord, StoreClient
from app.bigcommerce.pacing import Lane, Policy
from app.connections.errors import ConnectionUnusable
from app.connections.kinds import Method
from app.connections.models import Connection
from app.connections.pacing import pacing_of
from app.core.resources import Resources

USER_AGENT = "Quayside/0.1 (sales channel; BigCommerce connector)"
INTERACTIVE_PATIENCE = 4.0
"""Seconds that somebody who waits for an answer of ours may be kept waiting for quota."""

SECRET_HEADER = "X-Quayside-Webhook-Secret"  # noqa: S105 - the header's name


def token_client(
    res: Resources,
    store_hash: str,
    access_token: str,
    lane: Lane,
    *,
    patience: float = 0.0,
    on_request: Callable[[RequestRecord], None] | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> StoreClient:
    """Return a client for a token that is not stored (yet)."""
    return StoreClient(
        res.http,
        api_url=res.settings.bigcommerce_api_url,
        store_hash=store_hash,
        access_token=access_token,
        pacing=pacing_of(res.redis),
        clock=time.monotonic,
        sleep=sleep,
        rng=random.Random(),
        lane=lane,
        patience=patience,
        policy=Policy(reserve=res.settings.request_reserve),
        on_request=on_request,
        user_agent=USER_AGENT,
    )


def store_client(
    res: Resources,
    connection: Connection,
    lane: Lane,
    *,
    patience: float = 0.0,
    on_request: Callable[[RequestRecord], None] | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> StoreClient:
    """Return a client of the connection's store; raises `ConnectionUnusable` without a token.

    `lane`: `orders` goes before `bulk`. `patience`: seconds one call may wait in place.
    """
    if connection.sealed_access_token is None:
        raise ConnectionUnusable(f"The connection is {connection.status}.")
    return token_client(
        res,
        connection.store_hash,
        res.keyring.decrypt(connection.sealed_access_token),
        lane,
        patience=patience,
        on_request=on_request,
        sleep=sleep,
    )


@dataclass(frozen=True)
class WebhookKeys:
    """What deliveries of a connection's webhooks are verified with; never printed."""

    header_secret: str | None = field(repr=False)
    client_secret: str | None = field(repr=False)


def webhook_keys(res: Resources, connection: Connection) -> WebhookKeys:
    """Return our own header secret and the client secret that BigCommerce signs with."""
    sealed = connection.sealed_webhook_secret
    if connection.method == Method.OAUTH2:
        client_secret = res.settings.bigcommerce_client_secret.get_secret_value() or None
    elif connection.sealed_client_secret is not None:
        client_secret = res.keyring.decrypt(connection.sealed_client_secret)
    else:
        client_secret = None
    return WebhookKeys(res.keyring.decrypt(sealed) if sealed else None, client_secret)

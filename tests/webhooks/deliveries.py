"""Deliveries as a store sends them."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import httpx
from standardwebhooks import Webhook

PATH = "/bigcommerce/webhooks"
SECRET = {"X-Quayside-Webhook-Secret": "webhook-secret"}


def event(
    scope: str = "store/order/created",
    data: dict[str, Any] | None = None,
    *,
    store: str = "store1",
    at: int = 1_795_000_000,
    **more: Any,
) -> dict[str, Any]:
    """An event's body."""
    body: dict[str, Any] = {
        "scope": scope,
        "store_id": "1025646",
        "data": {"type": "order", "id": 250} if data is None else data,
        "created_at": at,
        "producer": f"stores/{store}",
    }
    digest = hashlib.sha1(json.dumps(body).encode(), usedforsecurity=False).hexdigest()
    return {**body, "hash": digest, **more}


def signed(raw: bytes, client_secret: str, at: datetime | None = None) -> dict[str, str]:
    """The headers of Standard Webhooks."""
    moment = at or datetime.now(UTC)
    text = Webhook(client_secret.encode()).sign("msg_1", moment, raw.decode())
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": text,
    }


async def deliver(
    client: httpx.AsyncClient,
    body: dict[str, Any] | bytes,
    headers: dict[str, str] | None = None,
) -> httpx.Response:
    """Send a delivery, by default with our own secret."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await client.post(PATH, content=raw, headers=SECRET if headers is None else headers)

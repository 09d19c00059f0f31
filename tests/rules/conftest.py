"""A channel with products, listings and rules."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
import pytest

from app.core.resources import Resources
from tests.shops import Shop, open_shop


@pytest.fixture
async def shop(resources: Resources, account_id: UUID) -> Shop:
    return await open_shop(resources, account_id)


async def add_rule(
    api: httpx.AsyncClient, shop: Shop, kind: str, definition: dict[str, Any], **more: Any
) -> dict[str, Any]:
    """Create a rule and return it."""
    body = {
        "channel_id": str(shop.channel_id),
        "kind": kind,
        "name": f"A {kind} rule",
        "definition": definition,
        **more,
    }
    answer = await api.post("/v1/rules", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def try_rule(api: httpx.AsyncClient, rule: dict[str, Any], **body: Any) -> dict[str, Any]:
    """Try a rule and return the answer."""
    answer = await api.post(f"/v1/rules/{rule['id']}/test", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def put_products(api: httpx.AsyncClient, *products: dict[str, Any]) -> None:
    """Write products."""
    answer = await api.put("/v1/products", json={"products": list(products)})
    assert answer.status_code == 200, answer.text
    assert answer.json()["failed"] == []


MARKUP: dict[str, Any] = {"base": {"kind": "markup", "on": "cost", "percent": 50}}

"""What was refunded: amounts as the store's refunds say them, for one request more."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sandbox.settings import ALL_SCOPES, SandboxSettings
from tests.flow.conftest import Service
from tests.flow.inbox import order, place

REFUNDS = "/v3/orders/payment_actions/refunds"
WITHOUT_REFUNDS = " ".join(scope for scope in ALL_SCOPES if scope != "store_v2_transactions")


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    return SandboxSettings(products=20, orders=0, quota=100_000)


async def refund(service: Service, number: int, *units: int) -> dict[str, Any]:
    """Refund so many units of each line; returns the order in the store."""
    control = service.store.control
    lines = (await control.get(f"/sandbox/orders/{number}")).json()["lines"]
    body = [
        {"line_id": line["id"], "quantity": count}
        for line, count in zip(lines, units, strict=False)
        if count
    ]
    answer = await control.patch(f"/sandbox/orders/{number}", json={"refund": body})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def everything(service: Service, channel_id: str) -> dict[str, Any]:
    """Get every order of whatever status."""
    await service.api.patch(
        f"/v1/channels/{channel_id}/integrations/get_orders",
        json={"settings": {"statuses": [11, 4, 14]}},
    )
    return await service.run(channel_id, "get_orders", params={"full": True})


async def asked(service: Service) -> list[str]:
    return [row["path"] for row in await service.store.requests()]


async def test_amounts_are_those_of_the_refunds(service: Service) -> None:
    channel_id = await service.connect()
    lines = [{"name": "Pen", "sku": "PEN", "price": "10.00", "quantity": 3}, {"name": "Ink"}]
    partly, whole, plain = [(await place(service, lines=lines))[0] for _ in range(3)]
    await refund(service, partly, 1)
    await refund(service, partly, 1)
    theirs = await refund(service, whole, 3, 1)
    run = await everything(service, channel_id)
    assert run["status"] == "succeeded", run
    found = await order(service, partly)
    assert found is not None
    pen, ink = found["line_items"]
    each = Decimal("32.48") / 3  # 10.00 with 8.25 % tax on the whole line
    assert abs(Decimal(pen["refund_amount"]) - 2 * each) <= Decimal("0.01")
    assert ink["refund_amount"] == "0.00"
    assert found["order"]["refunded_amount"] == pen["refund_amount"]
    assert (pen["quantity_refunded"], pen["effective_quantity"]) == (2, 1)
    found = await order(service, whole)
    assert found is not None
    assert Decimal(found["order"]["refunded_amount"]) == Decimal(
        str(theirs["refunds"][0]["total_amount"])
    )
    found = await order(service, plain)
    assert found is not None
    assert found["order"]["refunded_amount"] == "0.00"
    assert (await asked(service)).count(REFUNDS) == 1


async def test_orders_without_a_refund_cost_nothing_more(service: Service) -> None:
    channel_id = await service.connect()
    await place(service, count=30)
    await service.store.forget_requests()
    await everything(service, channel_id)
    assert await asked(service) == ["/v2/orders"]


class TestWithoutTheScope:
    """A store-level account that was not given the transactions."""

    @pytest.fixture
    def sandbox_settings(self) -> SandboxSettings:
        return SandboxSettings(products=20, orders=0, quota=100_000, scopes=WITHOUT_REFUNDS)

    async def test_amounts_are_not_known_and_the_import_goes_on(self, service: Service) -> None:
        channel_id = await service.connect()
        refunded, plain = await place(service, count=2)
        await refund(service, refunded, 1)
        run = await everything(service, channel_id)
        assert run["status"] == "succeeded", run
        found = await order(service, refunded)
        assert found is not None
        assert found["order"]["refunded_amount"] is None
        assert [line["refund_amount"] for line in found["line_items"]] == [None]
        assert found["state"] == "closed"
        items = await service.all(f"/v1/runs/{run['id']}/items")
        codes = {item["external_id"]: item["code"] for item in items}
        assert codes == {str(refunded): "refunds_unreadable", str(plain): None}
        paused = await service.api.get(f"/v1/channels/{channel_id}/integrations/get_orders")
        assert paused.json()["paused"] is False

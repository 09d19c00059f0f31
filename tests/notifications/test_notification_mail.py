"""Notifications by mail."""

from __future__ import annotations

from uuid import UUID

import httpx
import pytest
from pydantic import SecretStr

from app.core.queue import SilentQueue
from app.core.resources import Resources
from app.core.settings import Settings
from app.notifications.delivery import deliver
from app.notifications.events import tell_orders_held
from app.notifications.mail import read_server
from tests.notifications.conftest import Postbox, endpoint
from tests.shops import open_shop


@pytest.fixture
def settings(settings: Settings, postbox: Postbox) -> Settings:
    """Settings with a mail server."""
    server = SecretStr(f"smtp://127.0.0.1:{postbox.port}")
    return settings.model_copy(update={"smtp_url": server, "smtp_from": "quayside@example.com"})


async def send(resources: Resources, account_id: UUID) -> None:
    """Tell of held orders and do what the worker would."""
    shop = await open_shop(resources, account_id)
    async with resources.unit_of_work() as uow:
        await tell_orders_held(uow, account_id, shop.channel_id, 7)
    queue = resources.queue
    assert isinstance(queue, SilentQueue)
    for wake_up in queue.rung:
        if wake_up.job == "deliver_notification":
            await deliver(resources, UUID(wake_up.arguments["delivery_id"]))


async def test_a_mail_is_handed_in(
    api: httpx.AsyncClient, resources: Resources, account_id: UUID, postbox: Postbox
) -> None:
    made = await endpoint(api, kind="email", email="staff@example.com")
    assert made["secret"] is None
    await send(resources, account_id)
    (mail,) = postbox.mails
    assert "To: staff@example.com" in mail
    assert "From: quayside@example.com" in mail
    assert "7 since this was last read" in mail
    address = f"/v1/notification-endpoints/{made['id']}/deliveries"
    assert (await api.get(address)).json()["data"][0]["status"] == "delivered"


@pytest.mark.parametrize(("answer", "status"), [(550, "failed"), (451, "pending")])
async def test_a_refused_mail_is_given_up_only_when_it_is_hopeless(
    api: httpx.AsyncClient,
    resources: Resources,
    account_id: UUID,
    postbox: Postbox,
    answer: int,
    status: str,
) -> None:
    postbox.refuse = answer
    made = await endpoint(api, kind="email", email="staff@example.com")
    await send(resources, account_id)
    address = f"/v1/notification-endpoints/{made['id']}/deliveries"
    (delivery,) = (await api.get(address)).json()["data"]
    assert (delivery["status"], delivery["attempts"]) == (status, 1)


@pytest.mark.parametrize("address", ["", "nobody", "a@b@c.com", "a b@c.com", "x@y.z\nBcc: q@r.st"])
async def test_only_one_plain_address_is_taken(api: httpx.AsyncClient, address: str) -> None:
    answer = await api.post("/v1/notification-endpoints", json={"kind": "email", "email": address})
    assert answer.status_code == 422


def test_the_servers_address_is_read_with_its_usual_ports() -> None:
    plain = read_server("smtp://mail%40shop:p%3Aw@mail.example.com")
    assert (plain.host, plain.port, plain.tls) == ("mail.example.com", 587, False)
    assert (plain.user, plain.password) == ("mail@shop", "p:w")
    assert "p:w" not in repr(plain)
    safe = read_server("smtps://mail.example.com")
    assert (safe.port, safe.tls, safe.user) == (465, True, None)

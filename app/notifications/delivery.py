"""Carrying a notification to an endpoint, again and again with growing waits.

A delivery may arrive twice (a worker died after sending it), with the same `webhook-id`, by which
receivers recognise it. Nothing is read of an answer but its status.
"""

from __future__ import annotations

import asyncio
import json
import smtplib
from base64 import b64decode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import httpx
import structlog
from standardwebhooks import Webhook

from app.core.queue import WakeUp
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.notifications.addresses import Target, resolve
from app.notifications.errors import AddressNotAllowed
from app.notifications.kinds import DeliveryStatus, EndpointKind
from app.notifications.mail import MailRefused, compose, read_server, send_mail
from app.notifications.models import Notification, NotificationDelivery, NotificationEndpoint
from app.notifications.repository import claim_delivery, due_deliveries
from app.notifications.schemas import NotificationView, notification_view
from app.notifications.service import DELIVER_JOB

log = structlog.get_logger(__name__)

WAITS: Final = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 30, 120, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400)
)
AT_WORK: Final = timedelta(seconds=90)
ANSWER_SECONDS: Final = 15.0
NEGLECTED_AFTER: Final = timedelta(seconds=3)
AT_ONCE: Final = 100
GONE: Final = 410


@dataclass(frozen=True)
class _Letter:
    """Everything that is needed outside a transaction."""

    delivery_id: UUID
    attempts: int
    kind: EndpointKind
    target: str
    secret: str | None
    notification: NotificationView


@dataclass(frozen=True)
class _Result:
    arrived: bool
    answer: int | None = None
    problem: str | None = None
    hopeless: bool = False


async def deliver(res: Resources, delivery_id: UUID) -> None:
    """Try a delivery once, if it is due."""
    async with res.unit_of_work() as uow:
        letter = await _open(res, uow, delivery_id)
    if letter is None:
        return
    if letter.kind is EndpointKind.WEBHOOK:
        result = await _post(res, letter)
    else:
        result = await _mail(res, letter)
    async with res.unit_of_work() as uow:
        await _record(uow, letter, result)


async def _open(res: Resources, uow: UnitOfWork, delivery_id: UUID) -> _Letter | None:
    delivery = await claim_delivery(uow, delivery_id, uow.clock.now() + AT_WORK)
    if delivery is None:
        return None
    endpoint = await uow.session.get_one(NotificationEndpoint, delivery.endpoint_id)
    if not endpoint.enabled:
        delivery.status = DeliveryStatus.FAILED.value
        delivery.problem = "The endpoint is switched off."
        await uow.session.flush()
        return None
    notification = await uow.session.get_one(Notification, delivery.notification_id)
    secret = endpoint.sealed_secret
    return _Letter(
        delivery_id=delivery.id,
        attempts=delivery.attempts,
        kind=EndpointKind(endpoint.kind),
        target=res.keyring.decrypt(endpoint.sealed_target),
        secret=res.keyring.decrypt(secret) if secret else None,
        notification=notification_view(notification),
    )


async def _record(uow: UnitOfWork, letter: _Letter, result: _Result) -> None:
    row = await uow.session.get_one(NotificationDelivery, letter.delivery_id)
    now = uow.clock.now()
    row.answer, row.problem = result.answer, (result.problem or "")[:300] or None
    if result.arrived:
        row.status, row.delivered_at = DeliveryStatus.DELIVERED.value, now
    elif result.hopeless or letter.attempts > len(WAITS):
        row.status = DeliveryStatus.FAILED.value
        if result.answer == GONE:
            endpoint = await uow.session.get_one(NotificationEndpoint, row.endpoint_id)
            endpoint.enabled = False
            endpoint.disabled_reason = "The receiver answered 410: it wants no more."
    else:
        wait = WAITS[letter.attempts - 1]
        row.next_at = now + wait
        ring = WakeUp(DELIVER_JOB, {"delivery_id": str(row.id)}, delay=wait.total_seconds())
        uow.ring_after_commit(ring)
    log.info("notification_delivery", status=row.status, attempts=letter.attempts)


def signed_headers(secret: str, message_id: str, at: datetime, body: str) -> dict[str, str]:
    """Headers of Standard Webhooks for a body."""
    key = b64decode(secret.removeprefix("whsec_"))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(key).sign(message_id, at, body),
    }


async def _post(res: Resources, letter: _Letter) -> _Result:
    try:
        target = await resolve(letter.target, private=res.settings.notify_private_addresses)
    except AddressNotAllowed as error:
        return _Result(False, problem=error.detail, hopeless=True)
    except OSError:
        return _Result(False, problem="The name of the address is not found.")
    body = json.dumps(
        {
            "type": "notification.created",
            "timestamp": letter.notification.last_at.isoformat().replace("+00:00", "Z"),
            "data": letter.notification.model_dump(mode="json"),
        }
    )
    headers = signed_headers(
        letter.secret or "", f"msg_{letter.delivery_id}", res.clock.now(), body
    )
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            status = await _status_of(res.http, target, headers, body)
    except (httpx.HTTPError, TimeoutError) as error:
        return _Result(False, problem=f"No answer ({type(error).__name__}).")
    if 200 <= status < 300:
        return _Result(True, status)
    return _Result(False, status, f"The receiver answered {status}.", hopeless=status == GONE)


async def _status_of(
    http: httpx.AsyncClient, target: Target, headers: dict[str, str], body: str
) -> int:
    request = http.build_request(
        "POST",
        target.url,
        content=body,
        headers={
            **headers,
            "Host": target.host_header,
            "Content-Type": "application/json",
            "User-Agent": "Quayside/0.1",
        },
        # The certificate is to be that of the name, although the address is connected to.
        extensions={"sni_hostname": target.host},
    )
    request.headers.pop("Cookie", None)
    answer = await http.send(request, stream=True, follow_redirects=False)
    await answer.aclose()
    return answer.status_code


async def _mail(res: Resources, letter: _Letter) -> _Result:
    url = res.settings.smtp_url.get_secret_value()
    if not url:
        return _Result(False, problem="This installation has no mail server.", hopeless=True)
    server = read_server(url)
    sender = res.settings.smtp_from or server.user or f"quayside@{server.host}"
    mail = compose(letter.notification, sender, letter.target)
    try:
        await asyncio.to_thread(send_mail, server, mail)
    except MailRefused as error:
        return _Result(False, problem=str(error), hopeless=True)
    except (OSError, smtplib.SMTPException) as error:
        return _Result(False, problem=f"The mail server is away ({type(error).__name__}).")
    return _Result(True)


async def ring_for_undelivered(uow: UnitOfWork) -> int:
    """Ring for deliveries whose own ring was lost; returns for how many."""
    due = await due_deliveries(uow, uow.clock.now() - NEGLECTED_AFTER, AT_ONCE)
    for delivery_id in due:
        uow.ring_after_commit(WakeUp(DELIVER_JOB, {"delivery_id": str(delivery_id)}))
    return len(due)

"""`/v1/notifications` and `/v1/notification-endpoints`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from app.accounts.auth import Admin, Reader, Writer
from app.accounts.idempotency import IdempotentRoute
from app.core.deps import Res, Uow
from app.core.pagination import Page, PageRequest, paginate
from app.core.schemas import GivenId
from app.notifications import service
from app.notifications.kinds import NotificationKind
from app.notifications.models import NotificationDelivery
from app.notifications.repository import (
    deliveries_of,
    endpoints_of,
    get_endpoint,
    get_notification,
    notifications_of,
)
from app.notifications.schemas import (
    DeliveryView,
    EndpointPatch,
    EndpointRequest,
    EndpointView,
    NewEndpointView,
    NotificationView,
    ReadAnswer,
    endpoint_view,
    notification_view,
)

router = APIRouter(prefix="/v1", tags=["notifications"], route_class=IdempotentRoute)


@router.get("/notifications")
async def get_notifications(
    uow: Uow,
    caller: Reader,
    page: Annotated[PageRequest, Depends()],
    unread: bool | None = None,
    kind: NotificationKind | None = None,
    channel_id: GivenId | None = None,
) -> Page[NotificationView]:
    """List what happened, newest first."""
    query = notifications_of(caller.account_id, unread=unread, kind=kind, channel_id=channel_id)
    found = await paginate(uow.session, query, page)
    views = [notification_view(row) for row in found.rows]
    return Page(data=views, next_cursor=found.next_cursor)


@router.post("/notifications/read")
async def post_all_read(uow: Uow, caller: Writer) -> ReadAnswer:
    """Mark everything as read."""
    return ReadAnswer(read=await service.mark_all_read(uow, caller))


@router.get("/notifications/{notification_id}")
async def get_one_notification(
    notification_id: GivenId, uow: Uow, caller: Reader
) -> NotificationView:
    """Return one notification."""
    return notification_view(await get_notification(uow, caller.account_id, notification_id))


@router.post("/notifications/{notification_id}/read")
async def post_read(notification_id: GivenId, uow: Uow, caller: Writer) -> NotificationView:
    """Mark one as read."""
    return notification_view(await service.mark_read(uow, caller, notification_id))


@router.post("/notification-endpoints", status_code=201)
async def post_endpoint(
    body: EndpointRequest, uow: Uow, res: Res, caller: Admin
) -> NewEndpointView:
    """Add a webhook or a mail address; the webhook's secret is in this answer and nowhere else."""
    row, secret = await service.add_endpoint(uow, res.keyring, res.settings, caller, body)
    return NewEndpointView(**endpoint_view(res.keyring, row).model_dump(), secret=secret)


@router.get("/notification-endpoints")
async def get_endpoints(
    uow: Uow, res: Res, caller: Reader, page: Annotated[PageRequest, Depends()]
) -> Page[EndpointView]:
    """List where notifications are sent."""
    found = await paginate(uow.session, endpoints_of(caller.account_id), page)
    views = [endpoint_view(res.keyring, row) for row in found.rows]
    return Page(data=views, next_cursor=found.next_cursor)


@router.get("/notification-endpoints/{endpoint_id}")
async def get_one_endpoint(
    endpoint_id: GivenId, uow: Uow, res: Res, caller: Reader
) -> EndpointView:
    """Return one endpoint."""
    return endpoint_view(res.keyring, await get_endpoint(uow, caller.account_id, endpoint_id))


@router.patch("/notification-endpoints/{endpoint_id}")
async def patch_endpoint(
    endpoint_id: GivenId, body: EndpointPatch, uow: Uow, res: Res, caller: Admin
) -> EndpointView:
    """Switch an endpoint on or off, or choose its kinds anew."""
    row = await service.change_endpoint(uow, caller, endpoint_id, body)
    return endpoint_view(res.keyring, row)


@router.delete("/notification-endpoints/{endpoint_id}", status_code=204)
async def delete_endpoint(endpoint_id: GivenId, uow: Uow, caller: Admin) -> None:
    """Delete an endpoint."""
    await service.remove_endpoint(uow, caller, endpoint_id)


@router.post("/notification-endpoints/{endpoint_id}/test", status_code=202)
async def post_test(endpoint_id: GivenId, uow: Uow, caller: Admin) -> DeliveryView:
    """Send the endpoint a notification to try it."""
    delivery_id = await service.try_endpoint(uow, caller, endpoint_id)
    delivery = await uow.session.get_one(NotificationDelivery, delivery_id)
    await uow.session.refresh(delivery)
    return DeliveryView.model_validate(delivery)


@router.get("/notification-endpoints/{endpoint_id}/deliveries")
async def get_deliveries(
    endpoint_id: GivenId, uow: Uow, caller: Reader, page: Annotated[PageRequest, Depends()]
) -> Page[DeliveryView]:
    """List what was or is on its way to an endpoint, newest first."""
    endpoint = await get_endpoint(uow, caller.account_id, endpoint_id)
    found = await paginate(uow.session, deliveries_of(endpoint.id), page)
    views = [DeliveryView.model_validate(row) for row in found.rows]
    return Page(data=views, next_cursor=found.next_cursor)

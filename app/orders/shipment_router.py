"""`/v1/orders/{id}/shipments` and `/v1/shipments`."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request

from app.accounts.auth import Reader, Writer
from app.accounts.idempotency import IdempotentRoute
from app.channels.repository import get_channel
from app.core.deps import Res, Uow
from app.core.pagination import Page, PageRequest, paginate
from app.core.schemas import GivenId
from app.orders import shipments
from app.orders.ports import ShipmentNeeds
from app.orders.repository import get_order
from app.orders.shipment_kinds import SyncStatus
from app.orders.shipment_repository import get_shipment, shipments_of
from app.orders.shipment_schemas import ShipmentRequest, ShipmentView

router = APIRouter(prefix="/v1", tags=["shipments"], route_class=IdempotentRoute)


def _shipment_needs(request: Request) -> ShipmentNeeds:
    needs: ShipmentNeeds = request.app.state.shipment_needs
    return needs


Needs = Annotated[ShipmentNeeds, Depends(_shipment_needs)]


@router.post("/orders/{order_id}/shipments", status_code=201)
async def post_shipment(
    order_id: GivenId, body: ShipmentRequest, uow: Uow, res: Res, caller: Writer, needs: Needs
) -> ShipmentView:
    """Take a shipment of an order and send it to the store."""
    shipment = await shipments.create_shipment(uow, res.keyring, caller, order_id, body, needs)
    return (await shipments.view_shipments(uow, res.keyring, [shipment]))[0]


@router.get("/shipments")
async def get_shipments(
    uow: Uow,
    res: Res,
    caller: Reader,
    page: Annotated[PageRequest, Depends()],
    sync_status: Literal["pending", "synced", "failed"] | None = None,
    order_id: GivenId | None = None,
    channel_id: GivenId | None = None,
) -> Page[ShipmentView]:
    """List shipments, whole, oldest first."""
    if order_id is not None:
        await get_order(uow, caller.account_id, order_id)
    if channel_id is not None:
        await get_channel(uow, caller.account_id, channel_id)
    query = shipments_of(
        caller.account_id,
        sync_status=SyncStatus(sync_status) if sync_status else None,
        order_id=order_id,
        channel_id=channel_id,
    )
    found = await paginate(uow.session, query, page)
    views = await shipments.view_shipments(uow, res.keyring, found.rows)
    return Page(data=views, next_cursor=found.next_cursor)


@router.get("/shipments/{shipment_id}")
async def get_one_shipment(
    shipment_id: GivenId, uow: Uow, res: Res, caller: Reader
) -> ShipmentView:
    """Return one shipment."""
    shipment = await get_shipment(uow, caller.account_id, shipment_id)
    return (await shipments.view_shipments(uow, res.keyring, [shipment]))[0]


@router.post("/shipments/{shipment_id}/retry")
async def post_retry(shipment_id: GivenId, uow: Uow, res: Res, caller: Writer) -> ShipmentView:
    """Try a failed shipment again."""
    shipment = await shipments.retry_shipment(uow, caller, shipment_id)
    return (await shipments.view_shipments(uow, res.keyring, [shipment]))[0]


@router.delete("/shipments/{shipment_id}", status_code=204)
async def delete_shipment(shipment_id: GivenId, uow: Uow, caller: Writer) -> None:
    """Withdraw a shipment that the store has not been sent."""
    await shipments.withdraw_shipment(uow, caller, shipment_id)

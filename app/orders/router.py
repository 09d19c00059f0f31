"""`/v1/orders`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from app.accounts.auth import Reader, Writer
from app.accounts.idempotency import IdempotentRoute
from app.channels.repository import get_channel
from app.core.deps import Res, Uow
from app.core.errors import ValidationFailed
from app.core.pagination import Page, PageRequest, paginate
from app.core.schemas import GivenId, Timestamp
from app.orders import service
from app.orders.kinds import OrderState
from app.orders.repository import get_order, orders_of
from app.orders.schemas import HoldRequest, OrderView

router = APIRouter(prefix="/v1/orders", tags=["orders"], route_class=IdempotentRoute)

MAX_STATUS_ID = 2_147_483_647


def _status(
    status: Annotated[
        str | None,
        Query(max_length=20, description="A state (`open`, `on_hold`, …) or the store's status id"),
    ] = None,
) -> OrderState | int | None:
    if status is None:
        return None
    if status in set(OrderState):
        return OrderState(status)
    if status.isascii() and status.isdigit() and int(status) <= MAX_STATUS_ID:
        return int(status)
    raise ValidationFailed.of(
        "status",
        "unknown_status",
        f"Use one of {', '.join(OrderState)}, or the store's numeric status id.",
    )


@router.get("")
async def get_orders(
    uow: Uow,
    res: Res,
    caller: Reader,
    page: Annotated[PageRequest, Depends()],
    status: Annotated[OrderState | int | None, Depends(_status)],
    channel_id: GivenId | None = None,
    external_id: Annotated[str | None, Query(max_length=64)] = None,
    tag: Annotated[str | None, Query(min_length=1, max_length=100)] = None,
    updated_since: Timestamp | None = None,
) -> Page[OrderView]:
    """List orders, whole, oldest first."""
    if channel_id is not None:
        await get_channel(uow, caller.account_id, channel_id)
    query = orders_of(
        caller.account_id,
        channel_id=channel_id,
        state=status.value if isinstance(status, OrderState) else None,
        status_id=status if isinstance(status, int) else None,
        external_id=external_id,
        tag=tag,
        updated_since=updated_since,
    )
    found = await paginate(uow.session, query, page)
    views = await service.view_orders(uow, res.keyring, found.rows)
    return Page(data=views, next_cursor=found.next_cursor)


@router.get("/{order_id}")
async def get_one_order(order_id: GivenId, uow: Uow, res: Res, caller: Reader) -> OrderView:
    """Return one order."""
    order = await get_order(uow, caller.account_id, order_id)
    return (await service.view_orders(uow, res.keyring, [order]))[0]


@router.post("/{order_id}/acknowledge")
async def post_acknowledge(order_id: GivenId, uow: Uow, res: Res, caller: Writer) -> OrderView:
    """Note that the order was taken over."""
    order = await service.acknowledge_order(uow, caller, order_id)
    return (await service.view_orders(uow, res.keyring, [order]))[0]


@router.post("/{order_id}/hold")
async def post_hold(
    order_id: GivenId, uow: Uow, res: Res, caller: Writer, body: HoldRequest | None = None
) -> OrderView:
    """Hold an open order."""
    reason = body.reason if body is not None else None
    order = await service.hold_order(uow, caller, order_id, reason)
    return (await service.view_orders(uow, res.keyring, [order]))[0]


@router.post("/{order_id}/release")
async def post_release(order_id: GivenId, uow: Uow, res: Res, caller: Writer) -> OrderView:
    """Release a held order, or take back what a rule cancelled here."""
    order = await service.release_order(uow, caller, order_id)
    return (await service.view_orders(uow, res.keyring, [order]))[0]

"""`/v1/connections`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from app.accounts.auth import Reader, Writer
from app.accounts.idempotency import IdempotentRoute, detached
from app.connections import service, subscriptions, views
from app.connections.checks import run_checks
from app.connections.repository import connections_of, get_connection
from app.connections.schemas import (
    ConnectionRequest,
    ConnectionView,
    PendingConnectionView,
    RepairView,
    TestView,
    TokenConnectionRequest,
    WebhooksView,
)
from app.core.deps import Res, Uow
from app.core.pagination import Page, PageRequest, paginate
from app.core.schemas import GivenId

router = APIRouter(prefix="/v1/connections", tags=["connections"], route_class=IdempotentRoute)


@router.post("", status_code=201)
@detached
async def post_connection(
    body: ConnectionRequest, res: Res, caller: Writer
) -> PendingConnectionView | ConnectionView:
    """Connect a channel with a store, by access token or by installing the app."""
    if isinstance(body, TokenConnectionRequest):
        return views.connection_view(await service.connect_with_token(res, caller, body))
    return views.pending_view(await service.begin_install(res, caller, body))


@router.get("")
async def get_connections(
    uow: Uow, caller: Reader, page: Annotated[PageRequest, Depends()]
) -> Page[ConnectionView]:
    """List connections, oldest first."""
    found = await paginate(uow.session, connections_of(caller.account_id), page)
    return Page(
        data=[views.connection_view(row) for row in found.rows], next_cursor=found.next_cursor
    )


@router.get("/{connection_id}")
async def get_one_connection(connection_id: GivenId, uow: Uow, caller: Reader) -> ConnectionView:
    """Return one connection."""
    return views.connection_view(await get_connection(uow, caller.account_id, connection_id))


@router.delete("/{connection_id}", status_code=204)
async def delete_connection(connection_id: GivenId, res: Res, caller: Writer) -> None:
    """Disconnect: our webhooks are taken off the store and its secrets forgotten."""
    await service.disconnect(res, caller, connection_id)


@router.post("/{connection_id}/test")
@detached
async def post_test(connection_id: GivenId, res: Res, caller: Writer) -> TestView:
    """Try what the connection is needed for, with one real call each."""
    async with res.unit_of_work() as uow:
        connection = await get_connection(uow, caller.account_id, connection_id)
    return await run_checks(res, connection)


@router.get("/{connection_id}/webhooks")
async def get_webhooks(connection_id: GivenId, res: Res, caller: Reader) -> WebhooksView:
    """Compare the store's webhooks with those the connection needs."""
    async with res.unit_of_work() as uow:
        connection = await get_connection(uow, caller.account_id, connection_id)
    with views.store_errors():
        return views.webhooks_view(await subscriptions.inspect(res, connection))


@router.post("/{connection_id}/webhooks/repair")
@detached
async def post_webhooks_repair(connection_id: GivenId, res: Res, caller: Writer) -> RepairView:
    """Set right what is wrong with the store's webhooks."""
    async with res.unit_of_work() as uow:
        connection = await get_connection(uow, caller.account_id, connection_id)
    with views.store_errors():
        return views.repair_view(await subscriptions.repair(res, connection))

"""Queries of orders."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, Table, bindparam, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from app.channels.models import Channel
from app.core.errors import NotFound
from app.core.uow import UnitOfWork
from app.orders.models import Order, OrderAddress, OrderLine

ORDERS: Final[Table] = Order.metadata.tables["orders"]
LINES: Final[Table] = Order.metadata.tables["order_lines"]
ADDRESSES: Final[Table] = Order.metadata.tables["order_addresses"]

Stored = Mapping[str, Any]


async def lock_channel_orders(uow: UnitOfWork, channel_id: UUID) -> None:
    """Wait until no other transaction saves orders of the channel; held until the commit.

    Webhooks and polling meet at the same orders; one at a time neither doubles an order nor
    makes two transactions wait for each other in a circle.
    """
    await uow.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"),
        {"name": f"orders:{channel_id}"},
    )


async def stored_orders(
    uow: UnitOfWork, channel_id: UUID, external_ids: Sequence[int], *, lock: bool
) -> dict[int, Stored]:
    """Return the rows of store orders, by external id."""
    query = (
        select(ORDERS)
        .where(ORDERS.c.channel_id == channel_id, ORDERS.c.external_number.in_(external_ids))
        .order_by(ORDERS.c.external_number)
    )
    rows = (await uow.session.execute(query.with_for_update() if lock else query)).mappings()
    return {row["external_number"]: dict(row) for row in rows}


async def stored_children(
    uow: UnitOfWork, table: Table, order_ids: Sequence[UUID]
) -> dict[UUID, dict[int, Stored]]:
    """Return lines or addresses of orders, by order and external id."""
    found: dict[UUID, dict[int, Stored]] = {}
    if order_ids:
        rows = await uow.session.execute(select(table).where(table.c.order_id.in_(order_ids)))
        for row in rows.mappings():
            found.setdefault(row["order_id"], {})[row["external_id"]] = dict(row)
    return found


async def upsert_orders(uow: UnitOfWork, rows: list[dict[str, Any]]) -> None:
    """Write whole rows, keyed by channel and external id."""
    await _upsert(uow, ORDERS, rows, key=("channel_id", "external_id"))


async def upsert_children(uow: UnitOfWork, table: Table, rows: list[dict[str, Any]]) -> None:
    """Write whole lines or addresses, keyed by order and external id."""
    await _upsert(uow, table, rows, key=("order_id", "external_id"))


async def _upsert(
    uow: UnitOfWork, table: Table, rows: list[dict[str, Any]], key: tuple[str, str]
) -> None:
    if not rows:
        return
    statement = insert(table)
    fixed = {*key, "id", "account_id"}
    await uow.session.execute(
        statement.on_conflict_do_update(
            index_elements=list(key),
            set_={name: statement.excluded[name] for name in rows[0] if name not in fixed},
        ),
        rows,
    )


async def touch_orders(uow: UnitOfWork, seen: Sequence[tuple[UUID, datetime]]) -> None:
    """Note a newer time of modification of orders that are otherwise the same."""
    if seen:
        await uow.session.execute(
            update(ORDERS)
            .where(ORDERS.c.id == bindparam("of"))
            .values(store_modified_at=bindparam("modified_at")),
            [{"of": order_id, "modified_at": modified_at} for order_id, modified_at in seen],
        )


async def delete_rows(uow: UnitOfWork, table: Table, ids: Sequence[UUID]) -> None:
    """Delete lines or addresses that the store no longer has."""
    if ids:
        await uow.session.execute(delete(table).where(table.c.id.in_(ids)))


async def known(uow: UnitOfWork, channel_id: UUID, external_ids: Collection[int]) -> set[int]:
    """Return which of the store's orders are stored."""
    if not external_ids:
        return set()
    rows = await uow.session.scalars(
        select(ORDERS.c.external_number).where(
            ORDERS.c.channel_id == channel_id,
            ORDERS.c.external_number.in_(sorted(set(external_ids))),
        )
    )
    return set(rows)


async def modified_times(
    uow: UnitOfWork, channel_id: UUID, external_ids: Collection[int]
) -> dict[int, datetime | None]:
    """Return when the store last modified each of its orders that is stored, as far as we know."""
    if not external_ids:
        return {}
    rows = await uow.session.execute(
        select(ORDERS.c.external_number, ORDERS.c.store_modified_at).where(
            ORDERS.c.channel_id == channel_id,
            ORDERS.c.external_number.in_(sorted(set(external_ids))),
        )
    )
    return {row.external_number: row.store_modified_at for row in rows}


def orders_of(
    account_id: UUID,
    *,
    channel_id: UUID | None = None,
    state: str | None = None,
    status_id: int | None = None,
    external_id: str | None = None,
    tag: str | None = None,
    updated_since: datetime | None = None,
) -> Select[Order]:
    """Select an account's orders, oldest first; `updated_since` is about our rows."""
    alive = select(Channel.id).where(Channel.account_id == account_id, Channel.deleted_at.is_(None))
    query = select(Order).where(Order.account_id == account_id, Order.channel_id.in_(alive))
    if channel_id is not None:
        query = query.where(Order.channel_id == channel_id)
    if state is not None:
        query = query.where(Order.state == state)
    if status_id is not None:
        query = query.where(Order.status_id == status_id)
    if external_id is not None:
        query = query.where(Order.external_id == external_id)
    if tag is not None:
        query = query.where(Order.tags.contains([tag]))
    if updated_since is not None:
        query = query.where(Order.updated_at >= updated_since)
    return query.order_by(Order.id)


async def get_order(
    uow: UnitOfWork, account_id: UUID, order_id: UUID, *, lock: bool = False
) -> Order:
    """Return an order of the account; raises `NotFound`."""
    query = orders_of(account_id).where(Order.id == order_id)
    found = await uow.session.scalar(query.with_for_update(of=Order) if lock else query)
    if found is None:
        raise NotFound("There is no order with that id.")
    return found


async def lines_of(uow: UnitOfWork, order_ids: Sequence[UUID]) -> dict[UUID, list[OrderLine]]:
    """Return the lines of orders, in the store's order, with one query."""
    found: dict[UUID, list[OrderLine]] = {order_id: [] for order_id in order_ids}
    if order_ids:
        rows = await uow.session.scalars(
            select(OrderLine)
            .where(OrderLine.order_id.in_(order_ids))
            .order_by(OrderLine.order_id, OrderLine.position, OrderLine.external_id)
        )
        for row in rows:
            found[row.order_id].append(row)
    return found


async def addresses_of(
    uow: UnitOfWork, order_ids: Sequence[UUID]
) -> dict[UUID, list[OrderAddress]]:
    """Return the shipping addresses of orders, in the store's order, with one query."""
    found: dict[UUID, list[OrderAddress]] = {order_id: [] for order_id in order_ids}
    if order_ids:
        rows = await uow.session.scalars(
            select(OrderAddress)
            .where(OrderAddress.order_id.in_(order_ids))
            .order_by(OrderAddress.order_id, OrderAddress.position, OrderAddress.external_id)
        )
        for row in rows:
            found[row.order_id].append(row)
    return found


async def skus_ordered_since(
    uow: UnitOfWork, channel_id: UUID, skus: Collection[str], since: datetime
) -> set[str]:
    """Return which of these SKUs, in lower case, orders of a channel name since a moment."""
    if not skus:
        return set()
    rows = await uow.session.scalars(
        select(func.lower(OrderLine.sku))
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            Order.channel_id == channel_id,
            Order.store_created_at >= since,
            func.lower(OrderLine.sku).in_(sorted(skus)),
        )
        .distinct()
    )
    return {sku for sku in rows if sku}

"""Orders of the store by id and what is kept of them, for runs and webhooks alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from app.bigcommerce.client import Param, StoreClient
from app.bigcommerce.errors import NotFound
from app.bigcommerce.models.orders import Order
from app.bigcommerce.pages import Cursor
from app.bigcommerce.resources import orders
from app.channels.settings import GetOrdersSettings
from app.connections.state_lists import state_lists
from app.integrations.context import StoreContext
from app.integrations.ordering.order_mapping import (
    ARCHIVED,
    MappedOrders,
    map_orders,
    not_kept,
)
from app.integrations.ordering.order_records import countries_in
from app.integrations.ordering.order_refunds import with_refunds
from app.integrations.ordering.order_rules import order_rules
from app.integrations.ordering.states import StateCodes
from app.integrations.ordering.whole_orders import complete
from app.orders.repository import known

IDS_AT_ONCE = 250
DENSE = 2
"""From so many wanted orders within a span of `IDS_AT_ONCE` ids on, a list is cheaper."""


def clusters(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Split sorted ids so that each part lies within one list request, or is a single order."""
    start = 0
    while start < len(ids):
        end = start
        while end < len(ids) and ids[end] - ids[start] < IDS_AT_ONCE:
            end += 1
        if end - start < DENSE:
            end = start + 1
        yield ids[start:end]
        start = end


async def by_ids(client: StoreClient, ids: Sequence[int]) -> list[Order]:
    """Read the orders of a cluster; unknown ids are absent from the result.

    That a list leaves an order out does not mean that there is none: lists of some stores may
    pass over archived ones (FACTS quirk 40). Each that is missing is asked for by its own id.
    """
    if len(ids) == 1:
        return await _single(client, ids[0])
    filters: dict[str, Param] = {"max_id": ids[-1]}
    missing = set(ids)
    found: list[Order] = []
    async for page in orders.pages(client, Cursor(after=ids[0] - 1), filters=filters):
        found.extend(order for order in page.items if order.id in missing)
        missing -= {order.id for order in page.items}
    for order_id in sorted(missing):
        found += await _single(client, order_id)
    return found


async def _single(client: StoreClient, order_id: int) -> list[Order]:
    try:
        return [await orders.one(client, order_id)]
    except NotFound:
        return []


async def keep_and_map(
    context: StoreContext, channel_id: UUID, found: Sequence[Order]
) -> MappedOrders:
    """Choose orders of a wanted status or that are ours already, complete their lines, map them.

    An archived order is no work to be done, so it is taken only when it is ours (FACTS quirk 40).
    """
    settings = context.settings
    assert isinstance(settings, GetOrdersSettings)  # noqa: S101 - of this integration
    async with context.res.unit_of_work() as uow:
        ours = await known(uow, channel_id, [order.id for order in found])
        rules = await order_rules(uow, channel_id)
        countries = countries_in(found)
        lists = await state_lists(uow, countries)
    wanted = set(settings.statuses)
    kept = [order for order in found if order.status_id in wanted or order.id in ours]
    archived = [order for order in kept if order.is_deleted and order.id not in ours]
    passed_over = {order.id for order in archived}
    whole = [await complete(context.client, order) for order in kept if order.id not in passed_over]
    refunded = await with_refunds(context.client, whole)
    mapped = map_orders(context, refunded, rules, ours, StateCodes(lists))
    mapped.unlisted = countries - lists.keys()
    mapped.rejected += [not_kept(order, *ARCHIVED) for order in archived]
    return mapped

"""Recent sales: what rules may subtract besides reserved units, and never twice."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event

from app.channels.settings import SyncListingsSettings
from app.core.clock import SettableClock
from app.core.resources import Resources
from app.integrations.syncing.sold import Sold, sold_units
from app.orders.models import Order, OrderLine
from app.products.models import StockLevel
from tests.shops import Shop, open_shop

PERIODS = (1, 60, 1440)
SKUS = [f"sku-{number}" for number in range(8)]
TWO_SECONDS = timedelta(seconds=2)
EARLIER = timedelta(hours=9)


@dataclass
class Sale:
    """A line of an order, as the model below sees it."""

    sku: str
    quantity: int
    refunded: int
    shipped: int
    cancelled: bool
    placed_at: datetime | None
    read_at: datetime
    acknowledged_at: datetime | None
    settled_at: datetime | None


@pytest.fixture
async def shop(resources: Resources, account_id: UUID) -> Shop:
    return await open_shop(resources, account_id)


async def write_sales(resources: Resources, shop: Shop, sales: list[Sale]) -> None:
    async with resources.unit_of_work() as uow:
        for number, sale in enumerate(sales, 1):
            order = Order(
                account_id=shop.account_id,
                channel_id=shop.channel_id,
                external_id=str(number),
                external_number=number,
                status_id=5 if sale.cancelled else 11,
                state="cancelled" if sale.cancelled else "open",
                import_state="open",
                store_created_at=sale.placed_at,
                created_at=sale.read_at,
                updated_at=sale.read_at,
                acknowledged="yes" if sale.acknowledged_at else "no",
                acknowledged_at=sale.acknowledged_at,
            )
            uow.session.add(order)
            await uow.session.flush()
            uow.session.add(
                OrderLine(
                    order_id=order.id,
                    external_id=number,
                    position=0,
                    sku=f" {sale.sku.upper()} ",
                    type="physical",
                    quantity=sale.quantity,
                    quantity_refunded=sale.refunded,
                    quantity_shipped=sale.shipped,
                    settled_at=sale.settled_at,
                )
            )


async def write_stock(
    resources: Resources, shop: Shop, counted: dict[str, datetime], imported: set[str]
) -> None:
    """Two warehouses for each SKU, one told much earlier; the latter may be an import's number."""
    async with resources.unit_of_work() as uow:
        for sku, at in counted.items():
            for warehouse, earlier in (("east", EARLIER), ("west", timedelta(0))):
                by_import = sku in imported and warehouse == "east"
                uow.session.add(
                    StockLevel(
                        account_id=shop.account_id,
                        sku_key=sku,
                        warehouse=warehouse,
                        quantity=50,
                        updated_at=at - earlier,
                        origin_channel_id=shop.channel_id if by_import else None,
                    )
                )


async def sold(
    resources: Resources, shop: Shop, periods: tuple[int, ...] = PERIODS, **settings: Any
) -> Sold:
    async with resources.unit_of_work() as uow:
        checked = SyncListingsSettings.model_validate(settings)
        return await sold_units(uow, shop.account_id, checked, periods)


@pytest.mark.parametrize("seed", range(6))
async def test_a_unit_is_reserved_or_recent_or_neither(
    resources: Resources, shop: Shop, clock: SettableClock, seed: int
) -> None:
    chance = random.Random(seed)
    now = clock.at
    ago = [timedelta(seconds=s) for s in (5, 50, 70, 1800, 3590, 3610, 80_000, 90_000)]

    def moment() -> datetime:
        return now - chance.choice(ago) - timedelta(seconds=chance.randrange(4))

    counted = {sku: moment() for sku in SKUS[1:]}
    imported = set(SKUS[:4])
    sales = []
    for _ in range(80):
        read_at = moment()
        quantity = chance.randint(1, 9)
        refunded = chance.choice([0, 0, 1, quantity])
        shipped = chance.choice([0, 0, 1, quantity])
        cancelled = chance.random() < 0.2
        over = cancelled or refunded or shipped
        sales.append(
            Sale(
                chance.choice(SKUS),
                quantity,
                refunded,
                shipped,
                cancelled,
                chance.choice([None, read_at - timedelta(seconds=30), moment()]),
                read_at,
                chance.choice([None, moment()]),
                moment() if over else None,
            )
        )
    await write_sales(resources, shop, sales)
    await write_stock(resources, shop, counted, imported)
    refunds, cancellations = chance.random() < 0.5, chance.random() < 0.5
    found = await sold(
        resources,
        shop,
        adjust_stock_on_refund=refunds,
        adjust_stock_on_cancellation=cancellations,
    )

    reserved: Counter[str] = Counter()
    recent: dict[int, Counter[str]] = {minutes: Counter() for minutes in PERIODS}
    for sale in sales:
        if sale.sku not in counted:
            continue
        newest, oldest = counted[sale.sku], counted[sale.sku] - EARLIER
        left = max(sale.quantity - sale.refunded - sale.shipped, 0)
        owed = 0 if sale.cancelled else left
        freed = sale.refunded if refunds else 0
        freed += left if sale.cancelled and cancellations else 0
        rest = max(sale.quantity - owed - freed, 0)
        by_import = (
            sale.sku in imported
            and sale.placed_at is not None
            and sale.placed_at <= oldest - TWO_SECONDS
        )
        known = [at for at in (sale.acknowledged_at, sale.settled_at) if at is not None]
        owed_in = by_import or bool(sale.acknowledged_at and sale.acknowledged_at <= oldest)
        rest_in = by_import or bool(known and min(known) <= newest)
        reserved[sale.sku] += (0 if owed_in else owed) + (0 if rest_in else rest)
        placed = min(sale.placed_at or sale.read_at, sale.read_at)
        for minutes in PERIODS:
            if placed > now - timedelta(minutes=minutes):
                recent[minutes][sale.sku] += (owed if owed_in else 0) + (rest if rest_in else 0)
    assert found.reserved == {sku: units for sku, units in reserved.items() if units}
    assert found.recent == {minutes: +units for minutes, units in recent.items()}
    assert any(found.recent[1440].values())
    assert Sold.from_json({"rules": [], **found.to_json()}) == found


@contextmanager
def statements(resources: Resources) -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    seen: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        seen.append(statement)

    event.listen(resources.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(resources.engine.sync_engine, "before_cursor_execute", note)


async def test_nobody_who_does_not_ask_pays(resources: Resources, shop: Shop) -> None:
    with statements(resources) as none:
        assert (await sold(resources, shop, ())).recent == {}
    with statements(resources) as several:
        assert set((await sold(resources, shop, (5, 60, 300))).recent) == {5, 60, 300}
    assert sum("order_lines" in one for one in none) == 1
    assert sum("order_lines" in one for one in several) == 2

"""Get Orders: the store's orders become ours.

The first run reads orders created within the set number of days; later ones read by date of
modification with an overlap, so that edits, refunds and cancellations arrive. When the statuses or
the days are no longer those of the last run, the whole window is read once more. All statuses are
read at once, because the API filters by one only (FACTS 4.1): an order is kept when its status is
wanted, or when it is ours already. Pages are walked by id within a fixed window, so orders that
change meanwhile shift nothing. Lines come with the list; an order whose lines were cut or do not
add up costs one request more (FACTS 4.6).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from app.bigcommerce.client import Param
from app.bigcommerce.models.orders import Order
from app.bigcommerce.pacing import Lane
from app.bigcommerce.pages import Cursor
from app.bigcommerce.resources import orders
from app.channels.kinds import IntegrationType
from app.channels.settings import GetOrdersSettings
from app.core.uow import UnitOfWork
from app.integrations.context import PageResult, PageWork, RunContext
from app.integrations.ordering.order_fetching import by_ids, clusters, keep_and_map
from app.integrations.ordering.order_mapping import MappedOrders
from app.integrations.ordering.order_saving import save_mapped
from app.orders.drafts import SavedOrder
from app.runs.kinds import Entity, LogLevel, Outcome, RunMode
from app.runs.recording import ItemOutcome, LogLine, PageRecord

OVERLAP = timedelta(minutes=10)


class OrdersCursor(msgspec.Struct, frozen=True):
    """Which window is read and how far; `ids` are those a restricted run still has to read."""

    window: dict[str, str] = msgspec.field(default_factory=dict)
    began_at: str = ""
    walk: Cursor | None = None
    restricted: bool = False
    ids: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The cursor as JSON values."""
        document: dict[str, Any] = msgspec.to_builtins(self)
        return document


class GetOrders:
    """The integration."""

    kind = IntegrationType.GET_ORDERS
    lane: Lane = "orders"

    async def pages(
        self, context: RunContext, cursor: dict[str, Any]
    ) -> AsyncGenerator[PageWork, None]:
        """Read on from a cursor."""
        at = msgspec.convert(cursor, OrdersCursor) if cursor else _begin(context)
        if at.restricted:
            for ids in clusters(at.ids):
                found = await by_ids(context.client, ids)
                at = msgspec.structs.replace(at, ids=at.ids[len(ids) :])
                absent = sorted(set(ids) - {order.id for order in found})
                yield await _page(context, at, found, finished=not at.ids, absent=absent)
            return
        filters: dict[str, Param] = dict(at.window)
        size = context.run.page_size
        async for page in orders.pages(context.client, at.walk, filters=filters, size=size):
            at = msgspec.structs.replace(at, walk=page.cursor)
            yield await _page(context, at, page.items, finished=page.last)


def _begin(context: RunContext) -> OrdersCursor:
    settings = _settings(context)
    now = context.res.clock.now()
    if context.run.only is not None:
        return OrdersCursor(restricted=True, ids=tuple(sorted(set(context.run.only))))
    earlier = context.integration_cursor.get("modified_from")
    changed = context.integration_cursor.get("chosen") != _chosen(settings)
    if earlier and not changed and not context.run.params.get("full"):
        since = datetime.fromisoformat(earlier) - OVERLAP
        window = {"min_date_modified": _iso(since)}
    else:
        since = now - timedelta(days=settings.created_within_days)
        window = {"min_date_created": _iso(since)}
    return OrdersCursor(window=window, began_at=now.isoformat())


def _chosen(settings: GetOrdersSettings) -> dict[str, Any]:
    """What decides which orders a run reads, as the integration's cursor keeps it."""
    return {"statuses": sorted(settings.statuses), "days": settings.created_within_days}


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def _settings(context: RunContext) -> GetOrdersSettings:
    settings = context.settings
    assert isinstance(settings, GetOrdersSettings)  # noqa: S101 - of this integration
    return settings


async def _page(
    context: RunContext,
    at: OrdersCursor,
    found: Sequence[Order],
    *,
    finished: bool,
    absent: Sequence[int] = (),
) -> OrdersPage:
    """A page of orders, chosen, completed and mapped."""
    return OrdersPage(
        context=context,
        at=at,
        mapped=await keep_and_map(context, context.run.channel_id, found),
        read=len(found),
        finished=finished,
        absent=absent,
    )


@dataclass(frozen=True)
class OrdersPage:
    """Orders of a page, mapped and ready to be saved."""

    context: RunContext
    at: OrdersCursor
    mapped: MappedOrders
    read: int
    finished: bool
    absent: Sequence[int] = ()

    async def save(self, uow: UnitOfWork) -> PageResult:
        """Save the orders and the record of the page."""
        run = self.context.run
        saved = await save_mapped(
            uow,
            self.context.res.keyring,
            account_id=run.account_id,
            channel_id=run.channel_id,
            mapped=self.mapped,
        )
        items = [
            *self.mapped.rejected,
            *map(self._item, saved),
            *(
                ItemOutcome(
                    Entity.ORDER,
                    str(external_id),
                    Outcome.SKIPPED,
                    code="not_in_store",
                    message="The store does not know this order.",
                )
                for external_id in self.absent
            ),
        ]
        record = PageRecord(
            cursor=self.at.to_json(), items=items, done=self.read, log=self._log(items)
        )
        kept = None
        if self.finished and not self.at.restricted:
            kept = {
                "modified_from": self._compared_until(),
                "chosen": _chosen(_settings(self.context)),
            }
        return PageResult(record, self.finished, kept)

    def _compared_until(self) -> str:
        """Up to when changes have been read.

        A walk by creation does not see older orders of ours that were modified: the next run
        reads by modification from where the last one of its kind has come to.
        """
        if "min_date_modified" in self.at.window:
            return self.at.began_at
        earlier: str = self.context.integration_cursor.get("modified_from", self.at.began_at)
        return earlier

    def _item(self, saved: SavedOrder) -> ItemOutcome:
        remark = self.mapped.remarks.get(saved.external_id)
        return ItemOutcome(
            Entity.ORDER,
            str(saved.external_id),
            Outcome(saved.outcome),
            code=remark.code if remark else None,
            message=remark.message if remark else None,
            field=remark.field if remark else None,
            reference=str(saved.order_id),
            changes=self._changes(saved),
        )

    def _changes(self, saved: SavedOrder) -> list[dict[str, Any]] | None:
        """What a dry run predicts; of personal values only that they would change."""
        if self.context.run.mode is not RunMode.DRY_RUN:
            return None
        return [
            {"field": change.field, "from": change.before, "to": change.after}
            for change in saved.changes
        ]

    def _log(self, items: Sequence[ItemOutcome]) -> list[LogLine]:
        lines = [
            LogLine(
                f"Order {item.external_id}: {item.message or item.code}",
                LogLevel.ERROR if item.outcome is Outcome.FAILED else LogLevel.WARNING,
                item.code,
            )
            for item in items
            if item.code is not None and item.outcome is not Outcome.UNCHANGED
        ]
        if self.read:
            kept = len(self.mapped.drafts)
            lines.append(LogLine(f"{self.read} orders read, {kept} kept."))
        return lines

"""Saving pages of Get Orders: no order twice, no newer state overwritten by an older one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app.core.crypto import KeyRing
from app.core.uow import UnitOfWork
from app.notifications.events import tell_orders_held, tell_rule_alert
from app.orders.drafts import OrderDraft, SavedOrder
from app.orders.kinds import OrderState
from app.orders.merging import merge
from app.orders.repository import (
    ADDRESSES,
    LINES,
    delete_rows,
    lock_channel_orders,
    stored_children,
    stored_orders,
    touch_orders,
    upsert_children,
    upsert_orders,
)
from app.orders.rows import Merged, Row, Stored, StoredOrder


@dataclass
class _Plan:
    orders: list[Row] = field(default_factory=list)
    merged: list[Merged] = field(default_factory=list)
    seen: list[tuple[UUID, datetime]] = field(default_factory=list)
    alerts: dict[str, list[UUID]] = field(default_factory=dict)
    """Orders by what rules want told about them and nobody was told yet."""


async def save_orders(
    uow: UnitOfWork,
    keyring: KeyRing,
    *,
    account_id: UUID,
    channel_id: UUID,
    drafts: Sequence[OrderDraft],
    write: bool = True,
) -> list[SavedOrder]:
    """Save orders of a store; the answer has one entry per order, in order of drafts.

    A draft that is older than what is stored (by the store's time of modification) is answered
    `unchanged`; of the same order twice the newer draft counts. Personal values are encrypted.
    With `write=False` nothing is written and the answer says what would be.
    """
    chosen = _newest(drafts)
    if not chosen:
        return []
    if write:
        await lock_channel_orders(uow, channel_id)
    orders = await stored_orders(uow, channel_id, sorted(chosen), lock=write)
    ids = [row["id"] for row in orders.values()]
    lines = await stored_children(uow, LINES, ids)
    addresses = await stored_children(uow, ADDRESSES, ids)
    now = uow.clock.now()
    stamp = {"account_id": account_id, "channel_id": channel_id, "updated_at": now}
    plan = _Plan()
    saved: dict[int, SavedOrder] = {}
    for external_id in sorted(chosen):
        old = orders.get(external_id)
        known = (
            StoredOrder(old, lines.get(old["id"], {}), addresses.get(old["id"], {}))
            if old is not None
            else None
        )
        saved[external_id] = _plan_order(plan, keyring, chosen[external_id], known, stamp)
    if write:
        await _carry_out(uow, plan)
        held = [
            row.order_id
            for row in saved.values()
            if row.state == OrderState.ON_HOLD and _was(orders, row) != OrderState.ON_HOLD
        ]
        if held:
            await tell_orders_held(uow, account_id, channel_id, len(held), held[0])
        for message, about in plan.alerts.items():
            await tell_rule_alert(uow, account_id, channel_id, message, len(about), about[0])
    return [saved[external_id] for external_id in chosen]


def _was(orders: Mapping[int, Stored], saved: SavedOrder) -> str | None:
    old = orders.get(saved.external_id)
    return str(old["state"]) if old is not None else None


def _newest(drafts: Sequence[OrderDraft]) -> dict[int, OrderDraft]:
    chosen: dict[int, OrderDraft] = {}
    for draft in drafts:
        rival = chosen.get(draft.external_id)
        if rival is None or not _is_older(draft.modified_at, rival.modified_at):
            chosen[draft.external_id] = draft
    return chosen


def _is_older(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and one < other


def _plan_order(
    plan: _Plan, keyring: KeyRing, draft: OrderDraft, stored: StoredOrder | None, stamp: Row
) -> SavedOrder:
    old: Stored | None = stored.order if stored else None
    if old is not None and _is_older(draft.modified_at, old["store_modified_at"]):
        return SavedOrder(old["id"], draft.external_id, "unchanged", old["state"])
    merged = merge(keyring, draft, stored, stamp["updated_at"])
    modified_at = draft.modified_at or (old["store_modified_at"] if old else None)
    row = merged.order
    if old is not None and not merged.changes:
        if modified_at is not None and modified_at != old["store_modified_at"]:
            # Kept even so: it is what later drafts are judged old or new by.
            plan.seen.append((old["id"], modified_at))
        return SavedOrder(old["id"], draft.external_id, "unchanged", old["state"])
    plan.orders.append(
        {
            **row,
            **stamp,
            "external_id": str(draft.external_id),
            "external_number": draft.external_id,
            "store_modified_at": modified_at,
        }
    )
    plan.merged.append(merged)
    for message in row["alerts"][len(old["alerts"]) if old is not None else 0 :]:
        plan.alerts.setdefault(message, []).append(row["id"])
    return SavedOrder(
        row["id"],
        draft.external_id,
        "created" if old is None else "updated",
        row["state"],
        () if old is None else tuple(merged.changes),
    )


async def _carry_out(uow: UnitOfWork, plan: _Plan) -> None:
    await upsert_orders(uow, plan.orders)
    await touch_orders(uow, plan.seen)
    await delete_rows(uow, LINES, [item for one in plan.merged for item in one.gone_lines])
    await delete_rows(uow, ADDRESSES, [item for one in plan.merged for item in one.gone_addresses])
    await upsert_children(uow, LINES, [row for one in plan.merged for row in one.lines])
    await upsert_children(uow, ADDRESSES, [row for one in plan.merged for row in one.addresses])

"""Saving mapped orders together with the log of the rules that applied to them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.connections.state_lists import ask_for_states
from app.core.crypto import KeyRing
from app.core.uow import UnitOfWork
from app.integrations.ordering.order_mapping import MappedOrders
from app.integrations.syncing.sales import mark_others
from app.orders.drafts import SavedOrder
from app.orders.importing import save_orders
from app.rules.kinds import Subject
from app.rules.repository import Hit, record_hits


async def save_mapped(
    uow: UnitOfWork, keyring: KeyRing, *, account_id: UUID, channel_id: UUID, mapped: MappedOrders
) -> list[SavedOrder]:
    """Save the drafts of a page; orders that are unchanged leave their rules' log alone."""
    await ask_for_states(uow, mapped.unlisted)
    saved = await save_orders(
        uow, keyring, account_id=account_id, channel_id=channel_id, drafts=mapped.drafts
    )
    if any(order.outcome != "unchanged" for order in saved):
        await mark_others(uow, account_id, channel_id)
    hits = _hits(mapped, saved)
    if hits:
        await record_hits(uow, hits)
    return saved


def _hits(mapped: MappedOrders, saved: Sequence[SavedOrder]) -> list[Hit]:
    found: dict[tuple[UUID, UUID], list[str]] = {}
    for order in saved:
        if order.outcome == "unchanged":
            continue
        for mark in mapped.marks.get(order.external_id, ()):
            found.setdefault((mark.rule_id, order.order_id), []).append(mark.detail)
    return [
        Hit(rule_id, Subject.ORDER, order_id, changed=1, detail=" ".join(dict.fromkeys(details)))
        for (rule_id, order_id), details in found.items()
    ]

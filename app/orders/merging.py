"""One draft and what is stored of the same order become the rows that should be there."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from app.core.crypto import KeyRing
from app.core.ids import new_id
from app.mapping.values import datetime_or_none
from app.orders.addresses import merge_addresses
from app.orders.drafts import Change, OrderDraft
from app.orders.kinds import (
    ENDED,
    RULE_CANCELLATION,
    TAKEN_OVER,
    Countable,
    Extent,
    OrderState,
    settled,
    shipped_extent,
)
from app.orders.lines import Ending, merge_lines
from app.orders.personal import Person, open_person, seal_person
from app.orders.rows import (
    Merged,
    Row,
    Stored,
    StoredOrder,
    differences,
    hidden_differences,
    together,
)
from app.orders.values import BILLING, LINE, ORDER, plain

STORE_TICK: Final = timedelta(seconds=1)


def merge(keyring: KeyRing, draft: OrderDraft, stored: StoredOrder | None, now: datetime) -> Merged:
    """Merge; `changes` is empty when the draft tells nothing new.

    Personal data that was erased stays erased, whatever the store still sends.
    """
    old = stored.order if stored else None
    erased = old is not None and old["personal_data_erased_at"] is not None
    before = open_person(keyring, old["sealed_person"] if old else None)
    after = Person(ffl=plain(draft.ffl))
    currency = _currency(draft, old)
    result = Merged(order={"id": old["id"] if old else new_id()})
    result.order["order_values"], after.order = together(
        ORDER, draft.values, old["order_values"] if old else {}, before.order, currency
    )
    result.order["billing_values"], after.billing = together(
        BILLING, draft.billing, old["billing_values"] if old else {}, before.billing, currency
    )
    _ruled(result.order, draft, old)
    ending = Ending(
        before=old is not None and old["state"] in ENDED,
        now=draft.state in ENDED or result.order["cancelled_by_rule"] is not None,
        moment=_after_change(draft.modified_at, now),
    )
    counted = merge_lines(result, draft, stored, before, after, currency, ending, erased=erased)
    merge_addresses(result, keyring, draft, stored, currency, erased=erased)
    if erased:
        after = before
    _states(result.order, draft, old, counted, now)
    result.order["currency"] = currency
    _compare_order(result, old, before, after)
    unchanged = old is not None and before == after
    result.order["sealed_person"] = (
        old["sealed_person"] if unchanged and old else seal_person(keyring, after)
    )
    return result


def _after_change(modified_at: datetime | None, now: datetime) -> datetime:
    """A moment by which the store's last change had happened: its times have no fractions."""
    return now if modified_at is None else min(modified_at + STORE_TICK, now)


def _currency(draft: OrderDraft, old: Stored | None) -> str | None:
    if draft.currency:
        return draft.currency[:3].upper()
    if "currency_code" in draft.values:
        return str(draft.values["currency_code"] or "")[:3].upper() or None
    return old["currency"] if old else None


def _ruled(order: Row, draft: OrderDraft, old: Stored | None) -> None:
    """What rules say of the order. Tags, notes and alerts accumulate; a cancellation stays.

    The invoice of an order that was closed before keeps the lines that it was closed with, and
    so does that of an order whose mapping was stopped.
    """
    for name in ("tags", "notes", "alerts"):
        order[name] = list(dict.fromkeys([*(old[name] if old else ()), *getattr(draft, name)]))
    taken_back = old is not None and RULE_CANCELLATION in old["released_reasons"]
    cancelled = old["cancelled_by_rule"] if old else None
    order["cancelled_by_rule"] = cancelled or (None if taken_back else draft.cancelled_by_rule)
    order["amounts"] = dict(draft.amounts) or (old["amounts"] if old else {})
    was_closed = old is not None and old["import_state"] == OrderState.CLOSED
    order["adjustments"] = (
        old["adjustments"]
        if old is not None and (was_closed or draft.stopped)
        else [
            {
                "rule_id": str(line.rule_id),
                "label": line.label,
                "amount": str(line.amount),
                "reason": line.reason,
            }
            for line in draft.adjustments
        ]
    )


def _states(
    order: Row,
    draft: OrderDraft,
    old: Stored | None,
    lines: list[Countable],
    now: datetime,
) -> None:
    held_by_hand = old["held_by_hand"] if old else None
    released = old["released_reasons"] if old else []
    found = list(draft.hold_reasons)
    if draft.stopped and old:
        found = list(dict.fromkeys([*found, *old["import_hold_reasons"]]))
    state, reasons = settled(draft.state, found, held_by_hand, released, order["cancelled_by_rule"])
    acknowledged = old["acknowledged"] if old else Extent.NO.value
    acknowledged_at = old["acknowledged_at"] if old else None
    wants_acknowledgement = draft.auto_acknowledge and state in TAKEN_OVER
    if wants_acknowledgement and acknowledged != Extent.YES:
        acknowledged, acknowledged_at = Extent.YES.value, now
    shipped = shipped_extent(lines, draft.status_id)
    shipped_at = old["shipped_at"] if old else None
    if shipped is Extent.YES and shipped_at is None:
        shipped_at = datetime_or_none(order["order_values"].get("date_shipped") or None) or now
    order.update(
        status_id=draft.status_id,
        state=state,
        hold_reasons=reasons,
        import_state=draft.state,
        import_hold_reasons=found,
        attention=list(draft.attention),
        acknowledged=acknowledged,
        acknowledged_at=acknowledged_at,
        shipped=shipped.value,
        shipped_at=shipped_at if shipped is Extent.YES else None,
        archived=draft.archived,
        store_created_at=draft.created_at or (old["store_created_at"] if old else None),
    )


def _compare_order(result: Merged, old: Stored | None, before: Person, after: Person) -> None:
    if old is None:
        return
    found: list[Change] = []
    for column, prefix in (("order_values", ORDER), ("billing_values", BILLING)):
        found += differences(prefix, old[column], result.order[column])
    columns = result.order.keys() - {"id", "order_values", "billing_values"}
    found += [
        Change(column, plain(old[column]), plain(result.order[column]))
        for column in sorted(columns)
        if old[column] != result.order[column]
    ]
    found += hidden_differences(ORDER, before.order, after.order)
    found += hidden_differences(BILLING, before.billing, after.billing)
    for line in sorted(before.lines.keys() | after.lines.keys()):
        found += hidden_differences(
            f"{LINE}[{line}]", before.lines.get(line, {}), after.lines.get(line, {})
        )
    if before.ffl != after.ffl:
        found.append(Change("ffl", None, None))
    result.changes = found + result.changes

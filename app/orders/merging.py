"""One draft and what is stored of the same order become the rows that should be there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.core.crypto import KeyRing
from app.core.ids import new_id
from app.mapping.values import datetime_or_none
from app.orders.drafts import Change, LineDraft, OrderDraft
from app.orders.kinds import Countable, Extent, OrderState, settled, shipped_extent
from app.orders.personal import (
    Person,
    open_address,
    open_person,
    seal_address,
    seal_person,
)
from app.orders.values import (
    BILLING,
    LINE,
    ORDER,
    SHIPPING,
    plain,
    plain_values,
    split,
    storable,
    whole,
)

Stored = Mapping[str, Any]
Row = dict[str, Any]

REMOVED_IN_STORE: Final = "removed_in_store"
_COUNTED: Final = ("quantity", "quantity_refunded", "quantity_shipped")


@dataclass(frozen=True)
class StoredOrder:
    """The rows of an order; lines and addresses by external id."""

    order: Stored
    lines: Mapping[int, Stored]
    addresses: Mapping[int, Stored]


@dataclass
class Merged:
    """The rows that should be there, and how they differ from those that are."""

    order: Row
    lines: list[Row] = field(default_factory=list)
    addresses: list[Row] = field(default_factory=list)
    gone_lines: list[UUID] = field(default_factory=list)
    gone_addresses: list[UUID] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


@dataclass(frozen=True)
class _Counted:
    type: str
    quantity: int
    quantity_refunded: int
    quantity_shipped: int
    quantity_shipped_here: int


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
    result.order["order_values"], after.order = _together(
        ORDER, draft.values, old["order_values"] if old else {}, before.order, currency
    )
    result.order["billing_values"], after.billing = _together(
        BILLING, draft.billing, old["billing_values"] if old else {}, before.billing, currency
    )
    counted = _merge_lines(result, draft, stored, before, after, currency)
    _merge_addresses(result, keyring, draft, stored, currency, erased=erased)
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


def _currency(draft: OrderDraft, old: Stored | None) -> str | None:
    if "currency_code" in draft.values:
        return str(draft.values["currency_code"] or "")[:3].upper() or None
    return old["currency"] if old else None


def _together(
    group: str,
    values: Row,
    old_open: Stored,
    old_personal: Stored,
    currency: str | None,
) -> tuple[Row, Row]:
    return split(group, {**old_open, **old_personal, **plain_values(group, values, currency)})


def _states(
    order: Row,
    draft: OrderDraft,
    old: Stored | None,
    lines: list[Countable],
    now: datetime,
) -> None:
    held_by_hand = old["held_by_hand"] if old else None
    released = old["released_reasons"] if old else []
    state, reasons = settled(draft.state, draft.hold_reasons, held_by_hand, released)
    acknowledged = old["acknowledged"] if old else Extent.NO.value
    acknowledged_at = old["acknowledged_at"] if old else None
    wants_acknowledgement = draft.auto_acknowledge and state != OrderState.CANCELLED
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
        import_hold_reasons=list(draft.hold_reasons),
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
        found += _differences(prefix, old[column], result.order[column])
    columns = result.order.keys() - {"id", "order_values", "billing_values"}
    found += [
        Change(column, plain(old[column]), plain(result.order[column]))
        for column in sorted(columns)
        if old[column] != result.order[column]
    ]
    found += _hidden_differences(ORDER, before.order, after.order)
    found += _hidden_differences(BILLING, before.billing, after.billing)
    for line in sorted(before.lines.keys() | after.lines.keys()):
        found += _hidden_differences(
            f"{LINE}[{line}]", before.lines.get(line, {}), after.lines.get(line, {})
        )
    if before.ffl != after.ffl:
        found.append(Change("ffl", None, None))
    result.changes = found + result.changes


def _differences(prefix: str, old: Stored, new: Stored) -> list[Change]:
    return [
        Change(f"{prefix}.{key}", old.get(key), new.get(key))
        for key in sorted(old.keys() | new.keys())
        if key not in old or key not in new or old[key] != new[key]
    ]


def _hidden_differences(prefix: str, old: Stored, new: Stored) -> list[Change]:
    return [Change(change.field, None, None) for change in _differences(prefix, old, new)]


def _merge_lines(
    result: Merged,
    draft: OrderDraft,
    stored: StoredOrder | None,
    before: Person,
    after: Person,
    currency: str | None,
) -> list[Countable]:
    old_lines = stored.lines if stored else {}
    counted: list[Countable] = []
    chosen = {line.external_id: line for line in draft.lines}
    for position, (external_id, line) in enumerate(chosen.items()):
        old = old_lines.get(external_id)
        personal = before.lines.get(str(external_id), {})
        row, hidden = _line_row(line, old, personal, currency)
        row |= {"order_id": result.order["id"], "position": position}
        if hidden:
            after.lines[str(external_id)] = hidden
        counted.append(_counted(row, old))
        found = _row_differences(f"{LINE}[{external_id}]", old, row, "line_values")
        if found:
            result.lines.append(row)
            result.changes += found
    for external_id, old in old_lines.items():
        if external_id in chosen:
            continue
        if old["quantity_shipped_here"]:
            counted.append(_counted(old, old))
            _keep_line(result, old, before, after)
        else:
            result.gone_lines.append(old["id"])
            result.changes.append(Change(f"{LINE}[{external_id}]", old["sku"] or "", None))
    return counted


def _keep_line(result: Merged, old: Stored, before: Person, after: Person) -> None:
    """A line that we have shipped stays, so that its shipment has something to point at."""
    name = str(old["external_id"])
    if name in before.lines:
        after.lines[name] = before.lines[name]
    if REMOVED_IN_STORE in old["problems"]:
        return
    row = {key: value for key, value in old.items() if key != "quantity_shipped_here"}
    row["problems"] = [*old["problems"], REMOVED_IN_STORE]
    result.lines.append(row)
    result.changes.append(Change(f"{LINE}[{name}].problems", old["problems"], row["problems"]))


def _line_row(
    line: LineDraft, old: Stored | None, personal: Row, currency: str | None
) -> tuple[Row, Row]:
    values = dict(line.values)
    values.pop("id", None)
    row: Row = {
        "id": old["id"] if old else new_id(),
        "external_id": line.external_id,
        "type": line.type,
        "sku": old["sku"] if old else None,
        "address_external_id": line.address_external_id,
        "parent_external_id": line.parent_external_id,
        "problems": list(line.problems),
    }
    if "sku" in values:
        row["sku"] = storable(str(values.pop("sku") or "")).strip() or None
    for column in _COUNTED:
        row[column] = old[column] if old else 0
        if column in values:
            row[column] = whole(values.pop(column))
    row["line_values"], hidden = _together(
        LINE, values, old["line_values"] if old else {}, personal, currency
    )
    return row, hidden


def _counted(row: Stored, old: Stored | None) -> Countable:
    return _Counted(
        type=row["type"],
        quantity=row["quantity"],
        quantity_refunded=row["quantity_refunded"],
        quantity_shipped=row["quantity_shipped"],
        quantity_shipped_here=old["quantity_shipped_here"] if old else 0,
    )


def _merge_addresses(
    result: Merged,
    keyring: KeyRing,
    draft: OrderDraft,
    stored: StoredOrder | None,
    currency: str | None,
    *,
    erased: bool,
) -> None:
    old_addresses = stored.addresses if stored else {}
    chosen = {address.external_id: address for address in draft.addresses}
    for position, (external_id, address) in enumerate(chosen.items()):
        old = old_addresses.get(external_id)
        before = open_address(keyring, old["sealed"] if old else None)
        open_values, after = _together(
            SHIPPING, address.values, old["address_values"] if old else {}, before, currency
        )
        if erased:
            after = {}
        row: Row = {
            "id": old["id"] if old else new_id(),
            "order_id": result.order["id"],
            "external_id": external_id,
            "position": position,
            "address_values": open_values,
        }
        prefix = f"{SHIPPING}[{external_id}]"
        found = _row_differences(prefix, old, row, "address_values")
        found += _hidden_differences(prefix, before, after) if old else []
        same = old is not None and before == after
        row["sealed"] = old["sealed"] if same and old else seal_address(keyring, after)
        if found:
            result.addresses.append(row)
            result.changes += found
    for external_id, old in old_addresses.items():
        if external_id not in chosen:
            result.gone_addresses.append(old["id"])
            result.changes.append(Change(f"{SHIPPING}[{external_id}]", "", None))


def _row_differences(prefix: str, old: Stored | None, row: Row, values: str) -> list[Change]:
    if old is None:
        return [Change(prefix, None, "")]
    found = _differences(prefix, old[values], row[values])
    found += [
        Change(f"{prefix}.{column}", plain(old[column]), plain(row[column]))
        for column in row
        if column != values and old[column] != row[column]
    ]
    return found

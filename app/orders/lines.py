"""Lines of an order: what a draft and the stored rows make together.

The name of a gift certificate often names who it is for: it is kept sealed, and the SKU that is
made of it is never told among changes. Once an order's personal data is erased, neither of the
two is taken in again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from app.core.ids import new_id
from app.orders.drafts import Change, LineDraft, OrderDraft
from app.orders.kinds import Countable, settled_quantity
from app.orders.personal import Person
from app.orders.rows import Merged, Row, Stored, StoredOrder, row_differences, together
from app.orders.values import LINE, storable, whole

REMOVED_IN_STORE: Final = "removed_in_store"
GIFT_CERTIFICATE: Final = "giftcertificate"
_COUNTED: Final = ("quantity", "quantity_refunded", "quantity_shipped")


@dataclass(frozen=True)
class Ending:
    """Whether an order was over before, whether it is now, and when the store last touched it."""

    before: bool
    now: bool
    moment: datetime


@dataclass(frozen=True)
class _Counted:
    external_id: int
    parent_external_id: int | None
    line_values: Mapping[str, Any]
    type: str
    quantity: int
    quantity_refunded: int
    quantity_shipped: int
    quantity_shipped_here: int


def merge_lines(
    result: Merged,
    draft: OrderDraft,
    stored: StoredOrder | None,
    before: Person,
    after: Person,
    currency: str | None,
    ending: Ending,
    *,
    erased: bool,
) -> list[Countable]:
    """Put line rows into `result`, personal values into `after`; return all lines to count."""
    old_lines = stored.lines if stored else {}
    counted: list[Countable] = []
    chosen = {line.external_id: line for line in draft.lines}
    for position, (external_id, line) in enumerate(chosen.items()):
        old = old_lines.get(external_id)
        personal = before.lines.get(str(external_id), {})
        row, hidden = _line_row(line, old, personal, currency)
        if line.type == GIFT_CERTIFICATE:
            _hide_name(row, hidden, old, erased=erased)
        row |= {"order_id": result.order["id"], "position": position}
        row["settled_at"] = _settled_at(row, old, ending)
        if hidden:
            after.lines[str(external_id)] = hidden
        counted.append(_counted(row, old))
        found = row_differences(f"{LINE}[{external_id}]", old, row, "line_values")
        if found:
            result.lines.append(row)
            result.changes += [_untold(change) for change in found] if _is_gift(row) else found
    for external_id, old in old_lines.items():
        if external_id in chosen:
            continue
        if old["quantity_shipped_here"]:
            counted.append(_counted(old, old))
            _keep_line(result, old, before, after)
        else:
            result.gone_lines.append(old["id"])
            told = "" if _is_gift(old) else old["sku"] or ""
            result.changes.append(Change(f"{LINE}[{external_id}]", told, None))
    return counted


def _is_gift(row: Stored) -> bool:
    return bool(row["type"] == GIFT_CERTIFICATE)


def _hide_name(row: Row, hidden: Row, old: Stored | None, *, erased: bool) -> None:
    """Seal a gift certificate's name; after erasure it keeps the number that it was given."""
    if "name" in row["line_values"]:
        hidden["name"] = row["line_values"].pop("name")
    if erased:
        row["sku"] = old["sku"] if old else f"{GIFT_CERTIFICATE}-{row['external_id']}"


def _untold(change: Change) -> Change:
    """A change of the name or the SKU, without what they say."""
    private = change.field.rpartition(".")[2] in {"name", "sku"}
    return Change(change.field, None, None) if private else change


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
        "variant_external_id": line.variant_external_id,
        "problems": list(line.problems),
    }
    if "sku" in values:
        row["sku"] = storable(str(values.pop("sku") or "")).strip() or None
    for column in _COUNTED:
        row[column] = old[column] if old else 0
        if column in values:
            row[column] = whole(values.pop(column))
    row["line_values"], hidden = together(
        LINE, values, old["line_values"] if old else {}, personal, currency
    )
    return row, hidden


def _settled_at(row: Stored, old: Stored | None, ending: Ending) -> datetime | None:
    """The time of the store's change that left less to be shipped, else the one noted before."""
    before = settled_quantity(_counted(old, old), ended=ending.before) if old else 0
    grown = settled_quantity(_counted(row, old), ended=ending.now) > before
    noted: datetime | None = old["settled_at"] if old else None
    return ending.moment if grown else noted


def _counted(row: Stored, old: Stored | None) -> Countable:
    return _Counted(
        external_id=row["external_id"],
        parent_external_id=row["parent_external_id"],
        line_values=row["line_values"],
        type=row["type"],
        quantity=row["quantity"],
        quantity_refunded=row["quantity_refunded"],
        quantity_shipped=row["quantity_shipped"],
        quantity_shipped_here=old["quantity_shipped_here"] if old else 0,
    )

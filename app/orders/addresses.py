"""Shipping addresses of an order: what a draft and the stored rows make together."""

from __future__ import annotations

from app.core.crypto import KeyRing
from app.core.ids import new_id
from app.orders.drafts import AddressDraft, Change, OrderDraft
from app.orders.personal import open_address, seal_address
from app.orders.rows import (
    Merged,
    Row,
    Stored,
    StoredOrder,
    hidden_differences,
    row_differences,
    together,
)
from app.orders.values import SHIPPING


def merge_addresses(
    result: Merged,
    keyring: KeyRing,
    draft: OrderDraft,
    stored: StoredOrder | None,
    currency: str | None,
    *,
    erased: bool,
) -> None:
    """Put address rows into `result`; erased personal values are not taken in again."""
    old_addresses = stored.addresses if stored else {}
    chosen = {address.external_id: address for address in draft.addresses}
    for position, (external_id, address) in enumerate(chosen.items()):
        old = old_addresses.get(external_id)
        row: Row = {
            "id": old["id"] if old else new_id(),
            "order_id": result.order["id"],
            "external_id": external_id,
            "position": position,
            "shipping_policy": (
                old["shipping_policy"] if draft.stopped and old else address.shipping_policy
            ),
        }
        found = _fill(row, keyring, address, old, currency, erased=erased)
        if found:
            result.addresses.append(row)
            result.changes += found
    for external_id, old in old_addresses.items():
        if external_id not in chosen:
            result.gone_addresses.append(old["id"])
            result.changes.append(Change(f"{SHIPPING}[{external_id}]", "", None))


def _fill(
    row: Row,
    keyring: KeyRing,
    address: AddressDraft,
    old: Stored | None,
    currency: str | None,
    *,
    erased: bool,
) -> list[Change]:
    before = open_address(keyring, old["sealed"] if old else None)
    row["address_values"], after = together(
        SHIPPING, address.values, old["address_values"] if old else {}, before, currency
    )
    if erased:
        after = {}
    prefix = f"{SHIPPING}[{address.external_id}]"
    found = row_differences(prefix, old, row, "address_values")
    found += hidden_differences(prefix, before, after) if old else []
    same = old is not None and before == after
    # Encrypting is never the same twice, so an equal value keeps the text it has.
    row["sealed"] = old["sealed"] if same and old else seal_address(keyring, after)
    return found

"""Writing stock levels.

A level that is said again is noted as said now: which orders it contains depends on its time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from app.core.uow import UnitOfWork
from app.products.columns import sku_key
from app.products.drafts import LevelDraft, Outcome, SavedLevel
from app.products.repository import (
    LEVELS,
    LevelKey,
    delete_levels,
    find_skus,
    lock_catalogue,
    stored_levels,
    upsert,
)

DEFAULT_WAREHOUSE: Final = "default"


async def save_stock(
    uow: UnitOfWork, account_id: UUID, drafts: Sequence[LevelDraft]
) -> list[SavedLevel]:
    """Write levels of SKUs that the catalogue has; unknown ones fail with `unknown_sku`.

    Of a level that comes twice the last one counts, and is answered once.
    """
    await lock_catalogue(uow, account_id)
    known = await find_skus(uow, account_id, {draft.sku for draft in drafts})
    chosen = {(sku_key(draft.sku), draft.warehouse): draft for draft in drafts}
    usable = {key: draft for key, draft in chosen.items() if key[0] in known}
    outcomes = await write_levels(
        uow, account_id, {key: draft.quantity for key, draft in usable.items()}
    )
    return [
        SavedLevel(draft.sku, draft.warehouse, outcomes[key])
        if key in outcomes
        else SavedLevel(
            draft.sku,
            draft.warehouse,
            "failed",
            "unknown_sku",
            "No product or variant has this SKU.",
        )
        for key, draft in chosen.items()
    ]


async def write_levels(
    uow: UnitOfWork,
    account_id: UUID,
    wanted: dict[LevelKey, int | None],
    origin_channel_id: UUID | None = None,
) -> dict[LevelKey, Outcome]:
    """Write quantities by SKU key and warehouse; None takes a level away.

    `origin_channel_id` names the channel whose store the numbers are from, if an import read them.
    """
    stored = await stored_levels(uow, account_id, {key for key, _ in wanted})
    outcomes: dict[LevelKey, Outcome] = {}
    rows: list[dict[str, Any]] = []
    gone: list[LevelKey] = []
    for key in sorted(wanted):
        quantity = wanted[key]
        if quantity is None:
            outcomes[key] = "updated" if key in stored else "unchanged"
            gone += [key] if key in stored else []
        else:
            same = quantity == stored.get(key)
            outcomes[key] = "unchanged" if same else "updated" if key in stored else "created"
            rows.append(
                {
                    "account_id": account_id,
                    "sku_key": key[0],
                    "warehouse": key[1],
                    "quantity": quantity,
                    "updated_at": uow.clock.now(),
                    "origin_channel_id": origin_channel_id,
                }
            )
    await delete_levels(uow, account_id, gone)
    await upsert(uow, LEVELS, rows, key=("account_id", "sku_key", "warehouse"))
    return outcomes

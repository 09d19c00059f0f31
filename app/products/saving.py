"""Upserting products by SKU: a few statements per call, and none where nothing changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from app.core.ids import new_id
from app.core.uow import UnitOfWork
from app.mapping.ownership import EVERYTHING, OF_VARIANTS, with_own
from app.mapping.values import as_decimal, is_blank
from app.products.columns import (
    BLANK_PRODUCT,
    BLANK_VARIANT,
    Row,
    content_of,
    merged,
    not_ours,
    sku_key,
    storable,
)
from app.products.drafts import ProductDraft, ProductVariantDraft, SavedProduct
from app.products.repository import (
    PRODUCTS,
    VARIANTS,
    LevelKey,
    Stored,
    find_skus,
    lock_catalogue,
    stored_products,
    stored_variants,
    upsert,
)
from app.products.stock import DEFAULT_WAREHOUSE, write_levels


class _Refused(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass
class _Plan:
    products: list[Row] = field(default_factory=list)
    variants: list[Row] = field(default_factory=list)
    levels: dict[LevelKey, int | None] = field(default_factory=dict)
    owners: dict[str, set[UUID]] = field(default_factory=dict)
    """Which products a SKU belongs to, own or as a variant's."""
    variant_keys: set[str] = field(default_factory=set)
    saved: list[tuple[SavedProduct, set[LevelKey]]] = field(default_factory=list)
    done: set[str] = field(default_factory=set)


async def save_products(
    uow: UnitOfWork,
    account_id: UUID,
    drafts: Sequence[ProductDraft],
    *,
    origin_channel_id: UUID | None = None,
) -> list[SavedProduct]:
    """Create or update products by SKU, ignoring case; one answer per draft, in order.

    What the seller writes is the seller's: an import leaves such content as it is.

    A SKU that already belongs to another product, or that comes twice, fails that draft only.
    `quantity` sets the level of the default warehouse; `origin_channel_id` is the channel whose
    store it is from, if an import read it.
    """
    if not drafts:
        return []
    await lock_catalogue(uow, account_id)
    mentioned = {draft.sku for draft in drafts}
    mentioned |= {variant.sku for draft in drafts for variant in draft.variants}
    plan = _Plan()
    for key, owners in (await find_skus(uow, account_id, mentioned)).items():
        plan.owners[key] = {owner.product_id for owner in owners}
    stored = await stored_products(uow, account_id, sorted(sku_key(draft.sku) for draft in drafts))
    variants = await stored_variants(uow, [row["id"] for row in stored.values()])
    stamp = {"account_id": account_id, "updated_at": uow.clock.now()}
    for draft in drafts:
        old = stored.get(sku_key(draft.sku))
        try:
            mine = variants.get(old["id"], {}) if old else {}
            _plan_product(plan, draft, old, mine, stamp, imported=origin_channel_id is not None)
        except _Refused as refusal:
            failed = SavedProduct(None, draft.sku, "failed", refusal.code, refusal.message)
            plan.saved.append((failed, set()))
    await upsert(uow, PRODUCTS, plan.products, key=("account_id", "sku_key"))
    plan.variants.sort(key=lambda row: str(row["sku_key"]))
    await upsert(uow, VARIANTS, plan.variants, key=("account_id", "sku_key"))
    return await _with_levels(uow, account_id, plan, origin_channel_id)


async def _with_levels(
    uow: UnitOfWork, account_id: UUID, plan: _Plan, origin_channel_id: UUID | None
) -> list[SavedProduct]:
    if not plan.levels:
        return [saved for saved, _ in plan.saved]
    outcomes = await write_levels(uow, account_id, plan.levels, origin_channel_id)
    return [
        SavedProduct(saved.product_id, saved.sku, "updated")
        if saved.outcome == "unchanged" and any(outcomes[key] != "unchanged" for key in keys)
        else saved
        for saved, keys in plan.saved
    ]


def _plan_product(
    plan: _Plan,
    draft: ProductDraft,
    old: Stored | None,
    old_variants: Mapping[str, Stored],
    stamp: Row,
    *,
    imported: bool,
) -> None:
    key = sku_key(draft.sku)
    product_id: UUID = old["id"] if old else new_id()
    _check_skus(plan, draft, key, product_id)
    own: list[str] = old["own_content"] if old else []
    values = not_ours(own, draft.values) if imported else draft.values
    sku = old["sku"] if old and imported and own else storable(draft.sku).strip()
    row = {"sku": sku, **merged(old, BLANK_PRODUCT, values)}
    variants = _variant_rows(draft.variants, old_variants, own if imported else ())
    levels = _levels([(key, draft.values)])
    levels |= _levels([(sku_key(variant.sku), variant.values) for variant in draft.variants])
    # Nothing is refused from here on.
    changed = old is None or _differs(old, row)
    owned = own if imported else _owned(own, draft, is_new=old is None)
    if changed or variants or owned != own:
        plan.products.append(
            {**row, **stamp, "id": product_id, "sku_key": key, "own_content": owned}
        )
    plan.variants += [{**variant, **stamp, "product_id": product_id} for variant in variants]
    plan.levels |= levels
    plan.done.add(key)
    for variant in draft.variants:
        plan.owners.setdefault(sku_key(variant.sku), set()).add(product_id)
    plan.owners.setdefault(key, set()).add(product_id)
    outcome: Literal["created", "updated", "unchanged"] = (
        "created" if old is None else "updated" if changed or variants else "unchanged"
    )
    plan.saved.append((SavedProduct(product_id, draft.sku, outcome), set(levels)))


def _check_skus(plan: _Plan, draft: ProductDraft, key: str, product_id: UUID) -> None:
    if not key:
        raise _Refused("missing_sku", "A product needs a SKU.")
    if key in plan.done:
        raise _Refused("duplicate_sku", f"The SKU {draft.sku} comes twice in this call.")
    seen: set[str] = set()
    for sku in (draft.sku, *(variant.sku for variant in draft.variants)):
        if plan.owners.get(sku_key(sku), {product_id}) != {product_id}:
            raise _Refused("sku_taken", f"The SKU {sku} belongs to another product.")
    for variant in draft.variants:
        variant_key = sku_key(variant.sku)
        if not variant_key:
            raise _Refused("missing_sku", "Every variant needs a SKU.")
        if variant_key in seen:
            raise _Refused("duplicate_sku", f"The SKU {variant.sku} is that of two variants.")
        seen.add(variant_key)


def _owned(own: list[str], draft: ProductDraft, *, is_new: bool) -> list[str]:
    """The seller's content after a call; one who describes a new product describes all of it.

    A call that tells only prices and stock leaves the content to the store.
    """
    given = content_of(draft.values)
    if is_new and given:
        return [EVERYTHING]
    of_variants = {
        OF_VARIANTS + column for row in draft.variants for column in content_of(row.values)
    }
    return with_own(own, given | of_variants)


def _variant_rows(
    drafts: Sequence[ProductVariantDraft], old: Mapping[str, Stored], own: Collection[str]
) -> list[Row]:
    """Rows that change; of variants that exist, content in `own` stays as it is."""
    rows: list[Row] = []
    position = max((stored["position"] for stored in old.values()), default=-1)
    for draft in drafts:
        stored = old.get(sku_key(draft.sku))
        values = draft.values if stored is None else not_ours(own, draft.values, OF_VARIANTS)
        sku = stored["sku"] if stored and own else storable(draft.sku).strip()
        row = {"sku": sku, **merged(stored, BLANK_VARIANT, values)}
        if stored is None:
            position += 1
        elif not _differs(stored, row):
            continue
        rows.append(
            {
                **row,
                "id": stored["id"] if stored else new_id(),
                "sku_key": sku_key(draft.sku),
                "position": stored["position"] if stored else position,
            }
        )
    return rows


def _levels(given: Sequence[tuple[str, dict[str, Any]]]) -> dict[LevelKey, int | None]:
    return {
        (key, DEFAULT_WAREHOUSE): None
        if is_blank(values["quantity"])
        else int(as_decimal(values["quantity"]))
        for key, values in given
        if "quantity" in values
    }


def _differs(old: Stored, row: Row) -> bool:
    return any(old[column] != value for column, value in row.items())

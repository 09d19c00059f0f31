"""Saving pages of an import: a few statements per page, and none at all where nothing changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.core.ids import new_id
from app.core.uow import UnitOfWork
from app.listings.columns import (
    BLANK_LISTING,
    BLANK_VARIANT,
    LISTING_COLUMNS,
    VARIANT_COLUMNS,
    Row,
    from_store,
    merged,
    plain,
)
from app.listings.drafts import Change, ListingDraft, SavedListing, VariantDraft
from app.listings.kinds import Health
from app.listings.repository import (
    delete_variants,
    lock_channel_listings,
    stored_listings,
    stored_variants,
    tie_variants,
    upsert_listings,
    upsert_variants,
)
from app.mapping.ownership import OF_VARIANTS

Stored = Mapping[str, Any]


@dataclass
class _Plan:
    """What is to be written for one page."""

    listings: list[Row] = field(default_factory=list)
    variants: list[Row] = field(default_factory=list)
    gone: list[UUID] = field(default_factory=list)
    saved: dict[int, SavedListing] = field(default_factory=dict)


async def save_page(
    uow: UnitOfWork,
    *,
    account_id: UUID,
    channel_id: UUID,
    drafts: Sequence[ListingDraft],
    pause_new: bool,
    write: bool = True,
) -> list[SavedListing]:
    """Save a page of store products; the answer has one entry per product, in order of drafts.

    Of a product that comes twice the last draft counts. Variants that a draft lacks are deleted.
    Prices and quantities locked by hand stay locked, and so does content that was written here:
    of that only what the store alone decides is taken (ids, visibility, prices, levels). With
    `write=False` nothing is written and the answer says what would be.
    """
    chosen = {draft.external_id: draft for draft in drafts}
    if not chosen:
        return []
    if write:
        await lock_channel_listings(uow, channel_id)
    stored = await stored_listings(uow, channel_id, sorted(chosen), lock=write)
    ids = [row["id"] for row in stored.values()]
    variants = await stored_variants(uow, ids)
    if write and await tie_variants(uow, _untied(chosen, stored, variants)):
        variants = await stored_variants(uow, ids)
    now = uow.clock.now()
    stamp = {"account_id": account_id, "channel_id": channel_id, "updated_at": now}
    plan = _Plan()
    for external_id in sorted(chosen):
        old = stored.get(external_id)
        _plan_listing(
            plan,
            chosen[external_id],
            old,
            variants.get(old["id"], {}) if old is not None else {},
            stamp,
            pause_new,
        )
    if write:
        await _carry_out(uow, plan)
    return [plan.saved[external_id] for external_id in chosen]


def _untied(
    chosen: Mapping[int, ListingDraft],
    stored: Mapping[int, Stored],
    variants: Mapping[UUID, Mapping[int, Stored]],
) -> dict[UUID, dict[str, int]]:
    """Variants of the store that we do not know, by listing and SKU; only of listings of ours.

    One that was added here, and that somebody added in the store as well, must not be there twice.
    """
    return {
        row["id"]: {
            str(draft.values["sku"]).lower(): draft.external_id
            for draft in chosen[external_id].variants
            if draft.values.get("sku") and draft.external_id not in variants.get(row["id"], {})
        }
        for external_id, row in stored.items()
        if row["own_content"]
    }


async def _carry_out(uow: UnitOfWork, plan: _Plan) -> None:
    ids = await upsert_listings(uow, plan.listings)
    for row in plan.variants:
        row["listing_id"] = ids.get(row["listing_id"], row["listing_id"])
    await delete_variants(uow, plan.gone)
    await upsert_variants(uow, plan.variants)
    for row in plan.listings:
        # Another process may have given the same product a row in the meantime; its id counts.
        saved = plan.saved[row["external_number"]]
        if ids[row["id"]] != saved.listing_id:
            plan.saved[saved.external_id] = SavedListing(
                ids[row["id"]], saved.external_id, saved.outcome, saved.sku, saved.changes
            )


def _plan_listing(
    plan: _Plan,
    draft: ListingDraft,
    old: Stored | None,
    old_variants: Mapping[int, Stored],
    stamp: Row,
    pause_new: bool,
) -> None:
    facts = plain(draft.store_facts)
    own = old["own_content"] if old is not None else ()
    values = from_store(own, LISTING_COLUMNS, draft.values)
    row = merged(old, BLANK_LISTING, LISTING_COLUMNS, values)
    row["currency"] = (facts.pop("currency", None) or "")[:3] or row["currency"]
    row["store_facts"] = facts
    row["health"] = _health(draft, old, pause_new)
    row["import_attention"] = sorted(set(draft.attention))
    listing_id = old["id"] if old is not None else new_id()
    changes = _differences("listing", old, row)
    changes += _plan_variants(plan, draft.variants, old_variants, listing_id, own, stamp)
    if changes or old is None:
        plan.listings.append(
            {
                **row,
                **stamp,
                "id": listing_id,
                "external_id": str(draft.external_id),
                "external_number": draft.external_id,
                "store_modified_at": draft.modified_at,
                "version": old["version"] + 1 if old is not None else 1,
            }
        )
    plan.saved[draft.external_id] = SavedListing(
        listing_id,
        draft.external_id,
        "created" if old is None else "updated" if changes else "unchanged",
        row["sku"],
        tuple(changes) if old is not None else (),
    )


def _plan_variants(
    plan: _Plan,
    drafts: Sequence[VariantDraft],
    old: Mapping[int, Stored],
    listing_id: UUID,
    own: Collection[str],
    stamp: Row,
) -> list[Change]:
    changes: list[Change] = []
    chosen = {draft.external_id: draft for draft in drafts}
    for position, (external_id, draft) in enumerate(chosen.items()):
        stored = old.get(external_id)
        ours = own if stored is not None else ()
        values = from_store(ours, VARIANT_COLUMNS, draft.values, OF_VARIANTS)
        row = merged(stored, BLANK_VARIANT, VARIANT_COLUMNS, values)
        row["position"] = position
        row["store_facts"] = plain(draft.store_facts)
        found = _differences(f"listing_variant[{external_id}]", stored, row)
        if stored is None:
            found = [Change(f"listing_variant[{external_id}]", None, row["sku"] or "")]
        if not found:
            continue
        changes += found
        plan.variants.append(
            {
                **row,
                **stamp,
                "id": stored["id"] if stored is not None else new_id(),
                "listing_id": listing_id,
                "external_id": str(external_id),
                "external_number": external_id,
            }
        )
    for external_id, stored in old.items():
        if external_id not in chosen:
            plan.gone.append(stored["id"])
            changes.append(Change(f"listing_variant[{external_id}]", stored["sku"] or "", None))
    return changes


def _health(draft: ListingDraft, old: Stored | None, pause_new: bool) -> str:
    if old is None:
        return Health.PAUSED.value if pause_new else draft.health
    return Health.PAUSED.value if old["health"] == Health.PAUSED else draft.health


def _differences(prefix: str, old: Stored | None, new: Row) -> list[Change]:
    if old is None:
        return []
    return [
        Change(f"{prefix}.{column}", plain(old[column]), plain(value))
        for column, value in new.items()
        if old[column] != value
    ]

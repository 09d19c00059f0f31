"""What can be done with listings."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from app.accounts.audit import changed, record_change
from app.accounts.service import Principal
from app.core.errors import ValidationFailed
from app.core.uow import UnitOfWork
from app.listings.columns import plain, stored_form
from app.listings.effective import LOCKABLE
from app.listings.errors import NotInStore, VersionConflict
from app.listings.kinds import Pending
from app.listings.models import Listing, ListingVariant
from app.listings.repository import get_listing, variants_of
from app.listings.schemas import ListingPatch, ListingView, VariantPatch, listing_view
from app.listings.status import standing_of
from app.mapping.ownership import OF_VARIANTS, with_own

_CONTENT: Final = ("title", "description", "brand", "categories", "images", "custom_fields")
MAX_AUDITED_TEXT: Final = 500


async def view_listings(uow: UnitOfWork, listings: list[Listing]) -> list[ListingView]:
    """Shape listings for an answer, with one query for all their variants."""
    variants = await variants_of(uow, [listing.id for listing in listings])
    return [listing_view(listing, variants[listing.id]) for listing in listings]


async def change_listing(
    uow: UnitOfWork, caller: Principal, listing_id: UUID, body: ListingPatch
) -> Listing:
    """Change content and variants; raises `VersionConflict` when `version` is not the present one.

    Prices and quantities become locks of the variant, the rest is written to its columns and is
    ours from then on. Changed content waits for the next publication unless the caller says
    otherwise; raises `NotInStore` when that cannot be.
    """
    listing = await get_listing(uow, caller.account_id, listing_id, lock=True)
    if body.version is not None and body.version != listing.version:
        raise VersionConflict(
            f"The listing has version {listing.version} by now.", version=listing.version
        )
    before = {name: getattr(listing, name) for name in _CONTENT}
    given = body.model_dump(include=body.model_fields_set & set(_CONTENT))
    for name, value in given.items():
        form = stored_form(name, value)
        if getattr(listing, name) != form:
            setattr(listing, name, form)
    changes = changed(before, {name: getattr(listing, name) for name in _CONTENT})
    mine = set(changes)
    changes |= await _change_variants(uow, listing, body.variants or [], mine)
    changes |= _queue(listing, body, edited=bool(mine))
    listing.own_content = with_own(listing.own_content, mine)
    if changes:
        listing.version += 1
        listing.updated_at = uow.clock.now()
        record_change(uow, caller, "update", "listing", listing.id, _shortened(changes))
        await uow.session.flush()
    return listing


def _queue(listing: Listing, body: ListingPatch, *, edited: bool) -> dict[str, Any]:
    """Let the next publication send what was edited, or whatever the caller wants."""
    before = listing.pending
    in_store = standing_of(listing).in_store
    told = "pending" in body.model_fields_set
    if told and body.pending is None:
        listing.unsent = False
        if before == Pending.OVERWRITE:
            listing.pending = None
    elif told and not in_store:
        raise NotInStore("The listing is not in the store, so there is nothing to overwrite.")
    elif told or edited:
        listing.unsent = True
        if in_store and before is None:
            listing.pending = Pending.OVERWRITE.value
    return changed({"pending": before}, {"pending": listing.pending})


async def _change_variants(
    uow: UnitOfWork, listing: Listing, patches: list[VariantPatch], mine: set[str]
) -> dict[str, Any]:
    """Change variants, and add to `mine` which columns of theirs are ours now."""
    if not patches:
        return {}
    variants = {row.id: row for row in (await variants_of(uow, [listing.id]))[listing.id]}
    changes: dict[str, Any] = {}
    for place, patch in enumerate(patches):
        variant = variants.get(patch.id)
        if variant is None:
            raise ValidationFailed.of(
                f"variants.{place}.id", "unknown_variant", "The listing has no such variant."
            )
        for field, change in _change_variant(variant, patch).items():
            changes[f"variants.{variant.id}.{field}"] = change
            if field not in LOCKABLE:
                mine.add(OF_VARIANTS + field)
            variant.updated_at = uow.clock.now()
    return changes


def _change_variant(variant: ListingVariant, patch: VariantPatch) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    locked = dict(variant.locked)
    for name in sorted(patch.model_fields_set - {"id"}):
        value = getattr(patch, name)
        if name in LOCKABLE:
            old = locked.get(name)
            new = plain(value)
            if value is None:
                locked.pop(name, None)
            else:
                locked[name] = new
        else:
            old = plain(getattr(variant, name))
            form = stored_form(name, value)
            new = plain(form)
            if getattr(variant, name) != form:
                setattr(variant, name, form)
            else:
                continue
        if old != new:
            changes[name] = {"from": old, "to": new}
    if locked != variant.locked:
        variant.locked = locked
    return changes


def _shortened(changes: dict[str, Any]) -> dict[str, Any]:
    """Long texts are cut: the trail says what changed, it is no archive of descriptions."""
    return {
        field: {
            side: value[:MAX_AUDITED_TEXT] if isinstance(value, str) else value
            for side, value in change.items()
        }
        for field, change in changes.items()
    }

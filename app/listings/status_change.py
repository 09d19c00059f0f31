"""Changing the status of a listing by hand."""

from __future__ import annotations

from uuid import UUID

from app.accounts.audit import changed, record_change
from app.accounts.service import Principal
from app.core.uow import UnitOfWork
from app.listings.errors import ConfirmationRequired, VersionConflict
from app.listings.models import Listing
from app.listings.repository import get_listing
from app.listings.schemas import StatusRequest
from app.listings.status import after_wish, standing_of, take_standing


async def change_status(
    uow: UnitOfWork, caller: Principal, listing_id: UUID, body: StatusRequest
) -> Listing:
    """Keep a wish as a pending change, or pause at once.

    Raises `ConfirmationRequired`, `NotInStore`, `VersionConflict`.
    """
    listing = await get_listing(uow, caller.account_id, listing_id, lock=True)
    if body.version is not None and body.version != listing.version:
        raise VersionConflict(
            f"The listing has version {listing.version} by now.", version=listing.version
        )
    before = {"health": listing.health, "pending": listing.pending}
    standing = after_wish(standing_of(listing), body.to)
    if body.to == "delisted" and not body.confirm:
        raise ConfirmationRequired(
            "Delisting deletes the product in the store. Repeat the request with `confirm`, "
            "or hide the listing, which can be undone.",
            alternative="hidden",
        )
    if take_standing(uow, listing, standing):
        after = {"health": listing.health, "pending": listing.pending}
        record_change(uow, caller, "change_status", "listing", listing.id, changed(before, after))
        await uow.session.flush()
    return listing

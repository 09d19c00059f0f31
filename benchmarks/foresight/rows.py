"""Listings of ours that are not in the store, as building makes them, with ids that repeat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from app.channels.models import Channel
from app.listings.models import Listing, ListingVariant
from benchmarks.foresight.worlds import World

MOST_VARIANTS = 1_000
_COMMON = (
    *("sku", "price", "sale_price", "msrp", "map", "cost", "quantity", "upc", "gtin", "mpn"),
    *("weight", "length", "width", "height"),
)
LISTING_COLUMNS: Mapping[str, Any] = {
    **dict.fromkeys((*_COMMON, "pending")),
    **dict.fromkeys(("title", "description", "brand"), ""),
    "categories": [],
    "images": [],
    "custom_fields": [],
    "currency": "USD",
    "health": "not_listed",
}
VARIANT_COLUMNS: Mapping[str, Any] = {**dict.fromkeys((*_COMMON, "image")), "options": {}}


def listing_id(number: int) -> UUID:
    """The id of a listing of ours; it is the same in equal worlds."""
    return UUID(int=(number + 1) * MOST_VARIANTS)


def is_ours(text: str) -> bool:
    """Whether an id is one that was given here."""
    return UUID(text).int < 1 << 64


async def add_listings(world: World, contents: Sequence[Mapping[str, Any]], first: int = 0) -> None:
    """Write listings; `variants` of each are rows of their own."""
    listings, variants = [], []
    for number, content in enumerate(contents, start=first):
        values = {**LISTING_COLUMNS, **content}
        rows = values.pop("variants")
        listings.append({**values, "id": listing_id(number)})
        variants += [
            {
                **VARIANT_COLUMNS,
                **row,
                "id": UUID(int=listing_id(number).int + place + 1),
                "listing_id": listing_id(number),
                "position": place,
            }
            for place, row in enumerate(rows)
        ]
    async with world.on.resources.unit_of_work() as uow:
        channel = await uow.session.get_one(Channel, UUID(world.channel))
        owner = {"account_id": channel.account_id, "channel_id": channel.id}
        for model, found in ((Listing, listings), (ListingVariant, variants)):
            for start in range(0, len(found), 500):
                chosen = [{**owner, **row} for row in found[start : start + 500]]
                await uow.session.execute(insert(model), chosen)


async def keys(world: World) -> dict[str, str]:
    """Keys of listings by id: ours by that id, imported ones by the store's."""
    rows = await world.on.every("/v1/listings", channel_id=world.channel)
    return {
        row["id"]: row["id"] if is_ours(row["id"]) else f"store {row['external_id']}"
        for row in rows
    }

"""The way back of custom fields and pictures, which have ids of their own in the store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.bigcommerce.models.catalog import Product
from app.integrations.publishing.diff import Update
from app.integrations.publishing.images import bare
from app.integrations.publishing.marks import Trace
from app.integrations.publishing.plan import Remark, change
from app.integrations.publishing.traces import thumbnail_of
from app.integrations.publishing.tracing import our_images
from app.integrations.publishing.undoing.remarks import changed_since, not_settled, value_stays
from app.listings.publishing_models import ListingImage

IMAGES = "bigcommerce_product.images"
Pair = tuple[str, str]


def take_back_custom_fields(
    update: Update, left: list[Remark], before: Trace, after: Trace, live: Product
) -> None:
    """Change values back by id, remove what was added, and add what was removed."""
    if "custom_fields" not in before:
        return
    now = {row.id: (row.name, row.value) for row in live.custom_fields}
    was = {number: (name, value) for number, name, value in before["custom_fields"]}
    ours = _by_id(after.get("custom_fields", []), now, was)
    rows: list[dict[str, Any]] = []
    for number, pair in ours.items():
        there, old = now.get(number), was.get(number)
        if pair == old or there == old:
            continue
        place = f"bigcommerce_product.custom_field:{pair[0]}"
        if there != pair:
            left.append(changed_since(place))
            continue
        update.changes.append(change(place, pair[1], old[1] if old else None))
        if old is None:
            update.gone_fields.append(number)
        else:
            rows.append({"id": number, "name": old[0], "value": old[1]})
    for number, pair in was.items():
        if number not in ours and pair not in now.values():
            rows.append({"name": pair[0], "value": pair[1]})
            update.adds_fields = True
            place = f"bigcommerce_product.custom_field:{pair[0]}"
            update.changes.append(change(place, None, pair[1]))
    if rows:
        update.product["custom_fields"] = rows


def _by_id(
    rows: list[list[Any]], now: Mapping[int, Pair], was: Mapping[int, Pair]
) -> dict[int, Pair]:
    """What a publication left; fields of which it never learned the id are found by their pair."""
    found: dict[int, Pair] = {}
    for number, name, value in rows:
        if number is None:
            number = next(
                (key for key, pair in now.items() if pair == (name, value) and key not in was), None
            )
        if number is not None:
            found[number] = (name, value)
    return found


def take_back_images(
    update: Update,
    left: list[Remark],
    before: Trace,
    after: Trace,
    live: Product,
    known: Mapping[tuple[str, str], ListingImage],
) -> None:
    """Remove pictures that were added, and add those again that were removed, from their source."""
    if "images" not in before:
        return
    present = {image.id: image for image in live.images}
    numbers = our_images(known)
    for source, number in after.get("images", {}).get("added", {}).items():
        image = present.get(number or numbers.get(source, 0))
        if image is None:
            continue
        if image.description:
            left.append(changed_since(IMAGES))
        else:
            update.gone_images[source] = image.id
    for source, entry in before["images"]["gone"].items():
        if entry["id"] not in present and numbers.get(source) not in present:
            update.images.append((entry["place"], source))
    stands = before["images"]["thumbnail"]
    if stands in present and thumbnail_of(live) in update.gone_images.values():
        update.product["images"] = [{"id": stands, "is_thumbnail": True}]
    if update.images or update.gone_images:
        names = {number: source for source, number in numbers.items()}
        shown = {image.id: names.get(image.id) or image.url_standard for image in live.images}
        gone = set(update.gone_images.values())
        to = [url for number, url in shown.items() if number not in gone]
        added = [source for _, source in update.images]
        update.changes.append(change(IMAGES, list(shown.values()), [*to, *added]))


def take_back_variant_images(
    update: Update,
    left: list[Remark],
    before: Trace,
    after: Trace,
    live: Product,
    *,
    begun: bool,
) -> None:
    """Give variants their former pictures: from our source, else from the store's own address.

    The store gives a picture a new address, so once it is `begun`, another address is our doing.
    """
    rows = {str(variant.id): variant for variant in live.variants}
    for number, entry in before.get("variant_images", {}).items():
        variant = rows.get(number)
        if variant is None or bare(variant.image_url) == bare(entry["url"]):
            continue
        place = f"bigcommerce_variant[{variant.sku}].image_url"
        sent = after.get("variant_images", {}).get(number, {})
        target = entry["source"] or entry["url"]
        if "url" not in sent:
            left.append(not_settled())
        elif bare(variant.image_url) != sent["url"]:
            if not begun:
                left.append(changed_since(place))
        elif not target:
            left.append(value_stays(place))
        else:
            update.variant_images[UUID(entry["owner"])] = (variant.id, target)
            update.changes.append(change(place, variant.image_url, target))

"""What an update is going to touch: as the store holds it now, and as it is going to be.

Values are kept in the store's own words, so that they can be put back to the byte. A trace has

- `product` and `variants`: values by name;
- `custom_fields`: rows of id, name and value;
- `images`: those that go, by source, and which one stands for the product;
- `variant_images`: by variant;
- `new_variants`: what there was before variants were added;
- `metafields`: id and value by what they are told apart by.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from app.bigcommerce.models.catalog import Image, Product
from app.integrations.publishing.diff import Update
from app.integrations.publishing.images import bare
from app.integrations.publishing.marks import Trace, keep, mark, variant_mark
from app.integrations.publishing.metafields import Key, known_values, wanted_values
from app.integrations.publishing.plan import Source
from app.integrations.publishing.saving import matched
from app.listings.traces import NewTrace

BRAND: Final = "brand_id"


def trace_of_creation(source: Source) -> NewTrace:
    """What a creation finds: a listing, tied to a product of ours or not."""
    listing = source.listing
    before = {
        "link_status": listing.link_status,
        "product_id": str(listing.product_id) if listing.product_id else None,
        "product_sku": listing.product_sku,
    }
    return NewTrace(listing.id, creates=True, before=before)


def trace_of_update(update: Update, seen: Mapping[Key, tuple[int, str]]) -> NewTrace:
    """What an update finds and sends; `seen` are metafields that nothing else remembers."""
    candidate = update.candidate
    live = _live(update)
    before: Trace = {"sent": dict(candidate.before.sent) if candidate.before else {}}
    sent: Trace = {}
    _note_values(update, live, before, sent)
    _note_custom_fields(update, live, before, sent)
    _note_images(update, live, before, sent)
    _note_variant_images(update, live, before, sent)
    if update.new_variants:
        before["new_variants"] = {
            "ids": [variant.id for variant in live.variants],
            "had_options": live.has_options,
            "options": {
                str(option.id): [value.id for value in option.option_values]
                for option in update.options or ()
            },
        }
        sent["new_variants"] = {"skus": {variant.sku: True for variant in update.new_variants}}
    _note_metafields(update, live, seen, before, sent)
    return NewTrace(candidate.id, False, live.id, before, sent)


def _live(update: Update) -> Product:
    live = update.candidate.live
    assert live is not None  # noqa: S101 - only products that exist are refreshed
    return live


def _note_values(update: Update, live: Product, before: Trace, sent: Trace) -> None:
    body = {name: value for name, value in update.product.items() if name != "custom_fields"}
    if "brand_name" in body:
        # Which brand that is shows when the store answers.
        del body["brand_name"]
        body[BRAND] = None
    before["product"] = {name: keep(live.raw[name]) for name in body if name in live.raw}
    sent["product"] = {name: mark(value) for name, value in body.items()}
    rows = {variant.id: variant for variant in live.variants}
    before["variants"], sent["variants"] = {}, {}
    for bodies in (update.variants, update.single):
        for number, values in bodies.items():
            raw = rows[number].raw
            kept = before["variants"].setdefault(str(number), {})
            kept.update({name: keep(raw[name]) for name in values if name in raw})
            marks = sent["variants"].setdefault(str(number), {})
            marks.update({name: mark(value) for name, value in values.items()})


def _note_custom_fields(update: Update, live: Product, before: Trace, sent: Trace) -> None:
    rows = update.product.get("custom_fields", [])
    if not rows and not update.gone_fields:
        return
    before["custom_fields"] = [[row.id, row.name, row.value] for row in live.custom_fields]
    changed = {row["id"]: row for row in rows if "id" in row}
    sent["custom_fields"] = [
        [row.id, changed[row.id]["name"], changed[row.id]["value"]]
        if row.id in changed
        else [row.id, row.name, row.value]
        for row in live.custom_fields
        if row.id not in update.gone_fields
    ] + [[None, row["name"], row["value"]] for row in rows if "id" not in row]


def _note_images(update: Update, live: Product, before: Trace, sent: Trace) -> None:
    if not update.images and not update.gone_images:
        return
    by_id = {image.id: image for image in live.images}
    before["images"] = {
        "thumbnail": thumbnail_of(live),
        "gone": {
            source: _image(by_id[number])
            for source, number in update.gone_images.items()
            if number in by_id
        },
    }
    sent["images"] = {"added": {source: None for _, source in update.images}}


def _image(image: Image) -> dict[str, Any]:
    return {"id": image.id, "place": image.sort_order, "text": keep(image.description)}


def thumbnail_of(product: Product) -> int | None:
    """The image that stands for a product."""
    return next((image.id for image in product.images if image.is_thumbnail), None)


def _note_variant_images(update: Update, live: Product, before: Trace, sent: Trace) -> None:
    if not update.variant_images:
        return
    rows = {variant.id: variant for variant in live.variants}
    before["variant_images"], sent["variant_images"] = {}, {}
    for owner, (number, source) in update.variant_images.items():
        sources = [one for who, one in update.candidate.images if who == str(owner)]
        before["variant_images"][str(number)] = {
            "owner": str(owner),
            "url": rows[number].image_url,
            "source": sources[0] if len(sources) == 1 and rows[number].image_url else None,
        }
        sent["variant_images"][str(number)] = {"source": source}


def key_text(key: Key) -> str:
    """A metafield's key as the name of a JSON member."""
    return json.dumps(list(key))


def key_of(text: str) -> Key:
    """Read what `key_text` wrote."""
    owner, number, namespace, name = json.loads(text)
    return (owner, number, namespace, name)


def _note_metafields(
    update: Update,
    live: Product,
    seen: Mapping[Key, tuple[int, str]],
    before: Trace,
    sent: Trace,
) -> None:
    if not update.metafields:
        return
    last = update.candidate.before
    known = known_values(last.metafields if last is not None else [])
    pairs = matched(update.candidate.source.variants, live.variants)
    numbers = {row.id: variant for row, variant in pairs.items()}
    before["metafields"], sent["metafields"] = {}, {}
    for key, row in wanted_values(update.candidate.desired, live.id, numbers).items():
        there = known.get(key)
        if there is None or there[1] != row.value:
            was = there or seen.get(key)
            before["metafields"][key_text(key)] = list(was) if was else None
            sent["metafields"][key_text(key)] = row.value


def trace_left(before: Trace, sent: Trace, live: Product, images: Mapping[str, int]) -> Trace:
    """What an update left in the store, by reading its product again.

    `images` are the product's pictures by their sources.
    """
    left: Trace = {"product": {}, "variants": {}}
    for name in before.get("product", {}):
        left["product"][name] = mark(live.raw.get(name))
    rows = {str(variant.id): variant for variant in live.variants}
    for number, values in before.get("variants", {}).items():
        if number in rows:
            left["variants"][number] = {name: mark(rows[number].raw.get(name)) for name in values}
    if "custom_fields" in before:
        left["custom_fields"] = _ours(before, sent, live)
    if "images" in before:
        added = sent.get("images", {}).get("added", {})
        left["images"] = {"added": {source: images.get(source) for source in added}}
    for number, entry in sent.get("variant_images", {}).items():
        if number in rows:
            entry = {**entry, "url": bare(rows[number].image_url)}
        left.setdefault("variant_images", {})[number] = entry
    if "new_variants" in before:
        old, skus = before["new_variants"]["ids"], sent["new_variants"]["skus"]
        left["new_variants"] = {
            "skus": skus,
            "made": {
                str(variant.id): [variant_mark(variant), variant.inventory_level or 0]
                for variant in live.variants
                if variant.id not in old and variant.sku in skus
            },
        }
    if "metafields" in sent:
        left["metafields"] = sent["metafields"]
    return left


def _ours(before: Trace, sent: Trace, live: Product) -> list[list[Any]]:
    """Custom fields as far as the update has to do with them; others' new ones are not ours."""
    old = {row[0] for row in before["custom_fields"]}
    pairs = {(row[1], row[2]) for row in sent.get("custom_fields", [])}
    return [
        [row.id, row.name, row.value]
        for row in live.custom_fields
        if row.id in old or (row.name, row.value) in pairs
    ]

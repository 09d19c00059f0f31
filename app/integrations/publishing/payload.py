"""From a mapped listing to the product that the store is to have, by the settings."""

from __future__ import annotations

from typing import Any, Final

from app.channels.settings import PublishListingsSettings
from app.integrations.publishing.fields import Natives, natives
from app.integrations.publishing.images import choose_images
from app.integrations.publishing.plan import (
    Desired,
    DesiredVariant,
    NotPublishable,
    Path,
    Remark,
    Source,
)
from app.integrations.publishing.texts import custom_field_pairs, shown_name
from app.integrations.publishing.variants import check_variants
from app.listings.kinds import Health
from app.mapping.problems import Problem
from app.mapping.records import MappedRecord
from app.runs.kinds import Outcome

PRODUCT: Final = "bigcommerce_product"
VARIANT: Final = "bigcommerce_variant"
REQUIRED: Final = ("name", "type", "price", "weight")
LONGEST_CATEGORY: Final = 50
INHERITED: Final = (
    "price",
    "cost_price",
    "sale_price",
    "retail_price",
    "map_price",
    "weight",
    "width",
    "height",
    "depth",
)
_HANDLED: Final = frozenset({"bigcommerce_product.images", "bigcommerce_variant.image"})
"""Targets whose limits are judged picture by picture."""
_PRODUCT_REFUSES_NULL: Final = frozenset({*INHERITED, "sku", "inventory_level"})


def desired_product(
    source: Source, mapped: MappedRecord, settings: PublishListingsSettings
) -> Desired:
    """Work out what the store is to have; raises `NotPublishable`."""
    _check_outcome(mapped)
    parent = natives(mapped.once[PRODUCT])
    each = [natives(part) for part in mapped.repeated[VARIANT]]
    alone = not any(entry.options for entry in each) and len(each) <= 1
    remarks = [*source.remarks, *_remarks(mapped, [parent, *each])]
    desired = Desired(fields=parent.fields, remarks=remarks)
    desired.brand = parent.brand
    desired.metafields = parent.metafields
    desired.added, desired.blank_fields = frozenset(parent.added), parent.blank_names
    pictures = list(parent.images or [])
    if alone:
        _fold(desired, source, parent, each)
        desired.images = choose_images(settings.images, pictures, _as_variants(source, each))
        if parent.images is None and not desired.images:
            desired.images = None
    else:
        desired.variants = _variants(source, mapped, each)
        check_variants(desired, settings)
        desired.images = choose_images(settings.images, pictures, desired.variants)
    _check_required(desired, mapped, source)
    _add_tracking(desired)
    _apply_name(desired, settings)
    lists = [entry.custom_fields for entry in (parent, *each) if entry.custom_fields is not None]
    if lists:
        rows = [row for rows in lists for row in rows]
        desired.custom_fields = custom_field_pairs(rows, settings, desired.remarks)
    desired.categories = _paths(parent.paths, desired.remarks)
    desired.fields.setdefault("is_visible", _is_visible(source))
    return desired


def _check_outcome(mapped: MappedRecord) -> None:
    if mapped.outcome == "skipped":
        raise NotPublishable("skipped_by_rule", mapped.reason, None, Outcome.SKIPPED)
    if mapped.outcome == "failed":
        raise NotPublishable("failed_by_rule", mapped.reason, None)


def _fold(desired: Desired, source: Source, parent: Natives, each: list[Natives]) -> None:
    """Without options the only variant is the product, and its values are the product's."""
    desired.only = source.variants[0].id if source.variants else None
    for entry in each:
        for name, value in entry.fields.items():
            if name not in {"image_url", "purchasing_disabled"} and value not in (None, ""):
                desired.fields[name] = value
        desired.metafields = [*parent.metafields, *entry.metafields]
    for name in _PRODUCT_REFUSES_NULL:
        if desired.fields.get(name, "") is None:
            del desired.fields[name]


def _as_variants(source: Source, each: list[Natives]) -> list[DesiredVariant]:
    return [
        DesiredVariant(row.id, "", {}, {}, image=entry.fields.get("image_url"))
        for row, entry in zip(source.variants, each, strict=False)
    ]


def _variants(source: Source, mapped: MappedRecord, each: list[Natives]) -> list[DesiredVariant]:
    found = []
    parts = mapped.repeated[VARIANT]
    for row, part, entry in zip(source.variants, parts, each, strict=True):
        if part.outcome != "mapped":
            continue
        fields = dict(entry.fields)
        image = fields.pop("image_url", None)
        found.append(
            DesiredVariant(
                id=row.id,
                sku=str(fields.pop("sku", None) or "").strip(),
                options=entry.options,
                fields=fields,
                external_number=row.external_number,
                image=image or None,
                metafields=entry.metafields,
            )
        )
    return found


def _check_required(desired: Desired, mapped: MappedRecord, source: Source) -> None:
    blocked = next((item for item in source.remarks if item.field == f"{VARIANT}.price"), None)
    if blocked is not None and not source.exists:
        raise NotPublishable(blocked.code, blocked.message, blocked.field)
    required = [name for name in REQUIRED if not (blocked is not None and name == "price")]
    for name in required:
        if desired.fields.get(name) in (None, ""):
            key = f"{PRODUCT}.{name}"
            problem = _problem_of(mapped, name)
            raise NotPublishable(
                problem.code if problem else "required_missing",
                problem.message if problem else f"The product needs a {name} to be published.",
                problem.field if problem else key,
            )


def _problem_of(mapped: MappedRecord, name: str) -> Problem | None:
    keys = {f"{PRODUCT}.{name}", f"{VARIANT}.{name}"}
    return next((item for item in mapped.problems if item.field in keys), None)


def _remarks(mapped: MappedRecord, parts: list[Natives]) -> list[Remark]:
    kept_anyway = {"too_long", "required_missing"}
    remarks = [
        Remark(item.code, item.message, item.field)
        for item in mapped.problems
        if item.field not in _HANDLED and item.code not in kept_anyway
    ]
    remarks += [
        Remark("value_left_out", f"{name} was left out: {why}", f"{PRODUCT}.{name}")
        for part in parts
        for name, why in part.unusable
    ]
    return remarks


def _apply_name(desired: Desired, settings: PublishListingsSettings) -> None:
    desired.fields["name"] = shown_name(desired.name, settings, desired.remarks)


def _add_tracking(desired: Desired) -> None:
    """Stock is tracked where its level is known: by variant if there are options."""
    if desired.variants:
        desired.fields.pop("inventory_level", None)
        tracked = any(row.fields.get("inventory_level") is not None for row in desired.variants)
        desired.fields["inventory_tracking"] = "variant" if tracked else "none"
        for row in desired.variants:
            if row.fields.get("inventory_level", 0) is None:
                del row.fields["inventory_level"]
    else:
        tracked = desired.fields.get("inventory_level") is not None
        desired.fields["inventory_tracking"] = "product" if tracked else "none"


def _paths(paths: list[list[str]] | None, remarks: list[Remark]) -> list[Path] | None:
    if paths is None:
        return None
    found: dict[Path, None] = {}
    for path in paths:
        names = tuple(name.strip() for name in path if name.strip())
        if any(len(name) > LONGEST_CATEGORY for name in names):
            text = f"Category {' > '.join(names)} was left out: names have at most 50 characters."
            remarks.append(Remark("category_too_long", text, f"{PRODUCT}.categories"))
            continue
        if names:
            found[names] = None
    return list(found)


def _is_visible(source: Source) -> bool:
    listing = source.listing
    return not (listing.health == Health.HIDDEN or listing.pending == Health.HIDDEN)


def inherits(desired: Desired, variant: DesiredVariant, name: str) -> bool:
    """Whether a variant's value is the product's, which the store expresses by null."""
    value: Any = variant.fields.get(name)
    return name in INHERITED and (value is None or value == desired.fields.get(name))

"""Categories and custom fields of a product compared with those it is to have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from app.bigcommerce.models.catalog import Product
from app.integrations.publishing.batches import Candidate
from app.integrations.publishing.category_paths import CategoryPaths
from app.integrations.publishing.memory import sent_pairs
from app.integrations.publishing.plan import Change, change


class ListChanges(Protocol):
    """The part of an update that lists are written to."""

    candidate: Candidate
    product: dict[str, object]
    gone_fields: list[int]
    adds_fields: bool
    changes: list[Change]


def category_changes(update: ListChanges, live: Product, known: CategoryPaths) -> None:
    """Replace a product's categories, or add to them; those of other storefronts' trees stay."""
    paths = update.candidate.desired.categories
    if paths is None:
        return
    shown = [list(path) for number in live.categories if (path := known.path_of(number))]
    wanted_ids = [known.find(path) for path in paths]
    foreign = [number for number in live.categories if not known.path_of(number)]
    wanted = [number for number in wanted_ids if number is not None]
    missing = len(wanted) < len(wanted_ids)
    if "categories" in update.candidate.desired.added:
        wanted = [*live.categories, *wanted]
        paths = [*map(tuple, shown), *(path for path in paths if list(path) not in shown)]
    if not missing and set(wanted) | set(foreign) == set(live.categories):
        return
    update.product["categories"] = list(dict.fromkeys([*wanted, *foreign]))
    update.changes.append(
        change("bigcommerce_product.categories", shown, [list(path) for path in paths])
    )


def custom_field_changes(update: ListChanges, live: Product) -> None:
    """Change values by id, add what is new, and remove what an earlier publication of ours sent.

    Custom fields of others stay.
    """
    pairs = update.candidate.desired.custom_fields
    if pairs is None:
        return
    there = {(row.name, row.value): row.id for row in live.custom_fields}
    wanted = set(pairs)
    spare = {
        row.id: (row.name, row.value)
        for row in live.custom_fields
        if (row.name, row.value) not in wanted
    }
    rows: list[dict[str, object]] = []
    for name, value in pairs:
        if (name, value) in there:
            continue
        same_name = next((key for key, pair in spare.items() if pair[0] == name), None)
        if same_name is None:
            rows.append({"name": name, "value": value})
            update.adds_fields = True
        else:
            before = spare.pop(same_name)
            rows.append({"id": same_name, "name": name, "value": value})
            update.changes.append(
                change(f"bigcommerce_product.custom_field:{name}", before[1], value)
            )
            continue
        update.changes.append(change(f"bigcommerce_product.custom_field:{name}", None, value))
    if rows:
        update.product["custom_fields"] = rows
    _remove_ours(update, spare)


def _remove_ours(update: ListChanges, spare: Mapping[int, tuple[str, str]]) -> None:
    before = update.candidate.before
    ours = sent_pairs(before.sent) if before is not None else set()
    desired = update.candidate.desired
    for number, pair in spare.items():
        kept = "custom_fields" in desired.added and pair[0] not in desired.blank_fields
        if pair in ours and not kept:
            update.gone_fields.append(number)
            update.changes.append(
                change(f"bigcommerce_product.custom_field:{pair[0]}", pair[1], None)
            )

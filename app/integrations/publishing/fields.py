"""Mapped values by the names that the store gives them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from app.integrations.publishing.plan import Metafield, number
from app.mapping.additions import blank_names
from app.mapping.catalogue import Catalogue, catalogue_of
from app.mapping.engine.evaluate import Evaluated
from app.mapping.values import as_text, is_blank

CATALOGUE: Final[Catalogue] = catalogue_of("publish_listings")
_CUSTOM_FIELDS: Final = frozenset({"custom_fields", "product.custom_fields"})
_DIGITS_ONLY: Final = frozenset({"upc", "gtin"})
LONGEST: Final = 255
_SHORT_TEXTS: Final = frozenset(
    {"sku", "availability_description", "page_title", "bin_picking_number", "mpn", "brand_name"}
)


@dataclass
class Natives:
    """One group of a mapped record, sorted by where it goes in the store."""

    fields: dict[str, Any] = field(default_factory=dict)
    brand: str | None = None
    paths: list[list[str]] | None = None
    images: list[str] | None = None
    custom_fields: list[dict[str, str]] | None = None
    metafields: list[Metafield] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)
    added: set[str] = field(default_factory=set)
    """Lists that are to be added to what the store has."""
    blank_names: frozenset[str] = frozenset()
    """Custom fields that were mapped to nothing, where the list is added to."""
    unusable: list[tuple[str, str]] = field(default_factory=list)
    """Names of fields whose values the store would refuse, with why."""


def natives(evaluated: Evaluated) -> Natives:
    """Sort the values of a group."""
    found = Natives()
    levels: dict[int, str] = {}
    for key, value in evaluated.values.items():
        if ":" in key:
            continue
        target = CATALOGUE.target(key)
        name = key.partition(".")[2]
        native = (target.bigcommerce if target else "") or name
        if name.startswith("category_level_"):
            levels[int(name.rpartition("_")[2])] = as_text(value)
        elif native.startswith("metafields."):
            _add_metafield(found, native, value, public=bool(target and target.public))
        else:
            _sort(found, native, value, cleared=key in evaluated.cleared)
        if key in evaluated.added:
            found.added.add(native)
            if native in _CUSTOM_FIELDS:
                found.blank_names = blank_names(evaluated, key)
    path = [levels[level].strip() for level in sorted(levels) if levels[level].strip()]
    if path:
        found.paths = [*(found.paths or []), path]
    return found


def _sort(found: Natives, native: str, value: Any, *, cleared: bool) -> None:
    if native in _CUSTOM_FIELDS:
        found.custom_fields = [*(found.custom_fields or []), *(value or [])]
    elif native == "categories":
        found.paths = [*(found.paths or []), *(value or [])]
    elif native == "images":
        found.images = list(value or [])
    elif native == "option_values":
        found.options = {str(name): as_text(label) for name, label in (value or {}).items()}
    elif native == "metafields":
        found.metafields += [
            Metafield(row["namespace"], row["key"], row["value"]) for row in value or []
        ]
    elif native == "brand_name":
        found.brand = "" if cleared else as_text(value).strip()
    elif problem := _unusable(native, value):
        found.unusable.append((native, problem))
    else:
        found.fields[native] = number(value)


def _add_metafield(found: Natives, native: str, value: Any, *, public: bool) -> None:
    _, namespace, key = native.split(".", 2)
    if not is_blank(value):
        found.metafields.append(Metafield(namespace, key, as_text(value), public))


def _unusable(native: str, value: Any) -> str:
    """Why the store would refuse a value of an optional field; "" when it would not."""
    if native in _DIGITS_ONLY and not is_blank(value):
        text = as_text(value)
        if not (text.isascii() and text.isdigit()) or len(text) > 14:
            return f"“{text[:40]}” is not a number of at most 14 digits."
    if native in _SHORT_TEXTS and len(as_text(value)) > LONGEST:
        return f"The text is longer than {LONGEST} characters."
    return ""

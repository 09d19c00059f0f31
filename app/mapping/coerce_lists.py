"""List values: text, images, categories, custom fields, options, metafields.

Each accepts our own form, BigCommerce's form and plain text, and answers our own form:
images `["https://…"]`, categories `[["Toys", "Educational"]]`, custom fields
`[{"name", "value"}]`, options `{"Color": "Blue"}`, metafields `[{"namespace", "key", "value"}]`.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import re2

from app.mapping.catalogue.fields import FieldType
from app.mapping.errors import FieldFailure
from app.mapping.values import MAX_ITEMS, as_text, is_blank, shortened

IMAGE_KEYS: Final = ("url", "url_zoom", "url_standard", "image_url", "image_file")
NAME_KEYS: Final = ("name", "option_display_name", "display_name", "key")
VALUE_KEYS: Final = ("value", "label", "display_value")


def strings(value: object) -> list[str]:
    """Texts; one text is split at commas."""
    items = _items(value, ",")
    return [text for text in (as_text(item).strip() for item in items) if text]


def images(value: object) -> list[str]:
    """Image addresses, BigCommerce's main picture first; blank ones are left out."""
    items = _items(value, r"[\s|]+|,\s+", pattern=True)
    if items and all(isinstance(item, Mapping) for item in items):
        items = sorted(items, key=_image_rank)
    urls = [_image_url(item) for item in items]
    return list(dict.fromkeys(url for url in urls if url))


def _image_rank(item: object) -> tuple[bool, int]:
    if not isinstance(item, Mapping):
        return True, 0
    order = item.get("sort_order")
    return not item.get("is_thumbnail"), order if isinstance(order, int) else 0


def _image_url(item: object) -> str:
    if isinstance(item, Mapping):
        return next((as_text(item[key]).strip() for key in IMAGE_KEYS if item.get(key)), "")
    return as_text(item).strip()


def categories(value: object) -> list[list[str]]:
    """Category paths from the top down; numbers are refused because they are not names."""
    if isinstance(value, list | tuple) and value and all(isinstance(i, str) for i in value):
        paths: list[object] = list(value)
    else:
        paths = _items(value, r"\s*[;|\n]\s*", pattern=True)
    found = [_path(path) for path in paths]
    return [path for index, path in enumerate(found) if path and path not in found[:index]]


def _path(value: object) -> list[str]:
    if isinstance(value, bool | int):
        raise FieldFailure(
            "categories_unresolved",
            f"Category number {value} has no name here. Give category names.",
        )
    if isinstance(value, Mapping):
        return _path(value.get("path") or value.get("name") or "")
    parts = value if isinstance(value, list | tuple) else as_text(value).split(">")
    return [text for text in (as_text(part).strip() for part in parts) if text]


def custom_fields(value: object) -> list[dict[str, str]]:
    """Names with values; a text is read as `Name: Value`, blank values are left out."""
    pairs = _pairs(value, default_name="Custom Field")
    return [{"name": name, "value": text} for name, text in pairs if text]


def options(value: object) -> dict[str, str]:
    """Option names with the chosen values."""
    return {name: text for name, text in _pairs(value, default_name="Option") if text}


def metafields(value: object) -> list[dict[str, str]]:
    """Metafields; an object is read as `{"namespace.key": value}`."""
    if isinstance(value, Mapping) and "key" not in value:
        value = [_split_key(str(key), item) for key, item in value.items()]
    found = []
    for item in _items(value, ";"):
        if not isinstance(item, Mapping):
            raise FieldFailure("not_metafields", f"“{shortened(item)}” is not a metafield.")
        parts = {key: as_text(item.get(key)) for key in ("namespace", "key", "value")}
        if parts["key"] and parts["value"]:
            found.append(parts)
    return found


def _split_key(key: str, value: object) -> dict[str, object]:
    namespace, _, name = key.rpartition(".")
    return {"namespace": namespace, "key": name, "value": value}


def _pairs(value: object, default_name: str) -> list[tuple[str, str]]:
    if isinstance(value, Mapping) and not _pair_of(value):
        return [(str(name).strip(), as_text(item).strip()) for name, item in value.items()]
    found: dict[tuple[str, str], None] = {}
    for item in _items(value, r"\s*[;\n]\s*", pattern=True):
        pair = _pair_of(item) if isinstance(item, Mapping) else _pair_text(item, default_name)
        if pair:
            found[pair] = None
    return list(found)


def _pair_of(item: Mapping[str, object]) -> tuple[str, str] | None:
    name = next((as_text(item[key]).strip() for key in NAME_KEYS if item.get(key)), "")
    value = next((as_text(item[key]).strip() for key in VALUE_KEYS if key in item), None)
    return (name, value) if name and value is not None else None


def _pair_text(item: object, default_name: str) -> tuple[str, str] | None:
    text = as_text(item).strip()
    name, colon, value = text.partition(":")
    if colon and name.strip() and not value.startswith("//"):
        return name.strip(), value.strip()
    return (default_name, text) if text else None


def _items(value: object, separator: str, *, pattern: bool = False) -> list[object]:
    if is_blank(value):
        return []
    if isinstance(value, list | tuple):
        items = list(value)
    elif isinstance(value, str):
        items = list(re2.split(separator, value) if pattern else value.split(separator))
    else:
        items = [value]
    if len(items) > MAX_ITEMS:
        raise FieldFailure("too_large", f"The list has {len(items)} entries, over {MAX_ITEMS}.")
    return items


LISTS: Final[Mapping[FieldType, Callable[[object], object]]] = MappingProxyType(
    {
        FieldType.STRINGS: strings,
        FieldType.IMAGES: images,
        FieldType.CATEGORIES: categories,
        FieldType.CUSTOM_FIELDS: custom_fields,
        FieldType.OPTIONS: options,
        FieldType.METAFIELDS: metafields,
    }
)

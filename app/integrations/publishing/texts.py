"""Texts that are too long for the store, by the settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from app.channels.settings import PublishListingsSettings
from app.integrations.publishing.plan import NotPublishable, Remark

LONGEST: Final = 250
MOST_CUSTOM_FIELDS: Final = 200
_NAME: Final = "bigcommerce_product.name"
_CUSTOM_FIELDS: Final = "bigcommerce_product.custom_fields"


def shown_name(name: str, settings: PublishListingsSettings, remarks: list[Remark]) -> str:
    """The product's name in a length that the store takes; raises `NotPublishable`."""
    if len(name) <= LONGEST:
        return name
    if settings.long_title == "fail":
        raise NotPublishable(
            "title_too_long",
            f"The title has {len(name)} characters; BigCommerce takes {LONGEST}. Shorten it, or"
            " set `long_title` to truncate.",
            _NAME,
        )
    text = f"The title was cut from {len(name)} to {LONGEST} characters."
    remarks.append(Remark("title_truncated", text, _NAME))
    return name[:LONGEST].rstrip()


def custom_field_pairs(
    rows: Iterable[Mapping[str, str]], settings: PublishListingsSettings, remarks: list[Remark]
) -> list[tuple[str, str]]:
    """Names and values that the store takes, each pair once; raises `NotPublishable`."""
    pairs: dict[tuple[str, str], None] = {}
    for row in rows:
        name, value = row["name"].strip(), row["value"].strip()
        if not name or not value:
            continue
        if max(len(name), len(value)) > LONGEST:
            if settings.long_attributes == "fail":
                raise NotPublishable(
                    "attribute_too_long",
                    f"Custom field “{name[:60]}” has more than {LONGEST} characters. Shorten it,"
                    " or set `long_attributes` to truncate or skip.",
                    _CUSTOM_FIELDS,
                )
            cut = settings.long_attributes == "truncate"
            what = f"cut to {LONGEST} characters" if cut else "left out: it is too long"
            text = f"Custom field “{name[:60]}” was {what}."
            code = "attribute_truncated" if cut else "attribute_skipped"
            remarks.append(Remark(code, text, _CUSTOM_FIELDS))
            if not cut:
                continue
            name, value = name[:LONGEST].rstrip(), value[:LONGEST].rstrip()
        pairs[(name, value)] = None
    if len(pairs) > MOST_CUSTOM_FIELDS:
        raise NotPublishable(
            "too_many_custom_fields",
            f"The product has {len(pairs)} custom fields; BigCommerce takes {MOST_CUSTOM_FIELDS}.",
            _CUSTOM_FIELDS,
        )
    return list(pairs)

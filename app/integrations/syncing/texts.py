"""Values of a sync that are texts: availability, custom fields, metafields.

Availability and custom fields belong to the product and are told of its first variant. What
BigCommerce has no field for (drop-ship fee, shipping cost) becomes a metafield of the variant. No
text is ever emptied by a sync, because the store has no empty custom field or metafield.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from app.mapping.engine.evaluate import Evaluated
from app.mapping.values import as_text

PREFIX: Final = "bigcommerce_variant."
DESCRIPTION: Final = "availability_description"
CUSTOM_FIELD: Final = "custom_field:"
METAFIELD: Final = "metafield:"
OUR_NAMESPACE: Final = "quayside"
_FEES: Final = ("dropship_fee", "shipping_cost")

LastTexts = Mapping[tuple[UUID, str], Any]
"""What was last sent, by variant and target."""


def texts_of(part: Evaluated, wants: Callable[[str], bool]) -> dict[str, str]:
    """Texts of a mapped variant by what they are called in requests; blank ones are left out."""
    found: dict[str, str] = {}
    if wants(DESCRIPTION):
        found[DESCRIPTION] = as_text(part.values.get(PREFIX + DESCRIPTION))
    if wants("custom_field"):
        for entry in _entries(part, "custom_field"):
            found[CUSTOM_FIELD + as_text(entry.get("name"))] = as_text(entry.get("value"))
        for name in _FEES:
            text = as_text(part.values.get(PREFIX + name))
            found[f"{METAFIELD}{OUR_NAMESPACE}.{name}"] = text
        for entry in _entries(part, "metafields"):
            key = f"{as_text(entry.get('namespace'))}.{as_text(entry.get('key'))}"
            found[METAFIELD + key] = as_text(entry.get("value"))
    return {name: text for name, text in found.items() if text.strip()}


def without_field(texts: dict[str, str], name: str) -> None:
    """Take out what a problem of the template speaks of."""
    gone = [key for key in texts if key == name or key.partition(":")[0] == name.partition(":")[0]]
    for key in gone:
        del texts[key]


def _entries(part: Evaluated, name: str) -> list[Mapping[str, Any]]:
    value = part.values.get(PREFIX + name)
    return (
        [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []
    )

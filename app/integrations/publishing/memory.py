"""What is kept of a publication, so that the next one can tell our doing from others'.

A store may write a description back in other words, and nobody can tell from a custom field whose
it is. So it is noted what was sent, and as what it came back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from app.bigcommerce.models.catalog import Product
from app.integrations.publishing.plan import Desired
from app.listings.publishing import UNCOUNTED


def memory_of(desired: Desired, product: Product, *, uncounted: bool) -> dict[str, Any]:
    """What to keep after the store answered.

    With `uncounted` it is we who left the stock uncounted, because it was not known.
    """
    kept: dict[str, Any] = {}
    if uncounted and product.inventory_tracking == "none":
        kept[UNCOUNTED] = True
    if "description" in desired.fields:
        kept["description"] = [digest(desired.fields["description"]), digest(product.description)]
    if desired.custom_fields is not None:
        kept["custom_fields"] = [list(pair) for pair in desired.custom_fields]
    return kept


def was_rewritten(kept: Mapping[str, Any], name: str, wanted: Any, there: Any) -> bool:
    """Whether a text differs only because the store wrote it back in other words."""
    return bool(kept.get(name) == [digest(wanted), digest(there)])


def sent_pairs(kept: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Custom fields that the last publication sent."""
    return {(str(name), str(value)) for name, value in kept.get("custom_fields", [])}


def digest(text: Any) -> str:
    """A short fingerprint of a text."""
    return hashlib.sha256(str(text or "").encode()).hexdigest()[:24]

"""Refusals of the store, told so that somebody can act on them."""

from __future__ import annotations

from typing import Final

from app.bigcommerce.client import StoreClient
from app.bigcommerce.errors import Conflict, Forbidden, PlanLimit, Refused
from app.bigcommerce.models.catalog import Product
from app.bigcommerce.resources import inventory, products
from app.bigcommerce.resources.batches import batches
from app.integrations.publishing.plan import Desired, NotPublishable

SKUS_AT_ONCE: Final = 50
_NAME: Final = "bigcommerce_product.name"
_SKU: Final = "bigcommerce_product.sku"


async def explained(client: StoreClient, error: Refused, desired: Desired) -> NotPublishable:
    """The refusal of a product; of a collision it names the other product."""
    if "name_duplicate" in error.codes:
        other = await _other_name(client, desired)
        text = f"Another product in the store has the name “{desired.name}”{_named(other)}."
        return NotPublishable("name_duplicate", f"{text} {_ADVICE}", _NAME)
    if "sku_duplicate" in error.codes:
        sku, other = await _other_sku(client, desired)
        what = f"the SKU {sku}" if sku else "one of these SKUs"
        text = f"Another product in the store has {what}{_named(other)}. Capitals do not count."
        return NotPublishable("sku_duplicate", f"{text} {_ADVICE}", _SKU)
    return plain(error)


_ADVICE: Final = "Link the listing to it, or change one of the two."


def plain(error: Refused) -> NotPublishable:
    """The refusal with the code and the field of its first problem."""
    first = next(iter(error.problems), None)
    code = first.code if first else ""
    if not code or code.startswith("http_"):
        code = _code(error)
    place = f"bigcommerce_product.{first.field}" if first and first.field else None
    return NotPublishable(code, error.for_merchant, place)


def _code(error: Refused) -> str:
    if isinstance(error, PlanLimit):
        return "plan_limit"
    return "conflict" if isinstance(error, Conflict) else "store_refused"


async def _other_name(client: StoreClient, desired: Desired) -> Product | None:
    found = await products.by_name(client, desired.name, include="")
    return found[0] if found else None


async def _other_sku(client: StoreClient, desired: Desired) -> tuple[str, Product | None]:
    own = desired.fields.get("sku")
    if own:
        found = await products.by_sku(client, str(own), include="")
        if found:
            return str(own), found[0]
    try:
        for batch in batches(desired.skus, SKUS_AT_ONCE):
            skus = ",".join(sku for sku in batch if "," not in sku)
            if not skus:
                continue
            async for page in inventory.items(client, filters={"sku:in": skus}):
                for item in page.items:
                    product = await products.one(client, item.identity.product_id, include="")
                    return item.identity.sku, product
    except (Forbidden, Refused):
        # The sentence is worth having without the name, too.
        pass
    return "", None


def _named(other: Product | None) -> str:
    if other is None:
        return ""
    sku = f", SKU {other.sku}" if other.sku else ""
    return f": product {other.id} “{other.name}”{sku}"

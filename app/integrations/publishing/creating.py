"""Creating one product exactly once.

The request is never repeated unseen: when its answer was lost, the product is looked for by SKU,
then by name, and taken over if it is the one that was sent. Should it not be found, sending again
cannot make a second one, because names and SKUs are unique in a store; the collision then proves
that the first one arrived.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from app.bigcommerce.client import StoreClient
from app.bigcommerce.errors import (
    BigCommerceError,
    Conflict,
    MalformedAnswer,
    NotFound,
    Refused,
    Unreachable,
)
from app.bigcommerce.models.catalog import Product
from app.bigcommerce.resources import products, variants
from app.integrations.publishing.body import creation_body
from app.integrations.publishing.conflicts import explained
from app.integrations.publishing.plan import Desired, Remark

ATTEMPTS = 3
CLOCKS_DIFFER_BY = timedelta(hours=1)


async def _by_nobody(number: int) -> bool:
    """The answer where no other listing can stand for a product."""
    return False


@dataclass
class Creation:
    """A product to be made; `doubtful` when an earlier request may have made it."""

    listing_id: UUID
    desired: Desired
    category_ids: list[int]
    doubtful: bool = False
    since: datetime | None = None
    """When it was first sent: what is older is somebody else's."""
    is_held: Callable[[int], Awaitable[bool]] = _by_nobody
    """Whether another listing stands for a product, so that it cannot be the one that was sent."""


@dataclass
class Created:
    """A product that is in the store now."""

    product: Product
    with_images: bool = True
    """False when the store refused it with pictures, so that they are added one by one."""
    remarks: list[Remark] = field(default_factory=list)


async def create_product(client: StoreClient, wanted: Creation) -> Created:
    """Make the product or find it; raises `NotPublishable`, and the errors of the store's state."""
    with_images = True
    doubtful = wanted.doubtful
    for attempt in range(1, ATTEMPTS + 1):
        if doubtful:
            found = await find_sent(client, wanted)
            if found is not None:
                return Created(found, with_images=with_images)
        body = creation_body(wanted.desired, wanted.category_ids, with_images=with_images)
        try:
            return await _send(client, wanted, body, with_images=with_images)
        except (Unreachable, MalformedAnswer) as error:
            if not error.sent or attempt == ATTEMPTS:
                raise
            doubtful = True
        except Refused as error:
            if with_images and _is_about_images(error):
                with_images = False
            elif isinstance(error, Conflict) and doubtful and attempt < ATTEMPTS:
                # The first request arrived after we had looked.
                continue
            else:
                raise await explained(client, error, wanted.desired) from error
    raise BigCommerceError(detail="the product could not be settled")


async def _send(
    client: StoreClient, wanted: Creation, body: dict[str, object], *, with_images: bool
) -> Created:
    answer = await products.create(client, body)
    created = Created(answer.data, with_images=with_images)
    if answer.partly_saved is not None:
        problem = next(iter(answer.partly_saved.problems), None)
        place = f"bigcommerce_product.{problem.field}" if problem and problem.field else None
        created.remarks.append(Remark("partly_saved", answer.partly_saved.for_merchant, place))
    images = len(wanted.desired.images or []) if with_images else 0
    whole = len(answer.data.variants) >= max(len(wanted.desired.variants), 1)
    if not whole or len(answer.data.images) < images:
        created.product = await products.one(client, answer.data.id)
    return created


def _is_about_images(error: Refused) -> bool:
    return "image_invalid" in error.codes or any("image" in name for name in error.fields)


async def find_sent(client: StoreClient, wanted: Creation) -> Product | None:
    """The product that an earlier request made, if it did."""
    desired = wanted.desired
    own = desired.fields.get("sku")
    if own:
        for product in await products.by_sku(client, str(own)):
            if await _is_sent(product, wanted):
                return product
    elif desired.variants:
        for variant in await variants.by_sku(client, desired.variants[0].sku):
            try:
                product = await products.one(client, variant.product_id)
            except NotFound:
                continue
            if await _is_sent(product, wanted):
                return product
    for product in await products.by_name(client, desired.name):
        if await _is_sent(product, wanted):
            return product
    return None


async def _is_sent(product: Product, wanted: Creation) -> bool:
    """Whether a product is what was sent, and nobody else's."""
    return _is_like(product, wanted) and not await wanted.is_held(product.id)


def _is_like(product: Product, wanted: Creation) -> bool:
    """Whether a product is what was sent: its SKUs, else its name, and not older than that."""
    born = product.date_created
    if wanted.since is not None and born is not None and born < wanted.since - CLOCKS_DIFFER_BY:
        return False
    skus = {sku.casefold() for sku in wanted.desired.skus}
    if skus:
        there = {row.sku.casefold() for row in product.variants} | {product.sku.casefold()}
        return skus == there - {""}
    return _folded(product.name) == _folded(wanted.desired.name)


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()

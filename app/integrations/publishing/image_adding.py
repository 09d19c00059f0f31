"""Adding pictures to a product one by one, each exactly once.

Before a picture is sent, the images that the product has are written down. When the answer was
lost, the one that is not among them is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from app.bigcommerce.client import StoreClient
from app.bigcommerce.errors import MalformedAnswer, Refused, Unreachable
from app.bigcommerce.models.catalog import Image
from app.bigcommerce.resources import images
from app.core.resources import Resources
from app.integrations.publishing.body import image_body
from app.integrations.publishing.image_checks import FIELD
from app.integrations.publishing.plan import Remark
from app.listings.publishing import PRODUCT, forget_images, images_of, remember_images

ATTEMPTS = 3


@dataclass
class ImagesAdded:
    """Which images the sources have become, and what could not be added."""

    numbers: dict[str, int] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)


def pair_images(sources: list[str], found: list[Image]) -> dict[str, int]:
    """Tie pictures that were sent together to the store's images, by their order."""
    if len(sources) != len(found):
        return {}
    ordered = sorted(found, key=lambda image: (image.sort_order, image.id))
    return {source: image.id for source, image in zip(sources, ordered, strict=True)}


async def add_images(
    res: Resources,
    client: StoreClient,
    listing_id: UUID,
    product_id: int,
    sources: Sequence[tuple[int, str]],
    present: Sequence[int],
) -> ImagesAdded:
    """Add the pictures that the product does not have yet, each at its place.

    A bad one is a remark.
    """
    added = ImagesAdded()
    async with res.unit_of_work() as uow:
        known = (await images_of(uow, [listing_id])).get(listing_id, {})
    live = set(present)
    for place, source in sources:
        row = known.get((PRODUCT, source))
        if row is not None and row.external_number in live:
            added.numbers[source] = int(row.external_number or 0)
            continue
        number = None
        if row is not None and row.external_number is None:
            others = {other.external_number for other in known.values()}
            number = _newcomer(live, {*row.present, *others})
        if number is None:
            number = await _add(res, client, listing_id, product_id, source, place, live, added)
        if number is not None:
            live.add(number)
            added.numbers[source] = number
            await _note(res, listing_id, source, number, [])
    return added


async def _add(
    res: Resources,
    client: StoreClient,
    listing_id: UUID,
    product_id: int,
    source: str,
    place: int,
    live: set[int],
    added: ImagesAdded,
) -> int | None:
    await _note(res, listing_id, source, None, sorted(live))
    for _ in range(ATTEMPTS):
        try:
            return (await images.add(client, product_id, image_body(source, place))).id
        except Refused as error:
            text = f"Picture {source} was not added: {error.for_merchant}"
            added.remarks.append(Remark("image_refused", text, FIELD))
            async with res.unit_of_work() as uow:
                await forget_images(uow, listing_id, PRODUCT, [source])
            return None
        except (Unreachable, MalformedAnswer) as error:
            if not error.sent:
                raise
            now = {image.id for image in await images.all_of(client, product_id)}
            number = _newcomer(now, live)
            if number is not None:
                return number
    text = f"Picture {source} was not added: BigCommerce gave no answer {ATTEMPTS} times."
    added.remarks.append(Remark("image_unanswered", text, FIELD))
    return None


def _newcomer(now: set[int], before: set[int] | set[int | None]) -> int | None:
    return min((number for number in now if number not in before), default=None)


async def _note(
    res: Resources, listing_id: UUID, source: str, number: int | None, present: list[int]
) -> None:
    async with res.unit_of_work() as uow:
        await remember_images(uow, listing_id, PRODUCT, {source: number}, present)

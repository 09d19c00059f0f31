"""Noting what a publication left in the store, so that it can be taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.bigcommerce.models.catalog import Product
from app.core.uow import UnitOfWork
from app.integrations.publishing.marks import creation_left
from app.integrations.publishing.traces import key_text, trace_left
from app.listings.publishing import PRODUCT, images_of
from app.listings.publishing_models import ListingImage
from app.listings.traces import traces_of
from app.listings.traces_models import TraceStatus


async def note_left(uow: UnitOfWork, run_id: UUID, left: Mapping[UUID, Product]) -> None:
    """Note products as the store has them after a run's requests, by listing."""
    rows = await traces_of(uow, run_id, list(left))
    pictures = await images_of(uow, list(rows))
    for listing_id, row in rows.items():
        product = left[listing_id]
        images = our_images(pictures.get(listing_id, {}))
        row.external_number = product.id
        row.status = TraceStatus.KNOWN.value
        row.after = (
            creation_left(product, images.values())
            if row.creates
            else trace_left(row.before, row.after, product, images)
        )
    await uow.session.flush()


def our_images(rows: Mapping[tuple[str, str], ListingImage]) -> dict[str, int]:
    """The store's images of a product by the sources that they were made from."""
    return {
        source: row.external_number
        for (owner, source), row in rows.items()
        if owner == PRODUCT and row.external_number is not None
    }


async def note_metafields(
    uow: UnitOfWork, run_id: UUID, kept: Mapping[UUID, Sequence[Sequence[Any]]]
) -> None:
    """Note the ids of metafields that were made or changed.

    `kept` has rows of `[kind of owner, its id, namespace, key, value, id]`.
    """
    rows = await traces_of(uow, run_id, list(kept))
    for listing_id, row in rows.items():
        sent = row.after.get("metafields")
        if not sent:
            continue
        there = {
            key_text((owner, int(number), namespace, key)): [int(field), value]
            for owner, number, namespace, key, value, field in kept[listing_id]
        }
        row.after = {
            **row.after,
            "metafields": {key: there.get(key, value) for key, value in sent.items()},
        }
    await uow.session.flush()

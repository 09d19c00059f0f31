"""Creating the products of a batch, a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Final
from uuid import UUID

from app.bigcommerce.errors import BigCommerceError
from app.bigcommerce.models.catalog import Product
from app.integrations.context import PageWork
from app.integrations.publishing.batches import Candidate
from app.integrations.publishing.creating import Creation, create_product
from app.integrations.publishing.desk import Desk, Finishing
from app.integrations.publishing.image_adding import add_images, pair_images
from app.integrations.publishing.items import published_item, refused_item
from app.integrations.publishing.memory import memory_of
from app.integrations.publishing.pages import Step
from app.integrations.publishing.plan import NotPublishable, Remark, creation_changes
from app.integrations.publishing.saving import Published
from app.integrations.publishing.traces import trace_of_creation
from app.listings.publishing import stands_for
from app.listings.publishing_models import PublicationStatus
from app.runs.kinds import Outcome

AT_ONCE: Final = 4
"""The store fetches pictures before it answers, so one request at a time would waste its quota."""


async def create_all(
    desk: Desk, candidates: Sequence[Candidate], after: UUID | None
) -> AsyncGenerator[PageWork, None]:
    """Create products; every page records the last few and marks the next."""
    rest = list(candidates)
    step = Step(desk.context, after, scratch=desk.take_unsaved(), estimated=desk.estimated)
    if not rest and step.scratch is None:
        return
    while rest:
        group = _next_group(desk, rest)
        rest = [candidate for candidate in rest if candidate not in group]
        step.sending = [candidate.id for candidate in group]
        step.traces = [trace_of_creation(candidate.source) for candidate in group]
        yield step
        step = Step(desk.context, after, estimated=desk.estimated)
        trouble = await _create_group(desk, group, step)
        if trouble is not None:
            yield step
            raise trouble
    yield step


def _next_group(desk: Desk, rest: Sequence[Candidate]) -> list[Candidate]:
    """The next few that do not get in each other's way; of those that would, the first goes first.

    A name or SKU is sent once at a time, because the store takes whichever comes first, and so is
    a brand that is new to the store, or it might be made twice.
    """
    group: list[Candidate] = []
    met: set[tuple[str, str]] = set()
    for candidate in rest:
        unique = _unique(desk, candidate)
        if not unique & met:
            group.append(candidate)
        met |= unique
        if len(group) == AT_ONCE:
            break
    return group


def _unique(desk: Desk, candidate: Candidate) -> set[tuple[str, str]]:
    """What no two products that are sent together may share."""
    desired = candidate.desired
    found = {("sku", sku.casefold()) for sku in desired.skus}
    found.add(("name", desired.name.strip().casefold()))
    brand = (desired.brand or "").strip().casefold()
    if brand and brand not in desk.brand_names:
        found.add(("brand", brand))
    return found


async def _create_group(desk: Desk, group: Sequence[Candidate], step: Step) -> BaseException | None:
    """Send a group and note every outcome; return the error that stops the run, if there is one."""
    outcomes = await asyncio.gather(
        *(_create(desk, candidate) for candidate in group), return_exceptions=True
    )
    failed: dict[UUID, Remark] = {}
    trouble: BaseException | None = None
    for candidate, outcome in zip(group, outcomes, strict=True):
        if isinstance(outcome, NotPublishable):
            failed[candidate.id] = Remark(outcome.code, outcome.message, outcome.field)
            step.items.append(refused_item(candidate.source, outcome))
        elif isinstance(outcome, BaseException):
            if trouble is None or not isinstance(outcome, BigCommerceError):
                trouble = outcome
        else:
            desk.brand_names.add((candidate.desired.brand or "").strip().casefold())
            step.published.append(outcome)
            step.left[candidate.id] = outcome.product
            if outcome.finishing:
                desk.finishing.append(Finishing(candidate, outcome.product, created=True))
            step.items.append(
                published_item(
                    candidate.source,
                    Outcome.CREATED,
                    outcome.remarks,
                    candidate.planned or creation_changes(candidate.desired),
                    outcome.product.id,
                )
            )
    step.failed = failed
    return trouble


async def _create(desk: Desk, candidate: Candidate) -> Published:
    context, desired = desk.context, candidate.desired
    row = candidate.row
    doubtful = row is not None and row.status == PublicationStatus.SENDING
    sent_at = row.sent_at if doubtful and row is not None else None
    since = sent_at or context.res.clock.now()

    async def is_held(number: int) -> bool:
        # What an import has seen since is taken over, because it may be what was sent.
        async with context.res.unit_of_work() as uow:
            channel_id = context.run.channel_id
            return await stands_for(uow, channel_id, number, besides=candidate.id, since=since)

    created = await create_product(
        context.client,
        Creation(
            listing_id=candidate.id,
            desired=desired,
            category_ids=desk.category_ids(candidate),
            doubtful=doubtful,
            since=since,
            is_held=is_held,
        ),
    )
    product = created.product
    numbers, told = await _tie_images(desk, candidate, product)
    remarks = [*desired.remarks, *created.remarks, *told]
    return Published(
        listing_id=candidate.id,
        version=candidate.source.listing.version,
        product=product,
        images=numbers,
        variant_images={
            variant.id: variant.image
            for variant in desired.variants
            if variant.image and created.with_images
        },
        remarks=remarks,
        finishing=needs_finishing(desk, candidate),
        memory=memory_of(
            desired, product, uncounted=desired.fields.get("inventory_tracking") == "none"
        ),
    )


async def _tie_images(
    desk: Desk, candidate: Candidate, product: Product
) -> tuple[dict[str, int], list[Remark]]:
    """Which images our pictures have become; those that did not come along are added."""
    sources = list(candidate.desired.images or [])
    numbers = pair_images(sources, product.images)
    if numbers or not sources:
        return numbers, []
    present = [image.id for image in product.images]
    added = await add_images(
        desk.context.res,
        desk.context.client,
        candidate.id,
        product.id,
        list(enumerate(sources)),
        present,
    )
    return added.numbers, added.remarks


def needs_finishing(desk: Desk, candidate: Candidate) -> bool:
    """Whether metafields or channels are still to be sent."""
    desired = candidate.desired
    return (
        desk.multi_storefront
        or bool(desired.metafields)
        or any(variant.metafields for variant in desired.variants)
    )

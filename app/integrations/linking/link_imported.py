"""Listings of the store that were imported without a product: tied to ours by SKU.

Nothing of the store is read or written. A listing's own SKU goes before those of its variants.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.core.uow import UnitOfWork
from app.integrations.context import PageResult, RunContext
from app.integrations.linking.link_built import ALREADY_LINKED, AMBIGUOUS, NOT_FOUND
from app.integrations.linking.link_cursor import LinkCursor
from app.integrations.linking.link_plans import LinkPlan, stale
from app.listings.drafts import Link
from app.listings.kinds import LinkStatus
from app.listings.linking import Unlinked, linked_products, without_product
from app.listings.repository import lock_channel_listings, set_links
from app.products.columns import sku_key
from app.products.repository import SkuOwner, find_skus
from app.runs.kinds import Entity, Outcome
from app.runs.recording import ItemOutcome, LogLine, PageRecord

AT_ONCE = 250


@dataclass(frozen=True)
class ImportedPage:
    """The next listings without a product."""

    context: RunContext
    plan: LinkPlan | None
    at: LinkCursor
    listings: Sequence[Unlinked]

    @classmethod
    async def read(cls, context: RunContext, plan: LinkPlan | None, at: LinkCursor) -> ImportedPage:
        """Read the listings behind the cursor."""
        async with context.res.unit_of_work() as uow:
            listings = await without_product(
                uow,
                context.run.channel_id,
                after=at.after,
                limit=AT_ONCE,
                only=context.run.subjects,
            )
        return cls(context, plan, at, listings)

    @property
    def following(self) -> LinkCursor:
        """Where the run goes on."""
        if len(self.listings) < AT_ONCE:
            return LinkCursor("built", True)
        return LinkCursor("imported", True, None, self.listings[-1].id)

    async def save(self, uow: UnitOfWork) -> PageResult:
        """Link what is certain; listings whose SKUs we do not have are no subject of the run."""
        channel_id = self.context.run.channel_id
        await lock_channel_listings(uow, channel_id)
        owners = await find_skus(
            uow,
            self.context.run.account_id,
            {sku for listing in self.listings for sku in _skus(listing)},
        )
        products = {owner.product_id for found in owners.values() for owner in found}
        taken = await linked_products(uow, channel_id, products)
        items: list[ItemOutcome] = []
        links: list[Link] = []
        for listing in self.listings:
            item, link = _decide(listing, owners, taken)
            if self.plan is not None and not self.plan.agrees(item):
                items.append(stale(item))
                continue
            items.append(item)
            if link is not None:
                links.append(link)
                if link.status is LinkStatus.LINKED and link.product_id is not None:
                    taken[link.product_id] = listing.id
        await set_links(uow, links)
        record = PageRecord(
            cursor=self.following.to_json(),
            items=items,
            done=len(self.listings),
            log=[LogLine(f"{len(links)} imported listings tied to products.")] if links else [],
        )
        return PageResult(record)


def _skus(listing: Unlinked) -> list[str]:
    own = [listing.identifiers["sku"], *(row.identifiers["sku"] for row in listing.variants)]
    return [sku for sku in own if sku]


def _decide(
    listing: Unlinked, owners: Mapping[str, Sequence[SkuOwner]], taken: Mapping[UUID, UUID]
) -> tuple[ItemOutcome, Link | None]:
    own = listing.identifiers["sku"]
    levels = [[own] if own else [], [sku for sku in _skus(listing) if sku != own]]
    for skus in levels:
        found = {
            owner.product_id: owner.sku for sku in skus for owner in owners.get(sku_key(sku), ())
        }
        if len(found) > 1:
            message = f"Its SKUs belong to several products: {', '.join(sorted(found.values()))}."
            item = _item(listing, Outcome.FAILED, AMBIGUOUS, message, LinkStatus.AMBIGUOUS)
            return item, Link(listing.id, LinkStatus.AMBIGUOUS)
        for product_id, sku in found.items():
            if product_id in taken:
                message = f"Another listing of the channel stands for the product of {sku}."
                item = _item(listing, Outcome.FAILED, ALREADY_LINKED, message, LinkStatus.CONFLICT)
                return item, Link(listing.id, LinkStatus.CONFLICT)
            message = f"Found by the SKU {sku}."
            item = _item(listing, Outcome.UPDATED, None, message, LinkStatus.LINKED, sku)
            return item, Link(listing.id, LinkStatus.LINKED, product_id, sku)
    return _item(listing, Outcome.UNCHANGED, NOT_FOUND, "No product has its SKUs."), None


def _item(
    listing: Unlinked,
    outcome: Outcome,
    code: str | None,
    message: str,
    status: LinkStatus | None = None,
    sku: str | None = None,
) -> ItemOutcome:
    changes: list[dict[str, Any]] = []
    if status is not None:
        changes.append(
            {"field": "link_status", "from": LinkStatus.UNLINKED.value, "to": status.value}
        )
    if sku is not None:
        changes.append({"field": "product_sku", "from": None, "to": sku})
    return ItemOutcome(
        Entity.LISTING,
        None,
        outcome,
        code=code,
        message=message,
        reference=listing.identifiers["sku"],
        subject_id=listing.id,
        changes=changes or None,
    )

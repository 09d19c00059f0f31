"""Listings that were built here: tied to the product of the store that was found for them.

A product of the store that another listing stands for already keeps that listing. If it belongs
to the same product of ours, or to none, it takes that product over and the built listing goes: two
listings would overwrite each other for ever. If it belongs to another product, that is a conflict
for people to resolve.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.core.uow import UnitOfWork
from app.integrations.context import PageResult, RunContext
from app.integrations.linking.link_cursor import LinkCursor
from app.integrations.linking.link_matching import Match
from app.integrations.linking.link_plans import LinkPlan, stale
from app.integrations.linking.link_store import StoreProduct, StoreVariant
from app.listings.drafts import Link
from app.listings.kinds import Health, LinkStatus, Pending
from app.listings.linking import (
    AdoptedVariant,
    Adoption,
    Unlinked,
    adopt,
    holders,
    note_link_status,
    retire,
    still_unlinked,
)
from app.listings.repository import Stored, lock_channel_listings, set_links
from app.runs.kinds import Entity, LogLevel, Outcome
from app.runs.recording import ItemOutcome, LogLine, PageRecord

NOT_FOUND = "not_found"
AMBIGUOUS = "ambiguous"
ALREADY_LINKED = "already_linked"
SEVERAL_LISTINGS = "several_listings"
CHANGED = "changed_meanwhile"
MERGED = "merged"


@dataclass
class _Effects:
    """What is written for a page."""

    adoptions: list[Adoption] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    retired: list[UUID] = field(default_factory=list)
    statuses: dict[LinkStatus, list[UUID]] = field(default_factory=dict)


@dataclass(frozen=True)
class BuiltPage:
    """Listings with what was found for them; `contested` products fit several of the run's."""

    context: RunContext
    listings: Sequence[Unlinked]
    matches: Mapping[UUID, Match]
    contested: Collection[int]
    plan: LinkPlan | None
    following: LinkCursor
    finished: bool

    async def save(self, uow: UnitOfWork) -> PageResult:
        """Link what is certain, and say of the rest why not."""
        channel_id = self.context.run.channel_id
        await lock_channel_listings(uow, channel_id)
        present = await still_unlinked(uow, [listing.id for listing in self.listings])
        found = {
            match.product.id
            for listing in self.listings
            if (match := self.matches[listing.id]).product is not None
        }
        holding = await holders(uow, channel_id, found)
        effects = _Effects()
        items = [self._settle(listing, present, holding, effects) for listing in self.listings]
        await _write(uow, effects)
        record = PageRecord(
            cursor=self.following.to_json(),
            items=items,
            done=len(self.listings),
            log=_log(items),
        )
        return PageResult(record, self.finished)

    def _settle(
        self,
        listing: Unlinked,
        present: Mapping[UUID, Stored],
        holding: Mapping[int, Stored],
        effects: _Effects,
    ) -> ItemOutcome:
        row, match = present.get(listing.id), self.matches[listing.id]
        if row is None:
            return _item(listing, Outcome.SKIPPED, CHANGED, "Somebody dealt with it meanwhile.")
        intended = _Effects()
        item = self._decide(listing, row, match, holding, intended)
        if self.plan is not None and not self.plan.agrees(item):
            return stale(item)
        effects.adoptions += intended.adoptions
        effects.links += intended.links
        effects.retired += intended.retired
        for status, ids in intended.statuses.items():
            effects.statuses.setdefault(status, []).extend(ids)
        return item

    def _decide(
        self,
        listing: Unlinked,
        row: Stored,
        match: Match,
        holding: Mapping[int, Stored],
        effects: _Effects,
    ) -> ItemOutcome:
        if match.ambiguous:
            effects.statuses[LinkStatus.AMBIGUOUS] = [listing.id]
            message = f"{_by(match)} fits several: {', '.join(match.candidates)}."
            return _item(listing, Outcome.FAILED, AMBIGUOUS, message, row, LinkStatus.AMBIGUOUS)
        product = match.product
        if product is None:
            message = "No product of the store has any of its identifiers."
            return _item(listing, Outcome.SKIPPED, NOT_FOUND, message)
        if product.id in self.contested:
            effects.statuses[LinkStatus.CONFLICT] = [listing.id]
            message = f"{_by(match)} is found, but for another listing of ours as well."
            return _item(
                listing,
                Outcome.FAILED,
                SEVERAL_LISTINGS,
                message,
                row,
                LinkStatus.CONFLICT,
                product,
            )
        holder = holding.get(product.id)
        if holder is None:
            effects.adoptions.append(self._adoption(listing, product, match.variants))
            return _linked(listing, row, match, product)
        if holder["product_id"] in (None, listing.product_id) and listing.product_id is not None:
            effects.links.append(
                Link(holder["id"], LinkStatus.LINKED, listing.product_id, listing.product_sku)
            )
            effects.retired.append(listing.id)
            return _merged(listing, match, product, holder)
        effects.statuses[LinkStatus.CONFLICT] = [listing.id]
        message = (
            f"{_by(match)} is product {product.id}, which the listing “{holder['sku'] or ''}” of "
            f"the product “{holder['product_sku'] or ''}” stands for already."
        )
        return _item(
            listing, Outcome.FAILED, ALREADY_LINKED, message, row, LinkStatus.CONFLICT, product
        )

    def _adoption(
        self, listing: Unlinked, product: StoreProduct, variants: Mapping[UUID, StoreVariant]
    ) -> Adoption:
        return Adoption(
            listing_id=listing.id,
            external_id=product.id,
            health=_health(product),
            currency=self.context.currency,
            values={**product.prices, "quantity": product.quantity},
            facts=product.facts,
            variants=tuple(
                AdoptedVariant(
                    own_id,
                    theirs.id,
                    {**theirs.prices, "quantity": theirs.quantity},
                    theirs.facts,
                )
                for own_id, theirs in variants.items()
            ),
        )


async def _write(uow: UnitOfWork, effects: _Effects) -> None:
    await adopt(uow, effects.adoptions)
    await set_links(uow, effects.links)
    await retire(uow, effects.retired)
    for status, ids in effects.statuses.items():
        await note_link_status(uow, ids, status)


def _health(product: StoreProduct) -> Health:
    return Health.LISTED if product.visible else Health.HIDDEN


def _by(match: Match) -> str:
    assert match.pair is not None  # noqa: S101 - something was found
    return f"{match.pair.listing} = {match.pair.store} “{match.value}”"


def _linked(listing: Unlinked, row: Stored, match: Match, product: StoreProduct) -> ItemOutcome:
    health = row["health"] if row["health"] == Health.PAUSED else _health(product).value
    pending = None if row["pending"] == Pending.PUBLISHED else row["pending"]
    changes = [
        _change("link_status", row["link_status"], LinkStatus.LINKED.value),
        _change("external_id", None, str(product.id)),
        _change("health", row["health"], health),
        _change("pending", row["pending"], pending),
    ]
    missing = []
    for own in listing.variants:
        theirs = match.variants.get(own.id)
        name = own.identifiers["sku"] or str(own.id)
        if theirs is None:
            missing.append(name)
        else:
            changes.append(_change(f"variant[{name}].external_id", None, str(theirs.id)))
    message = f"Found by {_by(match)}."
    if missing:
        message += f" The store's product has no variant for {', '.join(missing[:10])}."
    return _item(
        listing,
        Outcome.UPDATED,
        "variants_missing" if missing else None,
        message,
        product=product,
        changes=[change for change in changes if change["from"] != change["to"]],
    )


def _merged(listing: Unlinked, match: Match, product: StoreProduct, holder: Stored) -> ItemOutcome:
    message = (
        f"Found by {_by(match)}. An imported listing stands for this product of the store: it "
        "takes over the product of ours, and the built listing is removed."
    )
    changes = [_change("merged_into", None, str(holder["id"]))]
    return _item(listing, Outcome.UPDATED, MERGED, message, product=product, changes=changes)


def _item(
    listing: Unlinked,
    outcome: Outcome,
    code: str | None,
    message: str,
    row: Stored | None = None,
    status: LinkStatus | None = None,
    product: StoreProduct | None = None,
    changes: list[dict[str, Any]] | None = None,
) -> ItemOutcome:
    if row is not None and status is not None and row["link_status"] != status.value:
        changes = [_change("link_status", row["link_status"], status.value)]
    return ItemOutcome(
        Entity.LISTING,
        str(product.id) if product else None,
        outcome,
        code=code,
        message=message,
        reference=listing.identifiers["sku"],
        subject_id=listing.id,
        changes=changes,
    )


def _change(name: str, before: object, after: object) -> dict[str, Any]:
    return {"field": name, "from": before, "to": after}


def _log(items: Sequence[ItemOutcome]) -> list[LogLine]:
    linked = sum(item.outcome is Outcome.UPDATED for item in items)
    lines = [
        LogLine(f"{item.reference or item.subject_id}: {item.message}", LogLevel.WARNING, item.code)
        for item in items
        if item.outcome is Outcome.FAILED
    ]
    return [*lines, LogLine(f"{linked} of {len(items)} listings linked.")]

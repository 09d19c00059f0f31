"""What a dry run foresees beyond the values: collisions, and the number of requests."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from app.bigcommerce.resources import categories, channels, metafields, products, variants
from app.core.uow import UnitOfWork
from app.integrations.publishing.batches import Candidate
from app.integrations.publishing.category_paths import CategoryPaths
from app.integrations.publishing.diff import Update
from app.integrations.publishing.plan import NotPublishable
from app.listings.kinds import Health
from app.listings.models import Listing, ListingVariant
from app.listings.publishing_models import ListingPublication, PublicationStatus
from app.runs.kinds import Outcome
from app.runs.models import RunItem

_VARIANT_OF: Final = re.compile(r"^bigcommerce_variant\[(.*)\]\.option$", re.DOTALL)
"""A new variant among changes, by its SKU."""


@dataclass
class Taken:
    """Names and SKUs in lower case, and whose they are."""

    names: dict[str, str] = field(default_factory=dict)
    skus: dict[str, str] = field(default_factory=dict)
    moved: set[UUID] = field(default_factory=set)
    """Listings whose products have another name by now than our rows say."""

    def see(self, existing: Sequence[Candidate]) -> None:
        """Take the names that products have at present, whatever their listings say."""
        for candidate in existing:
            live = candidate.live
            if live is not None and candidate.id not in self.moved:
                self.moved.add(candidate.id)
                self.names.setdefault(live.name.casefold(), f"product {live.id} “{live.name}”")

    def rename(self, update: Update) -> NotPublishable | None:
        """Why a product would not get its new name; otherwise it has that one from now on."""
        live, name = update.candidate.live, update.product.get("name")
        if live is None or name is None:
            return None
        before, after = live.name.casefold(), str(name).casefold()
        if after != before and after in self.names:
            text = f"Another product has the name “{name}”: {self.names[after]}."
            return NotPublishable("name_duplicate", text, "bigcommerce_product.name")
        self.names.pop(before, None)
        self.names[after] = f"product {live.id} “{name}”"
        return None

    def collision(self, candidate: Candidate) -> NotPublishable | None:
        """Why a new product would be refused; otherwise its name and SKUs are taken from now on."""
        desired = candidate.desired
        name = desired.name.casefold()
        if name in self.names:
            text = f"Another product has the name “{desired.name}”: {self.names[name]}."
            return NotPublishable("name_duplicate", text, "bigcommerce_product.name")
        for sku in desired.skus:
            if sku.casefold() in self.skus:
                owner = self.skus[sku.casefold()]
                text = f"Another product has the SKU {sku}: {owner}. Capitals do not count."
                return NotPublishable("sku_duplicate", text, "bigcommerce_product.sku")
        owner = f"listing “{desired.name}”"
        self.names[name] = owner
        self.skus.update({sku.casefold(): owner for sku in desired.skus})
        return None


async def recall(uow: UnitOfWork, run_id: UUID, taken: Taken) -> None:
    """Take what an earlier slice of a dry run has foreseen, because nothing else knows of it."""
    rows = await uow.session.execute(
        select(RunItem.subject_id, RunItem.outcome, RunItem.external_id, RunItem.changes).where(
            RunItem.run_id == run_id,
            RunItem.outcome.in_((Outcome.CREATED.value, Outcome.UPDATED.value)),
        )
    )
    for listing_id, outcome, external_id, changes in rows:
        fields = {str(row["field"]): row for row in changes or []}
        renamed = fields.get("bigcommerce_product.name")
        if outcome == Outcome.UPDATED:
            if renamed is not None:
                taken.moved.add(listing_id)
                name = str(renamed["to"])
                taken.names[name.casefold()] = f"product {external_id} “{name}”"
            continue
        name = str(renamed["to"]) if renamed is not None else ""
        owner = f"listing “{name}”"
        taken.names[name.casefold()] = owner
        skus = {_VARIANT_OF.sub(r"\1", field) for field in fields if _VARIANT_OF.match(field)}
        own = fields.get("bigcommerce_product.sku")
        skus |= {str(own["to"])} if own is not None else set()
        taken.skus.update({sku.casefold(): owner for sku in skus})


async def read_taken(
    uow: UnitOfWork, channel_id: UUID, taken: Taken, candidates: Sequence[Candidate]
) -> None:
    """Add names and SKUs that these candidates want and listed products of the channel have."""
    names = sorted({candidate.desired.name.lower() for candidate in candidates})
    skus = sorted({sku.lower() for candidate in candidates for sku in candidate.desired.skus})
    ours = [candidate.id for candidate in candidates if candidate.live is None]
    live = (
        Listing.channel_id == channel_id,
        Listing.external_number.is_not(None),
        Listing.health != Health.DELISTED.value,
        Listing.id.not_in(ours),
    )
    found: list[tuple[Any, ...]] = []
    # A title may have been edited since its product got its name.
    done = (ListingPublication.listing_id == Listing.id) & (
        ListingPublication.status == PublicationStatus.DONE.value
    )
    shown = func.coalesce(ListingPublication.name, Listing.title)
    rows = await uow.session.execute(
        select(Listing.id, shown, Listing.sku, Listing.external_id)
        .join(ListingPublication, done, isouter=True)
        .where(*live, func.lower(shown).in_(names) | func.lower(Listing.sku).in_(skus))
    )
    for listing_id, title, sku, external_id in rows:
        if listing_id not in taken.moved:
            taken.names.setdefault(title.casefold(), f"product {external_id} “{title}”")
        found.append((sku, title, external_id))
    variant_rows = await uow.session.execute(
        select(ListingVariant.sku, Listing.title, Listing.external_id)
        .join(Listing, Listing.id == ListingVariant.listing_id)
        .where(*live, func.lower(ListingVariant.sku).in_(skus))
    )
    for sku, title, external_id in [*found, *variant_rows]:
        if sku:
            taken.skus.setdefault(sku.casefold(), f"product {external_id} “{title}”")


def estimated_requests(
    new: Sequence[Candidate],
    updates: Sequence[Update],
    known: CategoryPaths,
    *,
    multi_storefront: bool,
) -> int:
    """How many requests writing a batch takes when nothing goes wrong."""
    levels: dict[int, int] = {}
    wanted = [path for row in new for path in row.desired.categories or ()]
    for path in known.missing(wanted):
        levels[len(path)] = levels.get(len(path), 0) + 1
    count = sum(math.ceil(number / categories.CREATE_BATCH) for number in levels.values())
    count += len(new)
    of_products = sum(len(row.desired.metafields) for row in new)
    of_variants = sum(len(v.metafields) for row in new for v in row.desired.variants)
    count += math.ceil(of_products / metafields.BATCH) + math.ceil(of_variants / metafields.BATCH)
    if multi_storefront:
        count += math.ceil(len(new) / channels.ASSIGN_BATCH)
    for adding in (False, True):
        changed = [row for row in updates if row.product and row.adds_fields is adding]
        count += math.ceil(len(changed) / products.UPDATE_BATCH)
    count += math.ceil(sum(len(row.variants) for row in updates) / variants.UPDATE_BATCH)
    for row in updates:
        count += len(row.single) + len(row.new_variants) + (1 if row.new_variants else 0)
        count += len(row.images) + len(row.gone_images) + len(row.variant_images)
        count += len(row.gone_fields)
    count += math.ceil(sum(1 for row in updates if row.metafields) / metafields.BATCH)
    sent = sum(1 for row in updates if row.sends)
    return count + math.ceil(sent / 50)

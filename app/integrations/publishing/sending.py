"""The requests of updates: batches, and what only goes one by one."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.bigcommerce.client import StoreClient
from app.bigcommerce.errors import NotFound, PartlySaved, Refused
from app.bigcommerce.resources import images, products, variants
from app.bigcommerce.resources.batches import batches
from app.core.resources import Resources
from app.integrations.publishing.conflicts import explained, plain
from app.integrations.publishing.diff import Update
from app.integrations.publishing.image_adding import add_images
from app.integrations.publishing.image_checks import FIELD
from app.integrations.publishing.new_variants import OptionsChanged, add_variants
from app.integrations.publishing.plan import NotPublishable, Remark
from app.listings.publishing import PRODUCT, forget_images

VariantRow = tuple[Update, int, dict[str, Any]]


@dataclass
class Sending:
    """Sends updates of a group and keeps what came of each listing."""

    res: Resources
    client: StoreClient
    failed: dict[UUID, NotPublishable] = field(default_factory=dict)
    remarks: dict[UUID, list[Remark]] = field(default_factory=dict)
    adopted: set[UUID] = field(default_factory=set)
    """Listings of which the store had variants already that were to be made."""
    variant_images: dict[UUID, dict[UUID, str]] = field(default_factory=dict)

    async def send(self, updates: Sequence[Update]) -> None:
        """Send everything; a refusal ends the listing that it is about and no other."""
        plain_rows = [row for row in updates if row.product and not row.adds_fields]
        adding = [row for row in updates if row.product and row.adds_fields]
        for batch in batches(plain_rows, products.UPDATE_BATCH):
            await self._products(batch, repeatable=None)
        for batch in batches(adding, products.UPDATE_BATCH):
            await self._products(batch, repeatable=False)
        rows = [
            (update, number, body)
            for update in self._going(updates)
            for number, body in update.variants.items()
        ]
        for row_batch in batches(rows, variants.UPDATE_BATCH):
            await self._variants(row_batch)
        for update in self._going(updates):
            await self._rest(update)

    def _going(self, updates: Sequence[Update]) -> list[Update]:
        return [update for update in updates if update.candidate.id not in self.failed]

    async def _products(self, batch: Sequence[Update], *, repeatable: bool | None) -> None:
        """One bad product fails a batch, so a refused one is halved until it is alone."""
        bodies = [{"id": _number(update), **update.product} for update in batch]
        try:
            answer = await products.update_batch(self.client, bodies, repeatable=repeatable)
        except Refused as error:
            if len(batch) == 1:
                candidate = batch[0].candidate
                self.failed[candidate.id] = await explained(self.client, error, candidate.desired)
                return
            middle = len(batch) // 2
            await self._products(batch[:middle], repeatable=repeatable)
            await self._products(batch[middle:], repeatable=repeatable)
            return
        self._note_partly(answer.partly_saved, batch)

    async def _variants(self, batch: Sequence[VariantRow]) -> None:
        batch = [row for row in batch if row[0].candidate.id not in self.failed]
        if not batch:
            return
        bodies = [{"id": number, **body} for _, number, body in batch]
        try:
            answer = await variants.update_batch(self.client, bodies)
        except Refused as error:
            if len(batch) == 1:
                self._fail_variant(batch[0][0], error)
                return
            middle = len(batch) // 2
            await self._variants(batch[:middle])
            await self._variants(batch[middle:])
            return
        self._note_partly(answer.partly_saved, [update for update, _, _ in batch])

    def _fail_variant(self, update: Update, error: Refused) -> None:
        refusal = plain(error)
        place = (refusal.field or "").replace("bigcommerce_product", "bigcommerce_variant")
        self.failed[update.candidate.id] = NotPublishable(
            refusal.code, refusal.message, place or "bigcommerce_variant"
        )

    async def _rest(self, update: Update) -> None:
        candidate, number = update.candidate, _number(update)
        try:
            for variant_number, body in update.single.items():
                await variants.update(self.client, number, variant_number, body)
            if update.new_variants and await add_variants(
                self.client, update.candidate, update.new_variants, update.options
            ):
                self.adopted.add(candidate.id)
        except Refused as error:
            self.failed[candidate.id] = await explained(self.client, error, candidate.desired)
            return
        except OptionsChanged as error:
            self.failed[candidate.id] = error
            return
        for field_number in update.gone_fields:
            with suppress(NotFound):
                await images.remove_custom_field(self.client, number, field_number)
        await self._pictures(update, number)

    async def _pictures(self, update: Update, number: int) -> None:
        candidate = update.candidate
        assert candidate.live is not None  # noqa: S101 - only products that exist are refreshed
        told = self.remarks.setdefault(candidate.id, [])
        for source, image in update.gone_images.items():
            with suppress(NotFound):
                await images.remove(self.client, number, image)
            async with self.res.unit_of_work() as uow:
                await forget_images(uow, candidate.id, PRODUCT, [source])
        if update.images:
            gone = set(update.gone_images.values())
            present = [row.id for row in candidate.live.images if row.id not in gone]
            added = await add_images(
                self.res, self.client, candidate.id, number, update.images, present
            )
            told += added.remarks
        for variant_id, (variant_number, url) in update.variant_images.items():
            try:
                await variants.set_image(self.client, number, variant_number, url)
            except Refused as error:
                text = f"Picture {url} was not added: {error.for_merchant}"
                told.append(Remark("image_refused", text, FIELD))
            else:
                self.variant_images.setdefault(candidate.id, {})[variant_id] = url

    def _note_partly(self, partly: PartlySaved | None, batch: Sequence[Update]) -> None:
        if partly is None:
            return
        for update in batch:
            remark = Remark("partly_saved", partly.for_merchant)
            told = self.remarks.setdefault(update.candidate.id, [])
            if remark not in told:
                told.append(remark)


def _number(update: Update) -> int:
    live = update.candidate.live
    assert live is not None  # noqa: S101 - only products that exist are refreshed
    return live.id

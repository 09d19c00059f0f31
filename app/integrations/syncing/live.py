"""What a look at the store taught us about a listing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from app.core.uow import UnitOfWork
from app.integrations.importing.product_records import INHERITED
from app.integrations.syncing.known import LEVEL, MONEY, KnownListing, KnownVariant, same
from app.listings.kinds import Health
from app.listings.synced import Level, Noted, StatusNote, note_inherited, note_statuses, note_values


@dataclass
class LiveNotes:
    """Values that differ from our last look, to be written into our rows."""

    values: list[Noted] = field(default_factory=list)
    inherited: dict[UUID, Sequence[str]] = field(default_factory=dict)
    statuses: list[StatusNote] = field(default_factory=list)

    def look(
        self,
        before: KnownListing,
        live: KnownListing,
        *,
        prices: bool = True,
        stock: bool = True,
        status: bool = True,
    ) -> None:
        """Compare the last look with the present one, in all or in some respects."""
        if not live.present:
            return
        names = [*(MONEY if prices else ()), *((LEVEL,) if stock else ())]
        for name in names:
            if not same(name, before.values[name], live.values[name]):
                self.values.append(Noted(Level.LISTING, live.row.id, name, live.values[name]))
        for old, new in zip(before.variants, live.variants, strict=True):
            if new.present:
                self._look_at(old, new, names, prices=prices)
        if status:
            self._status(before, live)
        if stock and live.tracking != before.tracking:
            facts = {"inventory_tracking": live.tracking}
            self.statuses.append(StatusNote(live.row.id, facts, None))

    def _look_at(
        self, old: KnownVariant, new: KnownVariant, names: Sequence[str], *, prices: bool
    ) -> None:
        for name in names:
            if not same(name, old.values[name], new.values[name]):
                self.values.append(Noted(Level.VARIANT, new.row.id, name, new.values[name]))
        if prices and old.inherited != new.inherited and "inherited" in new.row.store_facts:
            self.inherited[new.row.id] = [name for name in INHERITED if name in new.inherited]

    def _status(self, before: KnownListing, live: KnownListing) -> None:
        facts: dict[str, object] = {}
        health = None
        if live.visible != before.visible:
            facts["is_visible"] = live.visible
            health = Health.LISTED if live.visible else Health.HIDDEN
        if live.availability != before.availability:
            facts["availability"] = live.availability
        if facts:
            self.statuses.append(StatusNote(live.row.id, facts, health))

    async def save(self, uow: UnitOfWork) -> None:
        """Write them down."""
        await note_values(uow, self.values)
        await note_inherited(uow, self.inherited)
        await note_statuses(uow, self.statuses)

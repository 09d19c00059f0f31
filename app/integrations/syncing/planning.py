"""One page of planning: what listings want, what the store has, and what is written down of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from app.bigcommerce.models.catalog import Product
from app.bigcommerce.resources import products
from app.core.uow import UnitOfWork
from app.integrations.context import PageResult, RunContext
from app.integrations.syncing.cursor import SyncCursor, estimate
from app.integrations.syncing.diff import VariantPlan, plan_listing, remark_of, status_writes
from app.integrations.syncing.items import planned_item, skipped_item
from app.integrations.syncing.known import (
    LEVEL,
    MONEY,
    KnownListing,
    known_by_rows,
    known_live,
    live_texts,
)
from app.integrations.syncing.live import LiveNotes
from app.integrations.syncing.loading import Loaded, load_page
from app.integrations.syncing.plans import Approved
from app.integrations.syncing.sold import Sold
from app.integrations.syncing.status import StatusWish, wanted_status
from app.integrations.syncing.texts import DESCRIPTION
from app.integrations.syncing.wanted import PREFIX, WantedListing, Wishes, wanted_of
from app.listings.kinds import Health, LinkStatus
from app.listings.models import Listing
from app.listings.synced import (
    PENDING_HERE,
    StatusNote,
    note_statuses,
)
from app.listings.writes import Batch, NewWrite, add_writes, claim_batch
from app.listings.writes_models import Route, WriteStatus
from app.mapping.engine.compile import CompiledTemplate
from app.rules.kinds import Subject
from app.rules.repository import Hit, record_hits, summed
from app.runs.kinds import RunMode
from app.runs.recording import ItemOutcome, LogLine, PageRecord

LISTINGS_AT_ONCE: Final = 250
AT_A_STRETCH: Final = 20


@dataclass
class PlanPage:
    """Listings that were compared; saving it writes the plan down."""

    context: RunContext
    following: SyncCursor
    writes: list[NewWrite] = field(default_factory=list)
    items: list[ItemOutcome] = field(default_factory=list)
    statuses: list[StatusNote] = field(default_factory=list)
    live: LiveNotes = field(default_factory=LiveNotes)
    last: bool = False
    next: Batch | None = None
    log: list[LogLine] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)

    async def save(self, uow: UnitOfWork) -> PageResult:
        """Write the plan; the last page also marks the first request's rows."""
        run = self.context.run
        await self.live.save(uow)
        await note_statuses(uow, self.statuses)
        if self.hits:
            await record_hits(uow, summed(self.hits))
        if run.mode is RunMode.EXECUTE:
            await add_writes(
                uow,
                account_id=run.account_id,
                channel_id=run.channel_id,
                run_id=run.id,
                writes=self.writes,
            )
            if self.last:
                self.next = await claim_batch(uow, run.id)
        record = PageRecord(
            cursor=self.following.to_json(),
            items=self.items,
            done=len(self.items),
            requests_estimated=estimate(self.following.targets) if self.last else None,
            log=self.log,
        )
        return PageResult(record, finished=self.last and self.next is None)

    def add(self, plans: Sequence[VariantPlan], whole: Sequence[NewWrite], *, dry: bool) -> None:
        """Take a listing's plan; `whole` are its writes as a product, told of its first variant."""
        for place, plan in enumerate(plans):
            extra = list(whole) if place == 0 else []
            item = planned_item(plan, extra)
            writes = [*plan.writes, *extra]
            if dry or not writes:
                self.items.append(item)
            if writes:
                self.writes += [*writes, *_remarks(plan)]


def _remarks(plan: VariantPlan) -> list[NewWrite]:
    """Problems of a variant that has writes too: kept with them until all are settled."""
    return [
        remark_of(
            plan.known, problem, WriteStatus.FAILED if problem.failed else WriteStatus.SKIPPED
        )
        for problem in (*plan.problems, *plan.remarks)
    ]


class Planner:
    """Compares listings with the store, page by page."""

    def __init__(
        self,
        context: RunContext,
        wishes: Wishes,
        scratch: Mapping[str, Any],
        approved: Approved | None,
    ) -> None:
        self._wishes = wishes
        self._scratch = scratch
        self._context = context
        self._approved = approved
        self._dry = context.run.mode is RunMode.DRY_RUN
        self._texts = _mapped_texts(context.template)

    async def page(self, at: SyncCursor) -> PlanPage:
        """Plan the next listings."""
        run = self._context.run
        async with self._context.res.unit_of_work() as uow:
            loaded = await load_page(
                uow,
                run.account_id,
                run.channel_id,
                Sold.from_json(self._scratch),
                after=at.after,
                limit=LISTINGS_AT_ONCE,
                only=run.subjects,
                texts=bool(self._texts),
            )
        live = await self._look(loaded)
        last = len(loaded.listings) < LISTINGS_AT_ONCE
        page = PlanPage(self._context, at, last=last)
        for number, listing in enumerate(loaded.listings):
            if number % AT_A_STRETCH == 0:
                # Other work of the process, orders above all, must not stand behind a page.
                await asyncio.sleep(0)
            self._plan(page, loaded, listing, live)
        counted = Counter(
            route
            for route, _ in {
                (write.route, write.target)
                for write in page.writes
                if write.status is WriteStatus.PLANNED
            }
        )
        page.following = SyncCursor(
            "send" if last else "plan",
            str(loaded.listings[-1].id) if loaded.listings else at.after,
            at.counting(counted),
            at.location,
        )
        return page

    async def _look(self, loaded: Loaded) -> Mapping[int, Product] | None:
        """Read the listings in the store when what happens depends on its present state.

        That is so for what was approved, and for a text that no import reads: what is there
        before it is sent for the first time has to be told, and can be taken back.
        """
        numbers = {row.external_number: row for row in loaded.listings if row.external_number}
        if self._approved is not None:
            ids = sorted(one for one, row in numbers.items() if self._approved.of(row.id))
        elif DESCRIPTION in self._texts:
            ids = sorted(one for one, row in numbers.items() if not _is_told(loaded, row))
        else:
            return None
        if not ids:
            return {}
        include = "variants,custom_fields" if self._texts else "variants"
        found = await products.by_ids(self._context.client, ids, include=include)
        return {product.id: product for product in found}

    def _plan(
        self,
        page: PlanPage,
        loaded: Loaded,
        listing: Listing,
        live: Mapping[int, Product] | None,
    ) -> None:
        known = known_by_rows(listing, loaded.variants[listing.id])
        known.countable = listing.id in loaded.uncounted
        reason = left_alone(known)
        if reason is not None:
            if self._approved is None:
                page.items += [skipped_item(one.row, *reason) for one in known.variants]
            return
        chosen = None
        if self._approved is not None and live is not None:
            approved = self._approved.of(listing.id)
            chosen = {
                one.row.id for one in known.variants if (one.row.external_id or "") in approved
            }
            if not chosen:
                return
            seen = known_live(known, live.get(known.external_id))
            page.live.look(known, seen)
            known = seen
        product = live.get(known.external_id) if live is not None else None
        if product is not None and self._texts:
            known.texts = live_texts(product)
        self._compare(page, loaded, known, chosen)

    def _compare(
        self, page: PlanPage, loaded: Loaded, known: KnownListing, chosen: set[UUID] | None
    ) -> None:
        own = loaded.products.get(known.row.id)
        wanted = wanted_of(self._wishes, known, own) if own else WantedListing({})
        plans = plan_listing(
            known, wanted, last_texts=loaded.texts.get(known.row.id, {}), chosen=chosen
        )
        page.hits += _hits(self._context.run.id, wanted, plans)
        wish = self._status(known, wanted) if own or known.row.pending else StatusWish()
        first_chosen = chosen is None or known.variants[0].row.id in chosen
        whole = status_writes(known, wish) if first_chosen else []
        if wish.deletion:
            plans = [VariantPlan(plan.known) for plan in plans]
        elif not whole and wish.says_something and first_chosen:
            # The store has it already; only our own record is behind.
            page.statuses.append(wish.note(known))
        if chosen is not None and self._approved is not None:
            plans = self._still_approved(page, plans, whole, chosen)
            whole = whole if plans and plans[0].known is known.variants[0] else []
        page.add(plans, whole, dry=self._dry)

    def _still_approved(
        self, page: PlanPage, plans: list[VariantPlan], whole: list[NewWrite], chosen: set[UUID]
    ) -> list[VariantPlan]:
        assert self._approved is not None  # noqa: S101 - the caller has looked
        taken = [plan for plan in plans if plan.known.row.id in chosen]
        first = plans[0] if plans else None
        kept, stale = taken, dict[UUID, ItemOutcome]()
        while True:
            # A price of the product is every variant's that inherits it: all of them or none.
            shared = {
                write.store_field
                for plan in taken
                if plan.known.row.id in stale
                for write in plan.writes
                if write.route is Route.PRODUCT and write.store_field in MONEY
            }
            more = {
                plan.known.row.id: item
                for plan in kept
                if (item := self._approved.stale(plan, whole if plan is first else [], shared))
            }
            if not more:
                break
            stale |= more
            kept = [plan for plan in kept if plan.known.row.id not in stale]
        page.items += stale.values()
        return kept

    def _status(self, known: KnownListing, wanted: WantedListing) -> StatusWish:
        settings = self._wishes.settings
        if "status" not in settings.fields or not known.variants:
            return StatusWish()
        in_stock = _in_stock(known, wanted)
        return wanted_status(known, settings.out_of_stock, in_stock, wanted.status)


def _mapped_texts(template: CompiledTemplate | None) -> frozenset[str]:
    """What a template maps beside prices and stock."""
    if template is None:
        return frozenset()
    names = {
        target.field.key.removeprefix(PREFIX)
        for group in template.groups.values()
        for target in group
    }
    return frozenset(names - {*MONEY, LEVEL})


def _is_told(loaded: Loaded, listing: Listing) -> bool:
    """Whether it is known what the store says of a listing's availability."""
    told = loaded.texts.get(listing.id, {})
    return any((row.id, PREFIX + DESCRIPTION) in told for row in loaded.variants[listing.id])


def _hits(run_id: UUID, wanted: WantedListing, plans: Sequence[VariantPlan]) -> list[Hit]:
    """Which rules decided about a listing's values, and whether that changes anything."""
    found = []
    for plan in plans:
        mine = wanted.variants.get(plan.known.row.id)
        changed = {write.field for write in plan.writes}
        for target, rule_id in mine.rules.items() if mine is not None else ():
            found.append(Hit(rule_id, Subject.RUN, run_id, 1, int(target in changed)))
    if wanted.status is not None:
        found.append(Hit(wanted.status.rule_id, Subject.RUN, run_id))
    return found


def left_alone(known: KnownListing) -> tuple[str, str] | None:
    """Why a listing is not synced, if so."""
    row = known.row
    if row.health == Health.PAUSED:
        return ("paused", "The listing is paused.")
    if row.external_number is None:
        return ("not_listed", "The listing is not in the store yet; publish it first.")
    if row.health == Health.DELISTED:
        return ("delisted", "The listing is no longer in the store; publish it again.")
    if row.link_status != LinkStatus.LINKED and row.pending not in PENDING_HERE:
        return ("not_linked", "The listing is not linked to a product of yours.")
    return None


def _in_stock(known: KnownListing, wanted: WantedListing) -> bool | None:
    """Whether anything of a listing can be sold once the sync is through."""
    if known.tracking == "none":
        return True
    if known.counted_whole:
        level = known.values[LEVEL] if wanted.quantity is None else wanted.quantity
        return None if level is None else level > 0
    levels = []
    for variant in known.variants:
        mine = wanted.variants.get(variant.row.id)
        level = mine.quantity if mine is not None else None
        levels.append(variant.values[LEVEL] if level is None else level)
    known_levels = [level for level in levels if level is not None]
    if any(level > 0 for level in known_levels):
        return True
    return False if levels and len(known_levels) == len(levels) else None

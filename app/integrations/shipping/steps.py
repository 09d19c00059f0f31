"""What came of one step with an order's shipments, ready to be recorded.

A step is recorded by whoever asked for it, in a transaction of theirs: a run beside its item and
counters, the job by itself. Each checks the claim on the order first. Locks are taken in one
order everywhere: writer, order, shipments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import select, text, update

from app.core.uow import UnitOfWork
from app.integrations.ordering.order_mapping import MappedOrders
from app.integrations.shipping.mapping import Plan, Refusal
from app.integrations.shipping.rereading import Rereading
from app.integrations.shipping.shipment_claims import keep_order
from app.notifications.events import tell_shipment_failed
from app.orders.models import Order
from app.orders.shipment_kinds import WAITING_FOR_WHOLE_ORDER, SyncStatus
from app.orders.shipment_models import Shipment
from app.orders.shipments import count_shipped_here
from app.runs.kinds import Entity, Outcome
from app.runs.recording import ItemOutcome

FOUND_IN_STORE = "found_in_store"


@dataclass(frozen=True)
class Place:
    """Which order is written to, and by which claim."""

    order_id: UUID
    number: int
    claim: UUID


class Step(Protocol):
    """One step; after a `blocked` one nothing can be done for the order before `until`."""

    @property
    def blocked(self) -> bool:
        """Whether the order has to rest."""

    @property
    def until(self) -> datetime | None:
        """When it is worth coming back; None when something has to happen first."""

    async def save(self, uow: UnitOfWork) -> list[ItemOutcome]:
        """Record it; raises `WriterLost`. Returns what a run tells of it."""


@dataclass(frozen=True)
class _Going:
    place: Place

    @property
    def blocked(self) -> bool:
        """Whether the order has to rest."""
        return False

    @property
    def until(self) -> datetime | None:
        """When it is worth coming back."""
        return None


@dataclass(frozen=True)
class Synced(_Going):
    """The store has the shipment; `found` when it was read back instead of answered."""

    shipment_id: UUID
    external_id: int
    changes: list[dict[str, Any]]
    found: bool = False

    async def save(self, uow: UnitOfWork) -> list[ItemOutcome]:
        """Record it."""
        await keep_order(uow, self.place.order_id, self.place.claim)
        now = uow.clock.now()
        await _set(
            uow,
            self.shipment_id,
            sync_status=SyncStatus.SYNCED.value,
            external_id=self.external_id,
            synced_at=now,
            awaits_reread=True,
            code=FOUND_IN_STORE if self.found else None,
            message="The store has had this shipment already." if self.found else None,
            field=None,
            settle_after=None,
            not_before=None,
        )
        return [
            ItemOutcome(
                Entity.SHIPMENT,
                str(self.external_id),
                Outcome.CREATED,
                code=FOUND_IN_STORE if self.found else None,
                message="The store has had it already." if self.found else None,
                reference=_order_name(self.place.number),
                subject_id=self.shipment_id,
                changes=self.changes,
            )
        ]


@dataclass(frozen=True)
class Failed(_Going):
    """The shipment cannot be sent as it is; `uncertain` when it may still be in the store."""

    shipment_id: UUID
    refusal: Refusal
    retryable: bool = False
    uncertain: bool = False
    outdated: bool = False
    """What the store refuses shows that its order is not as we know it: it is to be read back."""

    async def save(self, uow: UnitOfWork) -> list[ItemOutcome]:
        """Record it, and count it out of what is shipped."""
        await keep_order(uow, self.place.order_id, self.place.claim)
        order = await _locked(uow, self.place.order_id)
        refusal = self.refusal
        certainty = {} if self.uncertain else {"settle_after": None}
        await _set(
            uow,
            self.shipment_id,
            sync_status=SyncStatus.FAILED.value,
            code=refusal.code,
            message=refusal.message[:1000],
            field=refusal.field,
            not_before=None,
            awaits_reread=self.outdated,
            **certainty,
        )
        await count_shipped_here(uow, order)
        await tell_shipment_failed(
            uow, order.account_id, order.channel_id, self.shipment_id, refusal.code
        )
        return [failed_item(self.place.number, self.shipment_id, refusal, self.retryable)]


@dataclass(frozen=True)
class Resting:
    """Nothing can be known or done before a moment."""

    place: Place
    until: datetime
    shipment_id: UUID | None = None
    settle_after: datetime | None = None

    @property
    def blocked(self) -> bool:
        """Whether the order has to rest."""
        return True

    async def save(self, uow: UnitOfWork) -> list[ItemOutcome]:
        """Note when to come back."""
        if self.shipment_id is not None:
            await keep_order(uow, self.place.order_id, self.place.claim)
            values: dict[str, Any] = {"not_before": self.until}
            if self.settle_after is not None:
                values["settle_after"] = self.settle_after
            await _set(uow, self.shipment_id, **values)
        return []


@dataclass(frozen=True)
class Incomplete:
    """Only whole orders are sent, and the shipments so far do not cover this one."""

    place: Place
    shipment_ids: Sequence[UUID]

    @property
    def blocked(self) -> bool:
        """Whether the order has to rest."""
        return True

    @property
    def until(self) -> datetime | None:
        """Further shipments have to come first."""
        return None

    async def save(self, uow: UnitOfWork) -> list[ItemOutcome]:
        """Say at the shipments why they wait."""
        await keep_order(uow, self.place.order_id, self.place.claim)
        await uow.session.execute(
            update(Shipment)
            .where(
                Shipment.id.in_(self.shipment_ids),
                Shipment.sync_status == SyncStatus.PENDING,
            )
            .values(code=WAITING_FOR_WHOLE_ORDER, message=WAITS, updated_at=uow.clock.now())
            .execution_options(synchronize_session=False)
        )
        return [waiting_item(self.place.number, row) for row in self.shipment_ids]


WAITS = "Only whole orders are sent: it waits for shipments of what is left of the order."


@dataclass(frozen=True)
class Reread(_Going):
    """The order as it is after its shipments; `mapped` is None when it could not be read."""

    rereading: Rereading | None
    mapped: MappedOrders | None
    shipment_ids: Sequence[UUID]

    async def save(self, uow: UnitOfWork) -> list[ItemOutcome]:
        """Save the order, and lead items to lines that the store has made anew."""
        order_id = self.place.order_id
        await keep_order(uow, order_id, self.place.claim)
        kept = False
        if self.rereading is not None and self.mapped is not None:
            kept = await self.rereading.save(uow, self.mapped)
        await _locked(uow, order_id)
        parameters = {"order_id": order_id, "shipment_ids": list(self.shipment_ids)}
        await uow.session.execute(_RELINK, parameters)
        if not kept:
            await uow.session.execute(_COUNT_SYNCED, parameters)
        await uow.session.execute(
            update(Shipment)
            .where(Shipment.id.in_(self.shipment_ids))
            .values(awaits_reread=False, not_before=None)
            .execution_options(synchronize_session=False)
        )
        uow.session.expire_all()
        await count_shipped_here(uow, await _locked(uow, order_id))
        return []


_RELINK = text("""
    UPDATE shipment_items SET line_id = line.id
    FROM order_lines line
    WHERE shipment_items.shipment_id = ANY(CAST(:shipment_ids AS uuid[]))
      AND line.order_id = :order_id
      AND line.external_id = shipment_items.line_external_id
      AND shipment_items.line_id IS DISTINCT FROM line.id
""")
# Where Get Orders does not keep the order as it is now, its lines know at least our own parcels.
_COUNT_SYNCED = text("""
    UPDATE order_lines
    SET quantity_shipped = GREATEST(order_lines.quantity_shipped, ours.quantity)
    FROM (
        SELECT item.line_id, sum(item.quantity) AS quantity
        FROM shipment_items item JOIN shipments parcel ON parcel.id = item.shipment_id
        WHERE parcel.order_id = :order_id AND parcel.sync_status = 'synced'
        GROUP BY item.line_id
    ) ours
    WHERE order_lines.id = ours.line_id
      AND CAST(:shipment_ids AS uuid[]) IS NOT NULL
""")


def planned_item(number: int, shipment_id: UUID, plan: Plan) -> ItemOutcome:
    """What a dry run tells of a shipment that would be sent."""
    warning = plan.warnings[0] if plan.warnings else None
    return ItemOutcome(
        Entity.SHIPMENT,
        None,
        Outcome.CREATED,
        code=warning["code"] if warning else None,
        message=warning["message"] if warning else None,
        reference=_order_name(number),
        subject_id=shipment_id,
        changes=plan.changes(),
    )


def failed_item(
    number: int, shipment_id: UUID, refusal: Refusal, retryable: bool = False
) -> ItemOutcome:
    """What a run tells of a shipment that cannot be sent."""
    return ItemOutcome(
        Entity.SHIPMENT,
        None,
        Outcome.FAILED,
        code=refusal.code,
        message=refusal.message,
        field=refusal.field,
        reference=_order_name(number),
        subject_id=shipment_id,
        retryable=retryable,
    )


def waiting_item(number: int, shipment_id: UUID) -> ItemOutcome:
    """What a run tells of a shipment that waits for the rest of its order."""
    return ItemOutcome(
        Entity.SHIPMENT,
        None,
        Outcome.SKIPPED,
        code=WAITING_FOR_WHOLE_ORDER,
        message=WAITS,
        reference=_order_name(number),
        subject_id=shipment_id,
    )


def being_sent_item(number: int, shipment_id: UUID) -> ItemOutcome:
    """What a dry run tells of a shipment whose request has no recorded answer."""
    return ItemOutcome(
        Entity.SHIPMENT,
        None,
        Outcome.SKIPPED,
        code="being_sent",
        message="It is being sent, or its answer was lost and is being looked for.",
        reference=_order_name(number),
        subject_id=shipment_id,
    )


def _order_name(number: int) -> str:
    return f"Order {number}"


async def _locked(uow: UnitOfWork, order_id: UUID) -> Order:
    found = await uow.session.scalars(select(Order).where(Order.id == order_id).with_for_update())
    return found.one()


async def _set(uow: UnitOfWork, shipment_id: UUID, **values: Any) -> None:
    await uow.session.execute(
        update(Shipment)
        .where(Shipment.id == shipment_id)
        .values(**values, updated_at=uow.clock.now())
        .execution_options(synchronize_session=False)
    )

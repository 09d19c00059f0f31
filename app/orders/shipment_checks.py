"""Whether a parcel can be taken: its lines, its one address, and what is left to ship."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from app.core.errors import FieldProblem, ValidationFailed
from app.core.uow import UnitOfWork
from app.orders.errors import OrderStateConflict
from app.orders.kinds import OrderState, effective_quantity
from app.orders.models import Order, OrderLine
from app.orders.shipment_errors import (
    NotShippable,
    OrderOnHold,
    OverShipping,
    SeveralAddresses,
)
from app.orders.shipment_kinds import PHYSICAL, UNSENT
from app.orders.shipment_models import Shipment
from app.orders.shipment_repository import items_of
from app.orders.shipment_schemas import ItemRequest, ShipmentRequest


def check_state(order: Order) -> None:
    """Raise `OrderStateConflict` or `OrderOnHold` for an order that nothing is shipped of.

    A parcel that was taken before the hold has left the house and is still told to the store.
    """
    if order.state == OrderState.CANCELLED:
        raise OrderStateConflict("A cancelled order cannot be shipped.", state=order.state)
    if order.state == OrderState.ON_HOLD:
        raise OrderOnHold(
            "The order is on hold: release it first, then ship it.",
            hold_reasons=list(order.hold_reasons),
        )


def check_given(body: ShipmentRequest, required: Collection[str]) -> None:
    """Raise `ValidationFailed` for fields that the store must be told and that are empty."""
    problems = [
        FieldProblem(
            field=name,
            code="required",
            message=f"The store is sent no shipment without {name.replace('_', ' ')}.",
        )
        for name in sorted(required)
        if getattr(body, name) in (None, "")
    ]
    if problems:
        raise ValidationFailed(problems[0].message, errors=problems)


def asked_quantities(
    lines: Mapping[UUID, OrderLine], items: Sequence[ItemRequest]
) -> dict[UUID, int]:
    """Quantities by line id; raises `ValidationFailed` or `NotShippable` for the wrong lines."""
    asked: Counter[UUID] = Counter()
    unknown, refused = [], []
    for number, item in enumerate(items):
        place = f"items.{number}.line_item_id"
        line = lines.get(item.line_item_id)
        if line is None:
            text = "The order has no such line."
            unknown.append(FieldProblem(field=place, code="unknown_line", message=text))
        elif line.type != PHYSICAL:
            text = f"{_name(line)} is of type {line.type}: there is nothing to ship."
            refused.append(FieldProblem(field=place, code="not_physical", message=text))
        elif line.address_external_id is None:
            text = f"{_name(line)} is picked up and has no shipping address."
            refused.append(FieldProblem(field=place, code="no_address", message=text))
        else:
            asked[line.id] += item.quantity
    if unknown:
        raise ValidationFailed(unknown[0].message, errors=unknown)
    if refused:
        raise NotShippable(refused[0].message, errors=refused)
    return dict(asked)


def one_address(lines: Sequence[OrderLine], asked: Mapping[UUID, int]) -> int:
    """The address that all lines go to; raises `SeveralAddresses` with the groups."""
    groups: dict[int, list[dict[str, Any]]] = {}
    for line in lines:
        if line.address_external_id is not None:
            groups.setdefault(line.address_external_id, []).append(
                {"line_item_id": str(line.id), "sku": line.sku, "quantity": asked[line.id]}
            )
    if len(groups) > 1:
        raise SeveralAddresses(
            f"These items go to {len(groups)} addresses: send one shipment for each group.",
            groups=[
                {"address_external_id": str(address), "items": items}
                for address, items in groups.items()
            ],
        )
    return lines[0].address_external_id or 0


async def check_left(
    uow: UnitOfWork,
    lines: Sequence[OrderLine],
    asked: Mapping[UUID, int],
    shipments: Sequence[Shipment],
) -> None:
    """Raise `OverShipping` when more is asked for than was ordered and has not left."""
    open_ones = [row.id for row in shipments if row.sync_status in UNSENT or row.awaits_count]
    taken: Counter[UUID | None] = Counter()
    for items in (await items_of(uow, open_ones)).values():
        for item in items:
            taken[item.line_id] += item.quantity
    short = []
    for line in lines:
        left = max(effective_quantity(line) - line.quantity_shipped - taken[line.id], 0)
        if asked[line.id] > left:
            short.append((line, left))
    if short:
        told = [f"{_name(line)}: {asked[line.id]} asked, {left} left" for line, left in short]
        raise OverShipping(
            f"More is to be shipped than is left. {'; '.join(told)}.",
            errors=[
                FieldProblem(
                    field="items",
                    code="over_shipping",
                    message=f"{_name(line)}: only {left} can be shipped.",
                )
                for line, left in short
            ],
            lines=[
                {
                    "line_item_id": str(line.id),
                    "sku": line.sku,
                    "requested": asked[line.id],
                    "available": left,
                }
                for line, left in short
            ],
        )


def _name(line: OrderLine) -> str:
    return f"Line {line.sku or line.external_id}"

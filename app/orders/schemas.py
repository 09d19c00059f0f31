"""Bodies of the order routes."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from app.core.crypto import KeyRing
from app.core.schemas import Body, Id, Timestamp, View
from app.mapping.invoices import InvoiceLine, sum_up
from app.orders.kinds import Extent, OrderState, effective_quantity, shipped_quantity
from app.orders.models import Order, OrderAddress, OrderLine
from app.orders.personal import open_address, open_person
from app.orders.values import amount_text


class HoldRequest(Body):
    """Why an order is held."""

    reason: Annotated[str, Field(min_length=1, max_length=500)] | None = None


class LineView(View):
    """A line with its own shipping address; mapped line-item fields stand beside these."""

    model_config = ConfigDict(from_attributes=True, extra="allow")

    id: Id
    external_id: str
    sku: str | None
    type: str | None
    quantity: int
    quantity_refunded: int
    quantity_shipped: int
    effective_quantity: int
    parent_external_id: str | None
    problems: list[str]
    shipping_address: dict[str, Any] | None


class PartView(View):
    """One of the store's own amounts in an invoice; what is taken off is negative."""

    name: str
    amount: str


class AdjustmentView(View):
    """A signed line that a rule adds to an invoice."""

    rule_id: Id
    label: str
    amount: str
    reason: str


class InvoiceView(View):
    """The store's own invoice, untouched, and what rules add to it.

    `difference` is the store's total less the sum of its parts; `total` is what is to be paid.
    """

    number: str
    currency: str | None
    parts: list[PartView]
    store_total: str
    difference: str
    adjustments: list[AdjustmentView]
    total: str


class OrderView(View):
    """An order, whole: money as decimal text, times RFC 3339 in UTC."""

    id: Id
    channel_id: Id
    external_id: str
    state: OrderState
    status_id: int
    acknowledged: Extent
    acknowledged_at: Timestamp | None
    shipped: Extent
    shipped_at: Timestamp | None
    hold_reasons: list[str]
    attention: list[str]
    """Codes of what the last import found odd, e.g. `totals_differ`; not all of it holds."""
    cancelled_by_rule: str | None
    tags: list[str]
    notes: list[str]
    alerts: list[str]
    archived: bool
    currency: str | None
    order: dict[str, Any]
    billing_address: dict[str, Any]
    line_items: list[LineView]
    shipping_addresses: list[dict[str, Any]]
    ffl: dict[str, Any] | None
    invoice: InvoiceView
    personal_data_erased_at: Timestamp | None
    store_created_at: Timestamp | None
    store_modified_at: Timestamp | None
    created_at: Timestamp
    updated_at: Timestamp


def order_view(
    keyring: KeyRing, order: Order, lines: list[OrderLine], addresses: list[OrderAddress]
) -> OrderView:
    """Shape an order for an answer, decrypting what is personal."""
    person = open_person(keyring, order.sealed_person)
    places = {row.external_id: _address(keyring, row) for row in addresses}
    return OrderView(
        id=order.id,
        channel_id=order.channel_id,
        external_id=order.external_id,
        state=OrderState(order.state),
        status_id=order.status_id,
        acknowledged=Extent(order.acknowledged),
        acknowledged_at=order.acknowledged_at,
        shipped=Extent(order.shipped),
        shipped_at=order.shipped_at,
        hold_reasons=order.hold_reasons,
        attention=order.attention,
        cancelled_by_rule=order.cancelled_by_rule,
        tags=order.tags,
        notes=order.notes,
        alerts=order.alerts,
        archived=order.archived,
        currency=order.currency,
        order={**order.order_values, **person.order},
        billing_address={**order.billing_values, **person.billing},
        line_items=[
            _line(line, person.lines.get(str(line.external_id), {}), places) for line in lines
        ],
        shipping_addresses=list(places.values()),
        ffl=person.ffl,
        invoice=_invoice(order),
        personal_data_erased_at=order.personal_data_erased_at,
        store_created_at=order.store_created_at,
        store_modified_at=order.store_modified_at,
        created_at=order.created_at,
        updated_at=order.updated_at,
    )


def _invoice(order: Order) -> InvoiceView:
    found = sum_up(
        order.amounts,
        [
            InvoiceLine(
                UUID(line["rule_id"]), line["label"], Decimal(line["amount"]), line["reason"]
            )
            for line in order.adjustments
        ],
    )

    def told(amount: Decimal) -> str:
        return amount_text(amount, order.currency)

    return InvoiceView(
        number=order.external_id,
        currency=order.currency,
        parts=[PartView(name=name, amount=told(amount)) for name, amount in found.parts],
        store_total=told(found.store_total),
        difference=told(found.difference),
        adjustments=[
            AdjustmentView(
                rule_id=line.rule_id,
                label=line.label,
                amount=told(line.amount),
                reason=line.reason,
            )
            for line in found.adjustments
        ],
        total=told(found.total),
    )


def _address(keyring: KeyRing, row: OrderAddress) -> dict[str, Any]:
    return {
        "external_id": str(row.external_id),
        "shipping_policy": row.shipping_policy,
        **row.address_values,
        **open_address(keyring, row.sealed),
    }


def _line(line: OrderLine, personal: dict[str, Any], places: dict[int, dict[str, Any]]) -> LineView:
    own = {
        "id": line.id,
        "external_id": str(line.external_id),
        "sku": line.sku,
        "quantity": line.quantity,
        "quantity_refunded": line.quantity_refunded,
        "quantity_shipped": shipped_quantity(line),
        "effective_quantity": effective_quantity(line),
        "parent_external_id": (
            None if line.parent_external_id is None else str(line.parent_external_id)
        ),
        "problems": line.problems,
        "shipping_address": (
            None if line.address_external_id is None else places.get(line.address_external_id)
        ),
    }
    return LineView(**{"type": line.type, **line.line_values, **personal, **own})

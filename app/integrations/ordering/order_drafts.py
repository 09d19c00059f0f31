"""A mapped order of the store as a draft of ours.

Of an order whose mapping a template has stopped, what the store says of status, quantities and
refunds is taken all the same, and what rules made of it before is kept: it may be ours already,
and then a cancellation has to arrive whatever the template says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from app.bigcommerce.models.orders import Order, OrderProduct
from app.channels.settings import GetOrdersSettings
from app.integrations.ordering.order_ffl import read_ffl
from app.integrations.ordering.order_records import WholeOrder, line_skus
from app.mapping.engine.evaluate import Evaluated
from app.mapping.records import MappedRecord, local_values
from app.orders.drafts import AddressDraft, LineDraft, OrderDraft

MISSING_SKU: Final = "missing_sku"
_CANCELLED: Final = frozenset({5, 6})
_CLOSED: Final = frozenset({2, 4, 10})


def draft_of(
    whole: WholeOrder,
    mapped: MappedRecord,
    lines: tuple[LineDraft, ...],
    holds: Sequence[str],
    attention: Sequence[str],
    settings: GetOrdersSettings,
) -> OrderDraft:
    """The draft of an order, mapped or stopped."""
    order, stopped = whole.order, mapped.outcome != "mapped"
    values = _values(mapped.once["order"])
    if stopped:
        values = {**_told(whole), **values}
    return OrderDraft(
        external_id=order.id,
        status_id=order.status_id,
        values=values,
        billing=_values(mapped.once["billing_address"]),
        addresses=tuple(
            AddressDraft(address.id, _values(part))
            for address, part in zip(
                whole.addresses, mapped.repeated["shipping_address"], strict=True
            )
        ),
        lines=lines,
        created_at=order.date_created,
        modified_at=order.date_modified,
        hold_reasons=tuple(holds),
        state=store_state(order),
        ffl=read_ffl(_comments(order)) if settings.import_ffl else None,
        archived=order.is_deleted,
        auto_acknowledge=settings.acknowledge == "automatic",
        currency=order.default_currency_code or order.currency_code or None,
        attention=tuple(dict.fromkeys(attention)),
        stopped=stopped,
    )


def draft_lines(whole: WholeOrder, mapped: MappedRecord) -> tuple[LineDraft, ...]:
    """The lines of an order, without those that the template skips."""
    skus = line_skus(whole.lines)
    drafts = []
    for line, part in zip(whole.lines, mapped.repeated["line_item"], strict=True):
        if part.outcome == "mapped":
            values = local_values(part)
            drafts.append(_line(line, values, named=bool(values.get("sku"))))
        elif part.outcome == "failed":
            counted = {
                "quantity": line.quantity,
                "quantity_refunded": line.quantity_refunded,
                "quantity_shipped": line.quantity_shipped,
                "refund_amount": whole.refunded.of_line(line.id),
            }
            drafts.append(_line(line, counted, named=bool(skus[line.id])))
    return tuple(drafts)


def store_state(order: Order) -> str:
    """What the store's status means for us (FACTS 4.3): open, closed or cancelled.

    An archived order is no work any more, whatever its status (FACTS quirk 40).
    """
    if order.status_id in _CANCELLED:
        return "cancelled"
    return "closed" if order.is_deleted or order.status_id in _CLOSED else "open"


def _values(part: Evaluated) -> dict[str, Any]:
    """The values of a part; of one that was stopped nothing, so that what is stored stays."""
    return local_values(part) if part.outcome == "mapped" else {}


def _told(whole: WholeOrder) -> dict[str, Any]:
    order = whole.order
    return {
        "status": order.status,
        "status_id": order.status_id,
        "payment_status": order.payment_status,
        "refunded_amount": whole.refunded.total,
    }


def _line(line: OrderProduct, values: dict[str, Any], *, named: bool) -> LineDraft:
    return LineDraft(
        external_id=line.id,
        address_external_id=line.order_address_id or None,
        values=values,
        type=line.type or "physical",
        parent_external_id=line.parent_order_product_id,
        variant_external_id=line.variant_id or None,
        problems=() if named else (MISSING_SKU,),
    )


def _comments(order: Order) -> str:
    return "\n".join(text for text in (order.customer_message, order.staff_notes) if text)

"""Orders of the store through the template: drafts of ours, and what cannot be one.

An order is never lost to a mapping: what cannot be read holds the order, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.bigcommerce.models.orders import Order, OrderProduct
from app.channels.settings import GetOrdersSettings
from app.integrations.context import StoreContext
from app.integrations.ordering.order_ffl import read_ffl
from app.integrations.ordering.order_records import WholeOrder, order_record
from app.integrations.ordering.order_refunds import REFUNDS_UNREADABLE, UNREADABLE
from app.integrations.ordering.order_rules import RuleMark, apply_rules
from app.integrations.ordering.order_totals import differences
from app.mapping.problems import Problem
from app.mapping.records import MappedRecord, local_values
from app.orders.drafts import AddressDraft, LineDraft, OrderDraft
from app.orders.values import is_personal
from app.rules.reading import ActiveRule
from app.runs.kinds import Entity, Outcome
from app.runs.recording import ItemOutcome

MISSING_SKU = "missing_sku"
MAPPING_PROBLEM = "mapping_problem"
SEVERAL_ADDRESSES = "several_shipping_addresses"
TOTALS_DIFFER = "totals_differ"
_SKU = "line_item.sku"
_QUOTED = re.compile("“[^”]*”")
_CANCELLED = frozenset({5, 6})
_CLOSED = frozenset({2, 4, 10})


@dataclass
class MappedOrders:
    """The drafts of a page, orders that did not become one, and what was odd about others."""

    drafts: list[OrderDraft] = field(default_factory=list)
    rejected: list[ItemOutcome] = field(default_factory=list)
    remarks: dict[int, Problem] = field(default_factory=dict)
    marks: dict[int, tuple[RuleMark, ...]] = field(default_factory=dict)
    """Rules that applied, by order."""


def map_orders(
    context: StoreContext, whole: Sequence[WholeOrder], rules: Sequence[ActiveRule] = ()
) -> MappedOrders:
    """Map orders one by one; one that cannot be mapped never stops the others."""
    page = MappedOrders()
    for order in whole:
        _map_one(context, order, page, rules)
    return page


def _map_one(
    context: StoreContext, whole: WholeOrder, page: MappedOrders, rules: Sequence[ActiveRule]
) -> None:
    settings = context.settings
    assert isinstance(settings, GetOrdersSettings)  # noqa: S101 - of this integration
    order = whole.order
    mapped = context.map(order_record(whole), str(order.id))
    if mapped.outcome != "mapped":
        skipped = mapped.outcome == "skipped"
        page.rejected.append(
            ItemOutcome(
                Entity.ORDER,
                str(order.id),
                Outcome.SKIPPED if skipped else Outcome.FAILED,
                code="skipped_by_rule" if skipped else "failed_by_rule",
                message=mapped.reason,
            )
        )
        return
    lines = _lines(whole.lines, mapped)
    without_sku = [line for line in lines if MISSING_SKU in line.problems]
    if without_sku and settings.lines_without_sku == "skip_order":
        page.rejected.append(
            ItemOutcome(
                Entity.ORDER,
                str(order.id),
                Outcome.SKIPPED,
                code=MISSING_SKU,
                message=f"{len(without_sku)} lines have no SKU, and such orders are not kept.",
                field=_SKU,
            )
        )
        return
    problems = [_impersonal(item) for item in mapped.problems if item.field != _SKU]
    sums = differences(order, whole.lines)
    reports = problems + [
        Problem(item.field, "warning", TOTALS_DIFFER, item.message) for item in sums
    ]
    if not whole.refunded.readable:
        reports.append(Problem("order.refunded_amount", "warning", REFUNDS_UNREADABLE, UNREADABLE))
    if reports:
        page.remarks[order.id] = reports[0]
    holds = []
    if without_sku:
        holds.append(MISSING_SKU)
    if problems:
        holds.append(MAPPING_PROBLEM)
    if any(item.holds for item in sums):
        holds.append(TOTALS_DIFFER)
    if len(whole.addresses) > 1 and not settings.multiple_shipping_addresses:
        holds.append(SEVERAL_ADDRESSES)
    draft = _draft(whole, mapped, lines, holds, settings)
    ruled = apply_rules(rules, draft, whole, context.mapping)
    if ruled.remark is not None:
        page.remarks.setdefault(order.id, ruled.remark)
    if ruled.marks:
        page.marks[order.id] = ruled.marks
    page.drafts.append(ruled.draft)


def _impersonal(problem: Problem) -> Problem:
    """The problem without the value it is about, where that is somebody's name or address.

    Messages go to logs and run items, which outlive the personal data of an order.
    """
    group, _, name = problem.field.partition(".")
    if not is_personal(group, name):
        return problem
    return replace(problem, message=_QUOTED.sub("“…”", problem.message))


def _draft(
    whole: WholeOrder,
    mapped: MappedRecord,
    lines: tuple[LineDraft, ...],
    holds: list[str],
    settings: GetOrdersSettings,
) -> OrderDraft:
    order = whole.order
    return OrderDraft(
        external_id=order.id,
        status_id=order.status_id,
        values=local_values(mapped.once["order"]),
        billing=local_values(mapped.once["billing_address"]),
        addresses=tuple(
            AddressDraft(address.id, local_values(part))
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
    )


def _comments(order: Order) -> str:
    return "\n".join(text for text in (order.customer_message, order.staff_notes) if text)


def store_state(order: Order) -> str:
    """What the store's status means for us (FACTS 4.3): open, closed or cancelled."""
    if order.status_id in _CANCELLED:
        return "cancelled"
    return "closed" if order.status_id in _CLOSED else "open"


def _lines(lines: Sequence[OrderProduct], mapped: MappedRecord) -> tuple[LineDraft, ...]:
    return tuple(
        _line(line, local_values(part))
        for line, part in zip(lines, mapped.repeated["line_item"], strict=True)
        if part.outcome == "mapped"
    )


def _line(line: OrderProduct, values: dict[str, Any]) -> LineDraft:
    return LineDraft(
        external_id=line.id,
        address_external_id=line.order_address_id or None,
        values=values,
        type=line.type or "physical",
        parent_external_id=line.parent_order_product_id,
        problems=() if values.get("sku") else (MISSING_SKU,),
    )

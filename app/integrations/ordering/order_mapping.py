"""Orders of the store through the template: drafts of ours, and what cannot be one.

An order is never lost to a mapping: what cannot be read holds the order, with the reason. What is
not kept at all (the template skips it, its lines have no SKU, it is archived) concerns new orders
alone: one that is ours is held instead, and goes on hearing of cancellations and refunds.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.bigcommerce.models.orders import Order
from app.channels.settings import GetOrdersSettings
from app.integrations.context import StoreContext
from app.integrations.ordering.order_drafts import MISSING_SKU, draft_lines, draft_of
from app.integrations.ordering.order_records import WholeOrder, order_record
from app.integrations.ordering.order_refunds import REFUNDS_UNREADABLE, UNREADABLE
from app.integrations.ordering.order_rules import Ruled, RuleMark, apply_rules, unruled
from app.integrations.ordering.order_totals import differences
from app.integrations.ordering.states import ISO_CODES, StateCodes
from app.mapping.problems import Problem
from app.mapping.records import MappedRecord
from app.orders.drafts import LineDraft, OrderDraft
from app.orders.values import is_personal
from app.rules.reading import ActiveRule
from app.runs.kinds import Entity, Outcome
from app.runs.recording import ItemOutcome

MAPPING_PROBLEM = "mapping_problem"
SEVERAL_ADDRESSES = "several_shipping_addresses"
TOTALS_DIFFER = "totals_differ"
SKIPPED_BY_RULE = "skipped_by_rule"
FAILED_BY_RULE = "failed_by_rule"
ARCHIVED = ("archived", "The order is archived in the store, and it is not ours.")
_SKU = "line_item.sku"
_MAY_NAME_SOMEBODY = frozenset({"line_item.name"})
_QUOTED = re.compile("“[^”]*”")


@dataclass
class MappedOrders:
    """The drafts of a page, orders that did not become one, and what was odd about others."""

    drafts: list[OrderDraft] = field(default_factory=list)
    rejected: list[ItemOutcome] = field(default_factory=list)
    remarks: dict[int, Problem] = field(default_factory=dict)
    marks: dict[int, tuple[RuleMark, ...]] = field(default_factory=dict)
    """Rules that applied, by order."""
    unlisted: set[str] = field(default_factory=set)
    """Countries whose states nobody has asked BigCommerce for yet."""


@dataclass
class _Findings:
    """What is odd about an order: what it is held for, and what is told of it."""

    holds: list[str] = field(default_factory=list)
    reports: list[Problem] = field(default_factory=list)


def map_orders(
    context: StoreContext,
    whole: Sequence[WholeOrder],
    rules: Sequence[ActiveRule] = (),
    ours: Collection[int] = (),
    states: StateCodes = ISO_CODES,
) -> MappedOrders:
    """Map orders one by one; one that cannot be mapped never stops the others.

    `ours` are the orders that are stored already.
    """
    page = MappedOrders()
    for order in whole:
        record = order_record(order, states)
        _map_one(context, order, record, page, rules, known=order.order.id in ours)
    return page


def not_kept(order: Order, code: str, message: str, place: str | None = None) -> ItemOutcome:
    """What a run tells of an order that is passed over, or that fails."""
    outcome = Outcome.FAILED if code == FAILED_BY_RULE else Outcome.SKIPPED
    return ItemOutcome(
        Entity.ORDER, str(order.id), outcome, code=code, message=message, field=place
    )


def _map_one(
    context: StoreContext,
    whole: WholeOrder,
    record: dict[str, Any],
    page: MappedOrders,
    rules: Sequence[ActiveRule],
    *,
    known: bool,
) -> None:
    settings = context.settings
    assert isinstance(settings, GetOrdersSettings)  # noqa: S101 - of this integration
    order = whole.order
    mapped = context.map(record, str(order.id))
    stopped = mapped.outcome != "mapped"
    why = SKIPPED_BY_RULE if mapped.outcome == "skipped" else FAILED_BY_RULE
    if stopped and not known:
        page.rejected.append(not_kept(order, why, mapped.reason))
        return
    lines = draft_lines(whole, mapped)
    without_sku = [line for line in lines if MISSING_SKU in line.problems]
    if without_sku and settings.lines_without_sku == "skip_order" and not known:
        told = f"{len(without_sku)} lines have no SKU, and such orders are not kept."
        page.rejected.append(not_kept(order, MISSING_SKU, told, _SKU))
        return
    found = _findings(whole, mapped, without_sku, settings)
    if stopped:
        found.holds.insert(0, why)
        found.reports.insert(0, Problem("order", "warning", why, mapped.reason))
    codes = [report.code for report in found.reports]
    draft = draft_of(whole, mapped, lines, found.holds, codes, settings)
    ruled = unruled(draft, order) if stopped else apply_rules(rules, draft, whole, context.mapping)
    _keep(page, ruled, found.reports)


def _findings(
    whole: WholeOrder,
    mapped: MappedRecord,
    without_sku: Sequence[LineDraft],
    settings: GetOrdersSettings,
) -> _Findings:
    found = _Findings()
    problems = [_impersonal(item) for item in mapped.problems if item.field != _SKU]
    sums = differences(whole.order, whole.lines)
    found.reports += problems
    found.reports += [Problem(one.field, "warning", TOTALS_DIFFER, one.message) for one in sums]
    if not whole.refunded.readable:
        place = "order.refunded_amount"
        found.reports.append(Problem(place, "warning", REFUNDS_UNREADABLE, UNREADABLE))
    if without_sku:
        found.holds.append(MISSING_SKU)
    if problems and mapped.outcome == "mapped":
        found.holds.append(MAPPING_PROBLEM)
    if any(item.holds for item in sums):
        found.holds.append(TOTALS_DIFFER)
    if len(whole.addresses) > 1 and not settings.multiple_shipping_addresses:
        found.holds.append(SEVERAL_ADDRESSES)
    return found


def _keep(page: MappedOrders, ruled: Ruled, reports: Sequence[Problem]) -> None:
    draft, remarks = ruled.draft, [*reports, *([ruled.remark] if ruled.remark else [])]
    if remarks:
        page.remarks[draft.external_id] = remarks[0]
    if ruled.marks:
        page.marks[draft.external_id] = ruled.marks
    page.drafts.append(draft)


def _impersonal(problem: Problem) -> Problem:
    """The problem without the value it is about, where that is somebody's name or address.

    Messages go to logs and run items, which outlive the personal data of an order.
    """
    group, _, name = problem.field.partition(".")
    if problem.field not in _MAY_NAME_SOMEBODY and not is_personal(group, name):
        return problem
    return replace(problem, message=_QUOTED.sub("“…”", problem.message))

"""What a channel's rules make of orders that come in: holds, tags, policies, invoice lines.

Rules look at the order as the template maps it, in the shape in which it is answered. Invoices
start from the store's own money, which no template changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from app.bigcommerce.models.orders import Order
from app.core.uow import UnitOfWork
from app.integrations.ordering.order_records import WholeOrder
from app.mapping.currency import minor_units
from app.mapping.engine.context import Context
from app.mapping.invoices import AMOUNTS, ZERO
from app.mapping.problems import Problem
from app.mapping.values import as_text
from app.orders.drafts import AddressDraft, LineDraft, OrderDraft
from app.orders.values import whole as units
from app.rules.invoices import invoice_lines
from app.rules.kinds import RuleKind
from app.rules.order_actions import OrderActions, apply_order_rules
from app.rules.reading import ActiveRule
from app.rules.service import active_rules
from app.rules.shipping import NO_SHIPPING_POLICY, ShippingChoice, shipping_policy

HELD_BY_RULE = "held_by_rule"
KINDS = (RuleKind.ORDER_IMPORT, RuleKind.SHIPPING_MAPPING, RuleKind.INVOICE_ADJUSTMENT)


@dataclass(frozen=True)
class RuleMark:
    """A rule that applied to an order, with what it did in a sentence without personal data."""

    rule_id: UUID
    detail: str


@dataclass(frozen=True)
class Ruled:
    """A draft after the rules, what they did, and what is worth telling about it."""

    draft: OrderDraft
    marks: tuple[RuleMark, ...] = ()
    remark: Problem | None = None


async def order_rules(uow: UnitOfWork, channel_id: UUID) -> list[ActiveRule]:
    """Return the rules of a channel that are about orders."""
    return await active_rules(uow, channel_id, *KINDS)


def store_amounts(order: Order) -> dict[str, str]:
    """The store's own money for the invoice; what it does not say is left out."""
    found = {
        name: getattr(order, name)
        for name in AMOUNTS
        if name != "fees_inc_tax" and getattr(order, name) is not None
    }
    fees = sum((fee.cost_inc_tax or ZERO for fee in order.fees), ZERO)
    return {name: str(amount) for name, amount in {**found, "fees_inc_tax": fees}.items() if amount}


def unruled(draft: OrderDraft, order: Order) -> Ruled:
    """A draft that rules have nothing to say of, because its mapping was stopped."""
    return Ruled(replace(draft, amounts=store_amounts(order)))


def apply_rules(
    rules: Sequence[ActiveRule], draft: OrderDraft, whole: WholeOrder, context: Context
) -> Ruled:
    """Return the draft with all that rules add to it."""
    if not rules:
        return unruled(draft, whole.order)
    draft = replace(draft, amounts=store_amounts(whole.order))
    record = ruled_record(draft)
    actions = apply_order_rules(rules, record, context)
    marks = [
        RuleMark(rule_id, reason)
        for rule_id, reason in zip(actions.matched, actions.reasons, strict=True)
    ]
    choices = _policies(rules, draft, whole)
    marks += [RuleMark(one.rule_id, one.reason) for one in choices.values() if one.rule_id]
    places = minor_units(draft.currency or "")
    lines = invoice_lines(rules, record, context, amounts=draft.amounts, minor_units=places)
    marks += [
        RuleMark(line.rule_id, f"{line.reason} {line.label}: {line.amount}.") for line in lines
    ]
    unmapped = [one for one in choices.values() if one.hold]
    held = (*actions.hold_reasons, *((NO_SHIPPING_POLICY,) if unmapped else ()))
    ruled = replace(
        draft,
        hold_reasons=tuple(dict.fromkeys([*draft.hold_reasons, *held])),
        tags=actions.tags,
        notes=actions.notes,
        alerts=actions.alerts,
        cancelled_by_rule=actions.cancelled_by,
        adjustments=tuple(lines),
        addresses=tuple(
            replace(address, shipping_policy=choices[address.external_id].policy)
            for address in draft.addresses
        ),
    )
    return Ruled(ruled, tuple(marks), _remark(actions, unmapped))


def ruled_record(draft: OrderDraft) -> dict[str, Any]:
    """A draft nested as rules read orders, like the answer of the API."""
    places = {address.external_id: address for address in draft.addresses}
    return {
        "order": draft.values,
        "billing_address": draft.billing,
        "line_items": [_line(line, places) for line in draft.lines],
    }


def _line(line: LineDraft, places: Mapping[int, AddressDraft]) -> dict[str, Any]:
    values = line.values
    place = places.get(line.address_external_id or 0)
    remaining = units(values.get("quantity")) - units(values.get("quantity_refunded"))
    return {
        **values,
        "type": values.get("type", line.type),
        "effective_quantity": max(remaining, 0),
        "shipping_address": None if place is None else place.values,
    }


def _policies(
    rules: Sequence[ActiveRule], draft: OrderDraft, whole: WholeOrder
) -> dict[int, ShippingChoice]:
    """The policy of each address, by the mapped shipping text or else the store's own."""
    own = {address.id: address.raw.get("shipping_method") for address in whole.addresses}
    return {
        address.external_id: shipping_policy(
            rules, as_text(address.values.get("shipping_method") or own.get(address.external_id))
        )
        for address in draft.addresses
    }


def _remark(actions: OrderActions, unmapped: Sequence[ShippingChoice]) -> Problem | None:
    """What a run's item says of an order that rules hold."""
    if unmapped:
        field = "shipping_address.shipping_method"
        return Problem(field, "warning", NO_SHIPPING_POLICY, unmapped[0].reason)
    if actions.hold_reasons:
        named = ", ".join(actions.hold_reasons)
        return Problem("order", "warning", HELD_BY_RULE, f"A rule holds the order: {named}.")
    return None

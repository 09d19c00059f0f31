"""Trying a rule, or a draft of it, on real listings and orders. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from app.accounts.service import Principal
from app.core.crypto import KeyRing
from app.core.uow import UnitOfWork
from app.mapping.currency import minor_units
from app.mapping.diff import as_json, diff
from app.mapping.engine.context import Context
from app.mapping.values import as_text
from app.rules.given import given_listing, given_order
from app.rules.invoices import invoice
from app.rules.kinds import ABOUT_LISTINGS, RuleKind
from app.rules.linting import check_definition
from app.rules.order_actions import apply_order_rules
from app.rules.ports import ListingSubject, OrderSubject, RuleSubjects
from app.rules.prices import apply_pricing
from app.rules.quantities import apply_quantity, recent_periods
from app.rules.reading import ActiveRule, compile_rule
from app.rules.repository import get_rule
from app.rules.schemas import ChangeView, RuleTrial, StepView, TrialAnswer, TrialResult
from app.rules.shipping import shipping_policy
from app.rules.statuses import decide_status

OUR_WEIGHT = "kg"
OUR_LENGTH = "cm"
Steps = Sequence[tuple[str, Decimal | int]]
OnOrder = Callable[[ActiveRule, OrderSubject, Context], TrialResult]


async def try_rule(
    uow: UnitOfWork,
    keyring: KeyRing,
    caller: Principal,
    rule_id: UUID,
    body: RuleTrial,
    subjects: RuleSubjects,
) -> TrialAnswer:
    """Return what the rule alone would do with each subject."""
    stored = await get_rule(uow, caller.account_id, rule_id)
    kind = RuleKind(stored.kind)
    raw = stored.definition if body.definition is None else body.definition
    check_definition(kind, stored.name, raw)
    rule = compile_rule(stored.id, stored.name, kind, raw)
    context = Context(uow.clock.now(), OUR_WEIGHT, OUR_LENGTH)
    if kind in ABOUT_LISTINGS:
        listings = [given_listing(record) for record in body.records or ()]
        if body.records is None or body.skus or body.listing_ids:
            listings += await subjects.listings(
                uow,
                caller.account_id,
                stored.channel_id,
                skus=body.skus,
                listing_ids=body.listing_ids,
                recent_periods=recent_periods([rule]),
            )
        tried = [_on_listing(rule, listing, context) for listing in listings]
        known = {sku for row in listings for sku in (row.facts.sku, *row.parents)}
        tried += _not_found(body.skus, known)
        return _answer(tried)
    orders = [given_order(record) for record in body.records or ()]
    if body.order_ids or (body.records is None and body.texts is None):
        orders += await subjects.orders(
            uow, keyring, caller.account_id, stored.channel_id, order_ids=body.order_ids
        )
    tried = [_on_text(rule, text) for text in body.texts or ()]
    tried += [_ON_ORDERS[kind](rule, order, context) for order in orders]
    return _answer(tried)


def _answer(results: list[TrialResult]) -> TrialAnswer:
    return TrialAnswer(
        results=results,
        matched=sum(result.matched for result in results),
        changed=sum(bool(result.changes) for result in results),
    )


def _not_found(skus: Sequence[str] | None, found: Iterable[str]) -> list[TrialResult]:
    known = {sku.strip().lower() for sku in found}
    return [
        _result(
            sku, None, False, {}, {}, "Neither the channel nor the catalogue has this SKU."
        ).model_copy(update={"code": "unknown_sku"})
        for sku in skus or ()
        if sku.strip().lower() not in known
    ]


def _on_listing(rule: ActiveRule, subject: ListingSubject, context: Context) -> TrialResult:
    if rule.kind is RuleKind.PRICING:
        return _price(rule, subject, context)
    if rule.kind is RuleKind.QUANTITY:
        return _quantity(rule, subject, context)
    decision = decide_status([rule], subject.facts.record, context)
    after = subject.health if decision is None else decision.to
    return _result(
        subject.facts.sku,
        subject.listing_id,
        decision is not None,
        {"status": subject.health},
        {"status": after},
        decision.reason if decision else "The rule does not apply.",
    )


def _price(rule: ActiveRule, subject: ListingSubject, context: Context) -> TrialResult:
    facts = subject.facts
    places = minor_units(subject.currency or "")
    found = [
        result
        for result in apply_pricing([rule], facts, context, minor_units=places).values()
        if result.rule_id is not None or result.field in facts.locked
    ]
    if not rule.applies(facts.record, context) or not found:
        return _result(facts.sku, subject.listing_id, False, {}, {}, "The rule does not apply.")
    field = getattr(rule.definition, "field", "list_price")
    chosen = next((result for result in found if result.field == field), found[0])
    own = getattr(facts, chosen.field)
    after = own if chosen.blocked else chosen.price
    return _result(
        facts.sku,
        subject.listing_id,
        True,
        {chosen.field: own},
        {chosen.field: after},
        chosen.reason,
        chosen.code,
        chosen.steps,
    )


def _quantity(rule: ActiveRule, subject: ListingSubject, context: Context) -> TrialResult:
    facts, stock = subject.facts, subject.stock
    if not rule.applies(facts.record, context):
        return _result(facts.sku, subject.listing_id, False, {}, {}, "The rule does not apply.")
    found = apply_quantity([rule], facts, stock, context)
    before = sum(stock.levels.values()) if stock.levels else None
    return _result(
        facts.sku,
        subject.listing_id,
        True,
        {"quantity": before},
        {"quantity": before if found.blocked else found.quantity},
        found.reason,
        found.code,
        found.steps,
    )


def _order_import(rule: ActiveRule, subject: OrderSubject, context: Context) -> TrialResult:
    actions = apply_order_rules([rule], subject.record, context)
    after = {
        "hold_reasons": list(actions.hold_reasons),
        "tags": list(actions.tags),
        "notes": list(actions.notes),
        "alerts": list(actions.alerts),
        "cancel": actions.cancel,
    }
    before: dict[str, Any] = {key: False if key == "cancel" else [] for key in after}
    reason = actions.reasons[0] if actions.reasons else "The rule does not apply."
    return _result(
        subject.reference, subject.order_id, bool(actions.matched), before, after, reason
    )


def _invoice(rule: ActiveRule, subject: OrderSubject, context: Context) -> TrialResult:
    places = minor_units(subject.currency or "")
    found = invoice([rule], subject.record, context, amounts=subject.amounts, minor_units=places)
    lines = [{"label": line.label, "amount": line.amount} for line in found.adjustments]
    reason = found.adjustments[0].reason if found.adjustments else "The rule adds nothing."
    return _result(
        subject.reference,
        subject.order_id,
        bool(lines),
        {"adjustments": [], "total": found.store_total},
        {"adjustments": lines, "total": found.total},
        reason,
    )


def _shipping(rule: ActiveRule, subject: OrderSubject, context: Context) -> TrialResult:
    texts = {
        as_text(line["shipping_address"].get("shipping_method")): None
        for line in subject.record.get("line_items") or ()
        if isinstance(line.get("shipping_address"), Mapping)
    }
    tried = _on_text(rule, next(iter(texts), ""))
    return tried.model_copy(update={"reference": subject.reference, "subject_id": subject.order_id})


def _on_text(rule: ActiveRule, text: str) -> TrialResult:
    choice = shipping_policy([rule], text)
    after = {"policy": choice.policy, "hold": choice.hold}
    before = {"policy": None, "hold": False}
    return _result(text, None, choice.policy is not None, before, after, choice.reason)


_ON_ORDERS: Final[Mapping[RuleKind, OnOrder]] = MappingProxyType(
    {
        RuleKind.ORDER_IMPORT: _order_import,
        RuleKind.INVOICE_ADJUSTMENT: _invoice,
        RuleKind.SHIPPING_MAPPING: _shipping,
    }
)


def _result(
    reference: str,
    subject_id: UUID | None,
    matched: bool,
    before: dict[str, Any],
    after: dict[str, Any],
    reason: str,
    code: str = "",
    steps: Steps = (),
) -> TrialResult:
    return TrialResult(
        reference=reference,
        subject_id=subject_id,
        matched=matched,
        before={key: as_json(value) for key, value in before.items()},
        after={key: as_json(value) for key, value in after.items()},
        changes=[ChangeView.model_validate(change.as_dict()) for change in diff(before, after)],
        code=code or None,
        reason=reason,
        steps=[StepView(what=what, value=str(as_text(value))) for what, value in steps],
    )

"""What can be done with rules."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

from app.accounts.audit import changed, record_change
from app.accounts.service import Principal
from app.channels.repository import get_channel
from app.core.errors import Conflict, ValidationFailed
from app.core.uow import UnitOfWork
from app.rules.errors import TooManyRules
from app.rules.kinds import RuleKind
from app.rules.linting import check_definition, lint
from app.rules.models import Rule
from app.rules.reading import ActiveRule, compile_rule, parse_definition
from app.rules.repository import (
    enabled_rules,
    get_rule,
    last_rank,
    lock_rules,
    totals_of,
)
from app.rules.schemas import HitTotalsView, ProblemView, RuleChange, RuleRequest, RuleView

MAX_RULES: Final = 200
MAX_DEFINITION: Final = 500_000
RANK_STEP: Final = 10


class RuleChanged(Conflict):
    """Somebody else changed the rule since the caller read it."""

    code = "version_conflict"
    title = "The rule was changed in the meantime"


async def create_rule(uow: UnitOfWork, caller: Principal, body: RuleRequest) -> Rule:
    """Add a rule to a channel, by default behind the others of its kind."""
    await get_channel(uow, caller.account_id, body.channel_id)
    _check(body.kind, body.name, body.definition)
    await lock_rules(uow, body.channel_id)
    count, highest = await last_rank(uow, body.channel_id, body.kind)
    if count >= MAX_RULES:
        raise TooManyRules(f"A channel may have {MAX_RULES} rules of a kind; delete one first.")
    rule = Rule(
        account_id=caller.account_id,
        channel_id=body.channel_id,
        kind=body.kind.value,
        name=body.name,
        rank=highest + RANK_STEP if body.rank is None else body.rank,
        enabled=body.enabled,
        definition=body.definition,
    )
    uow.session.add(rule)
    await uow.session.flush()
    record_change(uow, caller, "create", "rule", rule.id, _settable(rule))
    await uow.session.flush()
    await uow.session.refresh(rule)
    return rule


async def change_rule(uow: UnitOfWork, caller: Principal, rule_id: UUID, body: RuleChange) -> Rule:
    """Change a rule; raises `RuleChanged` when `version` is not the present one."""
    rule = await get_rule(uow, caller.account_id, rule_id, lock=True)
    if body.version is not None and body.version != rule.version:
        raise RuleChanged(f"The rule has version {rule.version} by now.", version=rule.version)
    _check_fixed(rule, body)
    before = _settable(rule)
    name = rule.name if body.name is None else body.name
    if body.definition is not None:
        _check(RuleKind(rule.kind), name, body.definition)
        rule.definition = body.definition
    rule.name = name
    if body.rank is not None:
        rule.rank = body.rank
    if body.enabled is not None:
        rule.enabled = body.enabled
    changes = changed(before, _settable(rule))
    if changes:
        rule.version += 1
        record_change(uow, caller, "update", "rule", rule.id, changes)
    await uow.session.flush()
    await uow.session.refresh(rule)
    return rule


async def delete_rule(uow: UnitOfWork, caller: Principal, rule_id: UUID) -> None:
    """Delete a rule with its log."""
    rule = await get_rule(uow, caller.account_id, rule_id, lock=True)
    record_change(uow, caller, "delete", "rule", rule.id, {"name": rule.name, "kind": rule.kind})
    await uow.session.delete(rule)
    await uow.session.flush()


async def view_rules(uow: UnitOfWork, rules: list[Rule]) -> list[RuleView]:
    """Shape rules for an answer, with one query for all their counts."""
    totals = await totals_of(uow, [rule.id for rule in rules])
    return [
        RuleView(
            **{
                name: getattr(rule, name)
                for name in RuleView.model_fields
                if name not in {"problems", "hits"}
            },
            problems=[
                ProblemView(**problem.as_dict())
                for problem in lint(parse_definition(RuleKind(rule.kind), rule.definition))
            ],
            hits=HitTotalsView.model_validate(totals[rule.id]),
        )
        for rule in rules
    ]


async def freeze_rules(
    uow: UnitOfWork, channel_id: UUID, kinds: Collection[RuleKind]
) -> list[dict[str, Any]]:
    """Return the rules that are switched on as JSON, to be kept with a run."""
    return [
        {
            "id": str(rule.id),
            "name": rule.name,
            "kind": rule.kind,
            "version": rule.version,
            "definition": rule.definition,
        }
        for rule in await enabled_rules(uow, channel_id, kinds)
    ]


def thaw_rules(frozen: Collection[dict[str, Any]]) -> list[ActiveRule]:
    """Make frozen rules ready to be evaluated, in their order."""
    return [
        compile_rule(UUID(row["id"]), row["name"], RuleKind(row["kind"]), row["definition"])
        for row in frozen
    ]


async def active_rules(uow: UnitOfWork, channel_id: UUID, *kinds: RuleKind) -> list[ActiveRule]:
    """Return the rules of these kinds that are switched on, ready to be evaluated."""
    return thaw_rules(await freeze_rules(uow, channel_id, kinds))


def _check(kind: RuleKind, name: str, definition: dict[str, Any]) -> None:
    if len(json.dumps(definition)) > MAX_DEFINITION:
        raise ValidationFailed.of(
            "definition", "too_long", f"A definition may have {MAX_DEFINITION} characters."
        )
    check_definition(kind, name, definition)


def _check_fixed(rule: Rule, body: RuleChange) -> None:
    if body.channel_id not in (None, rule.channel_id):
        raise ValidationFailed.of("channel_id", "fixed", "A rule stays with its channel.")
    if body.kind not in (None, rule.kind):
        raise ValidationFailed.of("kind", "fixed", "The kind of a rule is fixed; add another rule.")


def _settable(rule: Rule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "rank": rule.rank,
        "enabled": rule.enabled,
        "definition": rule.definition,
    }

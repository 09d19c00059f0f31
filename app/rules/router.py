"""`/v1/rules`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from app.accounts.auth import Reader, Writer
from app.accounts.idempotency import IdempotentRoute
from app.channels.repository import get_channel
from app.core.deps import Res, Uow
from app.core.pagination import Page, PageRequest, paginate
from app.core.schemas import GivenId
from app.rules import service
from app.rules.kinds import RuleKind
from app.rules.ports import RuleSubjects
from app.rules.repository import get_rule, hits_of, rules_of
from app.rules.schemas import (
    HitView,
    RuleChange,
    RuleRequest,
    RuleTrial,
    RuleView,
    TrialAnswer,
)
from app.rules.trying import try_rule

router = APIRouter(prefix="/v1/rules", tags=["rules"], route_class=IdempotentRoute)


def _rule_subjects(request: Request) -> RuleSubjects:
    subjects: RuleSubjects = request.app.state.rule_subjects
    return subjects


Subjects = Annotated[RuleSubjects, Depends(_rule_subjects)]


@router.post("", status_code=201)
async def post_rule(body: RuleRequest, uow: Uow, caller: Writer) -> RuleView:
    """Add a rule to a channel."""
    rule = await service.create_rule(uow, caller, body)
    return (await service.view_rules(uow, [rule]))[0]


@router.get("")
async def get_rules(
    uow: Uow,
    caller: Reader,
    page: Annotated[PageRequest, Depends()],
    channel_id: GivenId | None = None,
    kind: RuleKind | None = None,
) -> Page[RuleView]:
    """List rules by channel and kind, in the order in which they run."""
    if channel_id is not None:
        await get_channel(uow, caller.account_id, channel_id)
    found = await paginate(uow.session, rules_of(caller.account_id, channel_id, kind), page)
    return Page(data=await service.view_rules(uow, found.rows), next_cursor=found.next_cursor)


@router.get("/{rule_id}")
async def get_one_rule(rule_id: GivenId, uow: Uow, caller: Reader) -> RuleView:
    """Return one rule."""
    rule = await get_rule(uow, caller.account_id, rule_id)
    return (await service.view_rules(uow, [rule]))[0]


@router.put("/{rule_id}")
async def put_rule(rule_id: GivenId, body: RuleChange, uow: Uow, caller: Writer) -> RuleView:
    """Change a rule; channel and kind are fixed."""
    rule = await service.change_rule(uow, caller, rule_id, body)
    return (await service.view_rules(uow, [rule]))[0]


@router.delete("/{rule_id}", status_code=204)
async def delete_rule(rule_id: GivenId, uow: Uow, caller: Writer) -> None:
    """Delete a rule with its log."""
    await service.delete_rule(uow, caller, rule_id)


@router.post("/{rule_id}/test")
async def post_test(
    rule_id: GivenId, body: RuleTrial, uow: Uow, res: Res, caller: Reader, subjects: Subjects
) -> TrialAnswer:
    """Try a rule, or a draft of it, on SKUs, orders or given records. Nothing is written."""
    return await try_rule(uow, res.keyring, caller, rule_id, body, subjects)


@router.get("/{rule_id}/hits")
async def get_hits(
    rule_id: GivenId, uow: Uow, caller: Reader, page: Annotated[PageRequest, Depends()]
) -> Page[HitView]:
    """List what a rule did, newest first: by run, order and listing."""
    await get_rule(uow, caller.account_id, rule_id)
    found = await paginate(uow.session, hits_of(rule_id), page)
    return Page(
        data=[HitView.model_validate(row) for row in found.rows], next_cursor=found.next_cursor
    )

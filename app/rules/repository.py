"""Queries of rules."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Select, Table, func, select, text
from sqlalchemy.dialects.postgresql import Insert, insert

from app.channels.models import Channel
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.uow import UnitOfWork
from app.rules.kinds import RuleKind, Subject
from app.rules.models import Rule, RuleHit

HITS: Final[Table] = Rule.metadata.tables["rule_hits"]


@dataclass(frozen=True)
class Hit:
    """A rule that applied. Hits of a run add up, those of an order or listing replace each other.

    `detail` must not hold personal data.
    """

    rule_id: UUID
    subject: Subject
    subject_id: UUID
    matched: int = 1
    changed: int = 0
    detail: str = ""


@dataclass(frozen=True)
class HitTotals:
    """Sums over all hits of a rule."""

    matched: int = 0
    changed: int = 0
    last_at: datetime | None = None


def rules_of(
    account_id: UUID, channel_id: UUID | None = None, kind: RuleKind | None = None
) -> Select[Rule]:
    """Select an account's rules by channel, kind, rank."""
    alive = select(Channel.id).where(Channel.account_id == account_id, Channel.deleted_at.is_(None))
    query = select(Rule).where(Rule.account_id == account_id, Rule.channel_id.in_(alive))
    if channel_id is not None:
        query = query.where(Rule.channel_id == channel_id)
    if kind is not None:
        query = query.where(Rule.kind == kind.value)
    return query.order_by(Rule.channel_id, Rule.kind, Rule.rank, Rule.id)


async def get_rule(uow: UnitOfWork, account_id: UUID, rule_id: UUID, *, lock: bool = False) -> Rule:
    """Return a rule of the account; raises `NotFound`."""
    query = rules_of(account_id).where(Rule.id == rule_id)
    rule = await uow.session.scalar(query.with_for_update(of=Rule) if lock else query)
    if rule is None:
        raise NotFound("There is no rule with that id.")
    return rule


async def enabled_rules(
    uow: UnitOfWork, channel_id: UUID, kinds: Collection[RuleKind]
) -> list[Rule]:
    """Return the rules of a channel that are switched on, in their order."""
    rows = await uow.session.scalars(
        select(Rule)
        .where(
            Rule.channel_id == channel_id,
            Rule.kind.in_([kind.value for kind in kinds]),
            Rule.enabled,
        )
        .order_by(Rule.kind, Rule.rank, Rule.id)
    )
    return list(rows)


async def lock_rules(uow: UnitOfWork, channel_id: UUID) -> None:
    """Wait until no other transaction adds rules to the channel; held until the commit."""
    await uow.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"),
        {"name": f"rules:{channel_id}"},
    )


async def last_rank(uow: UnitOfWork, channel_id: UUID, kind: RuleKind) -> tuple[int, int]:
    """Return (how many rules, highest rank) of a kind; (0, 0) for none."""
    row = (
        await uow.session.execute(
            select(func.count(), func.coalesce(func.max(Rule.rank), 0)).where(
                Rule.channel_id == channel_id, Rule.kind == kind.value
            )
        )
    ).one()
    return int(row[0]), int(row[1])


def hits_of(rule_id: UUID) -> Select[RuleHit]:
    """Select a rule's hits, newest first."""
    return select(RuleHit).where(RuleHit.rule_id == rule_id).order_by(RuleHit.id.desc())


async def totals_of(uow: UnitOfWork, rule_ids: Sequence[UUID]) -> dict[UUID, HitTotals]:
    """Return the sums of hits of rules, with one query."""
    found = dict.fromkeys(rule_ids, HitTotals())
    if rule_ids:
        rows = await uow.session.execute(
            select(
                RuleHit.rule_id,
                func.sum(RuleHit.matched),
                func.sum(RuleHit.changed),
                func.max(RuleHit.at),
            )
            .where(RuleHit.rule_id.in_(rule_ids))
            .group_by(RuleHit.rule_id)
        )
        for rule_id, matched, changed, at in rows:
            found[rule_id] = HitTotals(int(matched), int(changed), at)
    return found


async def record_hits(uow: UnitOfWork, hits: Collection[Hit]) -> None:
    """Count hits in the transaction that has their effect; those of deleted rules are left out.

    A page that is worked on again after a crash was rolled back with its counts.
    """
    wanted = {(hit.rule_id, hit.subject, hit.subject_id): hit for hit in summed(hits)}
    present = set(
        await uow.session.scalars(
            select(Rule.id)
            .where(Rule.id.in_({hit.rule_id for hit in hits}))
            .order_by(Rule.id)
            .with_for_update(key_share=True, read=True)
        )
    )
    now = uow.clock.now()
    rows = [
        {
            "id": new_id(),
            "rule_id": hit.rule_id,
            "subject": hit.subject.value,
            "subject_id": hit.subject_id,
            "matched": hit.matched,
            "changed": hit.changed,
            "detail": hit.detail[:1000],
            "at": now,
        }
        for _, hit in sorted(wanted.items(), key=lambda item: item[0])
        if hit.rule_id in present
    ]
    for adding in (True, False):
        chosen = [row for row in rows if (row["subject"] == Subject.RUN) is adding]
        if chosen:
            await uow.session.execute(_upsert(adding), chosen)


def summed(hits: Collection[Hit]) -> list[Hit]:
    """One hit per rule and subject, with what several counted added up."""
    found: dict[tuple[UUID, Subject, UUID], Hit] = {}
    for hit in hits:
        key = (hit.rule_id, hit.subject, hit.subject_id)
        old = found.get(key)
        found[key] = (
            hit
            if old is None
            else Hit(*key, old.matched + hit.matched, old.changed + hit.changed, hit.detail)
        )
    return list(found.values())


def _upsert(adding: bool) -> Insert:
    statement = insert(HITS)
    new = statement.excluded
    matched = HITS.c.matched + new.matched if adding else new.matched
    changed = HITS.c.changed + new.changed if adding else new.changed
    return statement.on_conflict_do_update(
        index_elements=["rule_id", "subject", "subject_id"],
        set_={"matched": matched, "changed": changed, "detail": new.detail, "at": new.at},
    )

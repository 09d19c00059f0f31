"""What a worker writes about a run: pages, waits, ends. Each checks the claim."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Update, func, text, update

from app.core.ids import new_id
from app.core.uow import UnitOfWork
from app.runs.claims import wake_up
from app.runs.errors import ClaimLost
from app.runs.kinds import Entity, LogLevel, Outcome, RunStatus, WaitingFor
from app.runs.models import Run, RunLog


@dataclass(frozen=True)
class ItemOutcome:
    """What became of one item; `changes` are `{"field", "from", "to"}`."""

    entity: Entity
    external_id: str | None
    outcome: Outcome
    code: str | None = None
    message: str | None = None
    field: str | None = None
    reference: str | None = None
    subject_id: UUID | None = None
    retryable: bool = False
    changes: list[dict[str, Any]] | None = None


@dataclass(frozen=True)
class LogLine:
    """One line of the run's log, without personal data."""

    message: str
    level: LogLevel = LogLevel.INFO
    code: str | None = None


@dataclass(frozen=True)
class PageRecord:
    """What one page of work amounts to.

    `total` None leaves the known total; `scratch` None leaves what was looked up.
    """

    cursor: dict[str, Any]
    items: Sequence[ItemOutcome] = ()
    done: int = 0
    total: int | None = None
    requests_estimated: int | None = None
    scratch: dict[str, Any] | None = None
    log: Sequence[LogLine] = field(default_factory=tuple)


async def record_page(
    uow: UnitOfWork, run_id: UUID, claim: UUID, page: PageRecord, requests: int
) -> bool:
    """Write counters, items, log lines and cursor of a page; raises `ClaimLost`.

    Returns whether somebody asked the run to stop.
    """
    outcomes = Counter(item.outcome for item in page.items)
    values: dict[str, Any] = {
        "cursor": page.cursor,
        "progress_done": Run.progress_done + page.done,
        "requests_made": Run.requests_made + requests,
        "revision": Run.revision + 1,
        "waits": 0,
        "fruitless": 0,
        **{
            outcome.value: getattr(Run, outcome.value) + outcomes[outcome]
            for outcome in Outcome
            if outcomes[outcome]
        },
    }
    if page.total is not None:
        values["progress_total"] = page.total
    if page.requests_estimated is not None:
        values["requests_estimated"] = page.requests_estimated
    if page.scratch is not None:
        values["scratch"] = page.scratch
    held = update(Run).where(Run.id == run_id, Run.claim == claim)
    _, cancel_requested = await _update_held(uow, held.values(values))
    await _insert_items(uow, run_id, page.items)
    add_log(uow, run_id, page.log)
    return cancel_requested


async def record_wait(
    uow: UnitOfWork,
    run_id: UUID,
    claim: UUID,
    waiting_for: WaitingFor,
    until: datetime,
    requests: int,
    message: str,
) -> None:
    """Put a run to sleep until a moment; the sweeper or a delayed ring resumes it."""
    integration, _ = await _update_held(
        uow,
        update(Run)
        .where(Run.id == run_id, Run.claim == claim)
        .values(
            status=RunStatus.WAITING.value,
            waiting_for=waiting_for.value,
            message=message,
            resume_at=until,
            rung_at=until,
            waits=Run.waits + (0 if waiting_for is WaitingFor.WRITER else 1),
            fruitless=0,
            claim=None,
            worker_key=None,
            lease_until=None,
            requests_made=Run.requests_made + requests,
            revision=Run.revision + 1,
        ),
    )
    add_log(uow, run_id, [LogLine(message, LogLevel.WARNING, waiting_for.value)])
    delay = max((until - uow.clock.now()).total_seconds(), 0.0)
    uow.ring_after_commit(wake_up(run_id, integration, delay))


async def record_end(
    uow: UnitOfWork,
    run_id: UUID,
    claim: UUID,
    *,
    requests: int = 0,
    failure: LogLine | None = None,
    cancelled: bool = False,
) -> None:
    """Finish a run: cancelled, failed with a reason, or as its counts say."""
    if cancelled:
        status = text(f"'{RunStatus.CANCELLED}'")
    elif failure is not None:
        status = text(f"'{RunStatus.FAILED}'")
    else:
        status = text(
            f"CASE WHEN failed > 0 THEN '{RunStatus.COMPLETED_WITH_ERRORS}'"
            f" ELSE '{RunStatus.SUCCEEDED}' END"
        )
    await _update_held(
        uow,
        update(Run)
        .where(Run.id == run_id, Run.claim == claim)
        .values(
            status=status,
            waiting_for=None,
            code=failure.code if failure else None,
            message=failure.message if failure else None,
            claim=None,
            worker_key=None,
            lease_until=None,
            resume_at=None,
            finished_at=uow.clock.now(),
            progress_total=func.coalesce(Run.progress_total, Run.progress_done),
            requests_made=Run.requests_made + requests,
            revision=Run.revision + 1,
        ),
    )
    if failure is not None:
        add_log(uow, run_id, [failure])


def add_log(uow: UnitOfWork, run_id: UUID, lines: Sequence[LogLine]) -> None:
    """Append lines to a run's log."""
    now = uow.clock.now()
    uow.session.add_all(
        RunLog(run_id=run_id, at=now, level=line.level.value, code=line.code, message=line.message)
        for line in lines
    )


async def _update_held(uow: UnitOfWork, statement: Update) -> tuple[str, bool]:
    row = (
        await uow.session.execute(
            statement.returning(Run.integration, Run.cancel_requested).execution_options(
                synchronize_session=False
            )
        )
    ).first()
    if row is None:
        raise ClaimLost
    return (row[0], row[1])


_INSERT_ITEMS = text("""
    INSERT INTO run_items
        (id, run_id, entity, external_id, subject_id, reference, outcome, code, message, field,
         retryable, changes)
    SELECT i.id, CAST(:run_id AS uuid), i.entity, i.external_id, i.subject_id, i.reference,
           i.outcome, i.code, i.message, i.field, i.retryable, CAST(i.changes AS jsonb)
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:entities AS text[]), CAST(:external_ids AS text[]),
        CAST(:subject_ids AS uuid[]), CAST(:references AS text[]),
        CAST(:outcomes AS text[]), CAST(:codes AS text[]),
        CAST(:messages AS text[]), CAST(:fields AS text[]), CAST(:retryables AS boolean[]),
        CAST(:changes AS text[])
    ) AS i(id, entity, external_id, subject_id, reference, outcome, code, message, field,
           retryable, changes)
""")


async def _insert_items(uow: UnitOfWork, run_id: UUID, items: Sequence[ItemOutcome]) -> None:
    listed = [item for item in items if item.outcome is not Outcome.UNCHANGED]
    if not listed:
        return
    await uow.session.execute(
        _INSERT_ITEMS,
        {
            "run_id": run_id,
            "ids": [new_id() for _ in listed],
            "entities": [item.entity.value for item in listed],
            "external_ids": [item.external_id for item in listed],
            "subject_ids": [item.subject_id for item in listed],
            "references": [item.reference for item in listed],
            "outcomes": [item.outcome.value for item in listed],
            "codes": [item.code for item in listed],
            "messages": [item.message for item in listed],
            "fields": [item.field for item in listed],
            "retryables": [item.retryable for item in listed],
            "changes": [
                json.dumps(item.changes, default=str) if item.changes else None for item in listed
            ],
        },
    )

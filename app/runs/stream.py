"""Server-sent events of a run: `status`, `progress`, `log`, and `end` last.

The event id is `<last log line>.<revision of the run>`, so a listener that comes back with
`Last-Event-ID` gets exactly what it has not seen.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from uuid import UUID

from sse_starlette import ServerSentEvent

from app.core.errors import NotFound
from app.core.resources import Resources
from app.runs.kinds import ACTIVE
from app.runs.models import Run, RunLog
from app.runs.repository import get_run, log_of
from app.runs.schemas import LogView
from app.runs.views import run_view

POLL_SECONDS = 0.3
LINES_AT_ONCE = 500
_EVENT_ID = re.compile(r"^(\d{1,18})\.(\d{1,18})$")


def parse_event_id(text: str | None) -> tuple[int, int]:
    """Return (last log line, last revision) of a `Last-Event-ID`; zeros for a stranger's."""
    match = _EVENT_ID.match(text or "")
    return (int(match[1]), int(match[2])) if match else (0, -1)


async def run_events(
    res: Resources, account_id: UUID, run_id: UUID, last_event_id: str | None
) -> AsyncIterator[ServerSentEvent]:
    """Yield what happens to a run until it is finished."""
    line, revision = parse_event_id(last_event_id)
    while True:
        try:
            run, lines = await _read(res, account_id, run_id, line)
        except NotFound:
            return  # its channel was deleted meanwhile
        for row in lines:
            line = row.id
            text = LogView.model_validate(row).model_dump_json()
            yield ServerSentEvent(text, event="log", id=f"{line}.{max(revision, 0)}")
        more = len(lines) == LINES_AT_ONCE
        if run.revision > revision and not more:
            before, revision = max(revision, 0), run.revision
            view = run_view(run, res.clock.now())
            status = {"status": view.status, "waiting_for": view.waiting_for}
            # Until the progress has gone out too, a listener has not seen this revision.
            yield ServerSentEvent(json.dumps(status), event="status", id=f"{line}.{before}")
            progress = view.model_dump_json(include={"progress", "counts", "requests", "eta"})
            yield ServerSentEvent(progress, event="progress", id=f"{line}.{revision}")
        if run.status not in ACTIVE and not more:
            yield ServerSentEvent(
                json.dumps({"status": run.status}), event="end", id=f"{line}.{revision}"
            )
            return
        if not more:
            await asyncio.sleep(POLL_SECONDS)


async def _read(
    res: Resources, account_id: UUID, run_id: UUID, line: int
) -> tuple[Run, list[RunLog]]:
    # The run is read first: a log line committed in between is sent now and not missed later.
    async with res.unit_of_work() as uow:
        run = await get_run(uow, account_id, run_id)
        lines = await uow.session.scalars(log_of(run_id, after=line).limit(LINES_AT_ONCE))
        return run, list(lines)

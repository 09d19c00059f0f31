"""Shapes of runs in answers, and their log as text."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

from app.core.resources import Resources
from app.runs.models import Run
from app.runs.repository import log_of
from app.runs.schemas import Counts, LogView, Progress, Requests, RunView
from app.runs.service import estimate_end

LINES_AT_ONCE = 1000
_COLUMNS = ("id", "at", "level", "code", "message")


def run_view(run: Run, now: datetime) -> RunView:
    """Shape a run for an answer."""
    return RunView.model_validate(
        {
            **{
                name: getattr(run, name)
                for name in RunView.model_fields
                if name not in {"progress", "counts", "requests", "eta"}
            },
            "progress": Progress(
                done=run.progress_done, total=run.progress_total, unit=run.progress_unit
            ),
            "counts": Counts.model_validate(run),
            "requests": Requests(made=run.requests_made, estimated=run.requests_estimated),
            "eta": estimate_end(run, now),
        }
    )


async def _log_pages(res: Resources, run_id: UUID) -> AsyncIterator[list[LogView]]:
    last = 0
    while True:
        async with res.unit_of_work() as uow:
            rows = list(await uow.session.scalars(log_of(run_id, last).limit(LINES_AT_ONCE)))
        if not rows:
            return
        last = rows[-1].id
        yield [LogView.model_validate(row) for row in rows]


async def log_as_ndjson(res: Resources, run_id: UUID) -> AsyncIterator[str]:
    """Yield the whole log, a JSON object a line."""
    async for page in _log_pages(res, run_id):
        yield "".join(line.model_dump_json() + "\n" for line in page)


async def log_as_csv(res: Resources, run_id: UUID) -> AsyncIterator[str]:
    """Yield the whole log as CSV with a header."""
    yield ",".join(_COLUMNS) + "\r\n"
    async for page in _log_pages(res, run_id):
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        for line in page:
            shown = line.model_dump(mode="json")
            writer.writerow([_harmless(shown[name]) for name in _COLUMNS])
        yield buffer.getvalue()


def _harmless(value: object) -> object:
    """Keep a spreadsheet from reading a text as a formula."""
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return "'" + value
    return value

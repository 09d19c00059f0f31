"""`/v1/runs`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import Response, StreamingResponse
from sse_starlette import EventSourceResponse

from app.accounts.auth import Reader, Writer
from app.accounts.idempotency import IdempotentRoute
from app.channels.kinds import IntegrationType
from app.channels.repository import get_channel
from app.core.deps import Res, Uow
from app.core.pagination import Page, PageRequest, paginate
from app.core.schemas import GivenId
from app.runs import service
from app.runs.kinds import Outcome, RunMode, RunStatus
from app.runs.params import check_params
from app.runs.repository import get_run, items_of, log_of, runs_of
from app.runs.schemas import ItemView, LogView, RunRequest, RunView, UndoRequest
from app.runs.stream import run_events
from app.runs.undoing import undo_run
from app.runs.views import log_as_csv, log_as_ndjson, run_view

router = APIRouter(prefix="/v1/runs", tags=["runs"], route_class=IdempotentRoute)


def _runnable(request: Request) -> frozenset[IntegrationType]:
    runnable: frozenset[IntegrationType] = request.app.state.runnable
    return runnable


Runnable = Annotated[frozenset[IntegrationType], Depends(_runnable)]


@router.post("", status_code=202)
async def post_run(body: RunRequest, uow: Uow, caller: Writer, runnable: Runnable) -> RunView:
    """Start a run, or carry out an approved dry run."""
    if body.plan_run_id is not None:
        plan = await get_run(uow, caller.account_id, body.plan_run_id)
        channel = await get_channel(uow, caller.account_id, plan.channel_id)
        run = await service.execute_plan(uow, channel, plan, body.item_ids, runnable)
        return run_view(run, uow.clock.now())
    assert body.channel_id is not None  # noqa: S101 - the body's validator says so
    assert body.integration is not None  # noqa: S101
    channel = await get_channel(uow, caller.account_id, body.channel_id)
    order = service.Order(
        integration=body.integration,
        mode=body.mode,
        params=check_params(body.integration, body.params),
    )
    return run_view(await service.start_run(uow, channel, order, runnable), uow.clock.now())


@router.get("")
async def get_runs(
    uow: Uow,
    caller: Reader,
    page: Annotated[PageRequest, Depends()],
    channel_id: GivenId | None = None,
    integration: IntegrationType | None = None,
    status: RunStatus | None = None,
) -> Page[RunView]:
    """List runs, newest first."""
    query = runs_of(caller.account_id, channel_id, integration, status)
    found = await paginate(uow.session, query, page)
    now = uow.clock.now()
    return Page(data=[run_view(run, now) for run in found.rows], next_cursor=found.next_cursor)


@router.get("/{run_id}")
async def get_one_run(run_id: GivenId, uow: Uow, caller: Reader) -> RunView:
    """Return one run."""
    return run_view(await get_run(uow, caller.account_id, run_id), uow.clock.now())


@router.get("/{run_id}/items")
async def get_items(
    run_id: GivenId,
    uow: Uow,
    caller: Reader,
    page: Annotated[PageRequest, Depends()],
    outcome: Outcome | None = None,
) -> Page[ItemView]:
    """List what became of the run's items; unchanged ones are counted, not listed."""
    await get_run(uow, caller.account_id, run_id)
    found = await paginate(uow.session, items_of(run_id, outcome), page)
    return Page(
        data=[ItemView.model_validate(row) for row in found.rows], next_cursor=found.next_cursor
    )


@router.get(
    "/{run_id}/log",
    response_model=Page[LogView],
    responses={
        200: {"content": {"text/csv": {}, "application/x-ndjson": {}}, "description": "The log"}
    },
)
async def get_log(
    run_id: GivenId,
    uow: Uow,
    res: Res,
    caller: Reader,
    page: Annotated[PageRequest, Depends()],
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> Page[LogView] | Response:
    """Return the log: pages of JSON, or all of it as CSV or NDJSON by `Accept`."""
    await get_run(uow, caller.account_id, run_id)
    if "text/csv" in accept:
        return StreamingResponse(log_as_csv(res, run_id), media_type="text/csv")
    if "application/x-ndjson" in accept:
        return StreamingResponse(log_as_ndjson(res, run_id), media_type="application/x-ndjson")
    found = await paginate(uow.session, log_of(run_id), page)
    return Page(
        data=[LogView.model_validate(row) for row in found.rows], next_cursor=found.next_cursor
    )


@router.get("/{run_id}/events", response_class=EventSourceResponse)
async def get_events(
    run_id: GivenId,
    res: Res,
    uow: Uow,
    caller: Reader,
    last_event_id: Annotated[str | None, Header()] = None,
) -> EventSourceResponse:
    """Stream `status`, `progress` and `log` events until `end`; resumes by `Last-Event-ID`."""
    await get_run(uow, caller.account_id, run_id)
    events = run_events(res, caller.account_id, run_id, last_event_id)
    return EventSourceResponse(events, ping=15)


@router.post("/{run_id}/cancel")
async def post_cancel(run_id: GivenId, uow: Uow, caller: Writer) -> RunView:
    """Stop a run at its next page."""
    run = await get_run(uow, caller.account_id, run_id, lock=True)
    await service.cancel_run(uow, run)
    return run_view(run, uow.clock.now())


@router.post("/{run_id}/retry", status_code=202)
async def post_retry(run_id: GivenId, uow: Uow, caller: Writer, runnable: Runnable) -> RunView:
    """Start a run over the items that failed."""
    run = await get_run(uow, caller.account_id, run_id)
    channel = await get_channel(uow, caller.account_id, run.channel_id)
    return run_view(await service.retry_run(uow, channel, run, runnable), uow.clock.now())


@router.post("/{run_id}/undo", status_code=202)
async def post_undo(
    run_id: GivenId, uow: Uow, caller: Writer, runnable: Runnable, body: UndoRequest | None = None
) -> RunView:
    """Start a run that takes back what this one has written; a dry run says what that would be."""
    run = await get_run(uow, caller.account_id, run_id)
    channel = await get_channel(uow, caller.account_id, run.channel_id)
    mode = body.mode if body is not None else RunMode.EXECUTE
    return run_view(await undo_run(uow, channel, run, mode, runnable), uow.clock.now())

"""`/healthz`, `/readyz` and `/metrics`."""

from __future__ import annotations

import contextlib
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.core.deps import Res
from app.core.heartbeat import alive_workers
from app.core.resources import Resources

router = APIRouter(tags=["operations"])


class Health(BaseModel):
    """Whether the process runs."""

    status: Literal["ok"]


class Readiness(BaseModel):
    """Whether it can do its work; `reasons` says what is missing."""

    ready: bool
    checks: dict[str, bool]
    reasons: list[str]


@router.get("/healthz")
async def healthz() -> Health:
    """Answer as long as the process runs."""
    return Health(status="ok")


@router.get("/readyz", responses={503: {"model": Readiness}})
async def readyz(res: Res) -> JSONResponse:
    """Check the database, Redis and that a worker was seen lately."""
    reasons: list[str] = []
    database = redis = worker = False
    try:
        async with res.unit_of_work() as uow:
            await uow.session.execute(text("SELECT 1"))
            database = True
            worker = await alive_workers(uow) > 0
            if not worker:
                reasons.append("no worker has been seen in the last seconds")
    except (SQLAlchemyError, OSError):
        reasons.append("the database does not answer" if not database else "tables are missing")
    try:
        redis = bool(await res.redis.ping())
    except (RedisError, OSError):
        reasons.append("redis does not answer")
    ready = database and redis and worker
    body = Readiness(
        ready=ready,
        checks={"database": database, "redis": redis, "worker": worker},
        reasons=reasons,
    )
    return JSONResponse(body.model_dump(), status_code=200 if ready else 503)


async def _refresh_gauges(res: Resources, request: Request) -> None:
    metrics = request.app.state.metrics
    async with res.unit_of_work() as uow:
        metrics.workers.set(await alive_workers(uow))
    for collect in request.app.state.collectors:
        await collect(res, metrics)


@router.get("/metrics", response_class=Response)
async def metrics(request: Request, res: Res) -> Response:
    """Answer in the Prometheus text format."""
    # The process's own metrics are worth having exactly when the database is away.
    with contextlib.suppress(SQLAlchemyError, OSError):
        await _refresh_gauges(res, request)
    return Response(
        generate_latest(request.app.state.metrics.registry), media_type=CONTENT_TYPE_LATEST
    )

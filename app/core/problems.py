"""The one place that writes problem+json."""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from app.core.errors import AppError, FieldProblem, Unavailable, ValidationFailed

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:quayside:problem:"

# Connection lost (08), no more connections (53), starting up or shutting down (57P), and a
# transaction that lost against another one (40): the same request may succeed now.
_AWAY_STATES = ("08", "53", "57P", "40")
_HTTP_CODES = {
    400: "bad_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "body_too_large",
    415: "unsupported_media_type",
}


def problem(status: int, title: str, detail: str, code: str, **extra: Any) -> dict[str, Any]:
    """Return a problem document."""
    return {
        "type": f"{TYPE_PREFIX}{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        **extra,
    }


def problem_response(error: AppError) -> JSONResponse:
    """Answer for an error of ours."""
    extra = dict(error.extra)
    if error.errors:
        extra["errors"] = [item.model_dump() for item in error.errors]
    return JSONResponse(
        problem(error.status, error.title, error.detail, error.code, **extra),
        status_code=error.status,
        headers=error.headers,
        media_type=MEDIA_TYPE,
    )


def unexpected_response(request_id: str) -> JSONResponse:
    """Answer for a bug of ours: nothing internal, only where to look."""
    return JSONResponse(
        problem(
            500,
            "Internal error",
            "Something went wrong on our side; the request id finds it in the log.",
            "internal",
            request_id=request_id,
        ),
        status_code=500,
        media_type=MEDIA_TYPE,
    )


def database_is_away(error: BaseException) -> bool:
    """Say whether a database error means «not reachable now» rather than «wrong statement»."""
    if isinstance(error, OSError | PoolTimeout | InterfaceError | OperationalError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = str(getattr(error.orig, "sqlstate", None) or "")
    return error.connection_invalidated or state.startswith(_AWAY_STATES)


def _field_problems(error: RequestValidationError) -> list[FieldProblem]:
    found = []
    for item in error.errors():
        place = [str(part) for part in item["loc"]]
        if str(item["type"]).startswith("union_tag"):
            # Which of several bodies is meant is said by one field; that field is at fault.
            place.append(str(item.get("ctx", {}).get("discriminator", "")).strip("'"))
        if place and place[0] in {"body", "query", "path", "header"}:
            place = place[1:] or place
        found.append(
            FieldProblem(field=".".join(place), code=str(item["type"]), message=str(item["msg"]))
        )
    return found


def install_problem_handlers(app: FastAPI) -> None:
    """Make every error of the application a problem document."""

    async def on_app_error(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, AppError)  # noqa: S101 - the registration below says so
        return problem_response(error)

    async def on_validation(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        fields = _field_problems(error)
        if any(item.code == "json_invalid" for item in fields):
            return JSONResponse(
                problem(400, "The body is not JSON", fields[0].message, "invalid_json"),
                status_code=400,
                media_type=MEDIA_TYPE,
            )
        summary = "; ".join(f"{item.field}: {item.message}" for item in fields[:3])
        return problem_response(ValidationFailed(summary, errors=fields))

    async def on_http(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)  # noqa: S101
        code = _HTTP_CODES.get(error.status_code, "http_error")
        return JSONResponse(
            problem(error.status_code, str(error.detail), str(error.detail), code),
            status_code=error.status_code,
            headers=dict(error.headers or {}),
            media_type=MEDIA_TYPE,
        )

    async def on_database(_: Request, error: Exception) -> JSONResponse:
        if database_is_away(error):
            log.warning("database_away", reason=type(error).__name__)
            return problem_response(Unavailable("The database does not answer."))
        raise error

    app.add_exception_handler(AppError, on_app_error)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(DBAPIError, on_database)
    app.add_exception_handler(PoolTimeout, on_database)
    app.add_exception_handler(OSError, on_database)

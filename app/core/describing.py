"""The API's own description: errors as they are really answered."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, ConfigDict

from app.core.errors import FieldProblem
from app.core.problems import MEDIA_TYPE

_METHODS = ("get", "post", "put", "patch", "delete")
_SENTENCES = {
    "400": "The request cannot be understood.",
    "401": "No valid API key.",
    "403": "The key's scope does not allow this.",
    "404": "There is nothing with that id.",
    "409": "The request contradicts the present state.",
    "413": "The body is too large.",
    "422": "The content of the request is not valid.",
    "503": "Something that is needed does not answer at the moment.",
}
_KEY_HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same request answers the same result.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
}


class Problem(BaseModel):
    """An error, as RFC 9457 has it."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldProblem] | None = None


def describe(app: FastAPI) -> dict[str, Any]:
    """Build the OpenAPI document once, with problem documents for every error."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, summary=app.summary, routes=app.routes
        )
        _add_problem_schema(document)
        for path, item in document["paths"].items():
            for method in _METHODS:
                if method in item:
                    _complete(path, method, item[method])
        app.openapi_schema = document
    return app.openapi_schema


def _add_problem_schema(document: dict[str, Any]) -> None:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs", {}))
    schemas["Problem"] = problem


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    answers = operation["responses"]
    needed = ["400", "404", "413", "422", "503"]
    if path.startswith("/v1"):
        needed += ["401", "403", "409"]
    for status in sorted(needed):
        described = answers.get(status, {}).get("content", {})
        if status == "422" or not described:
            answers[status] = {
                "description": _SENTENCES[status],
                "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }
    if method == "post" and path.startswith("/v1"):
        operation.setdefault("parameters", []).append(_KEY_HEADER)

"""`/v1/products/csv`: products as a file."""

from __future__ import annotations

import csv
import io
from typing import Any, Final, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import UploadFile

from app.accounts.auth import Reader, Writer
from app.accounts.idempotency import IdempotentRoute
from app.core.deps import Uow
from app.core.errors import AppError
from app.core.schemas import View
from app.products.csv_columns import HEADER
from app.products.csv_saving import save_file

CSV: Final = "text/csv"
router = APIRouter(prefix="/products/csv", route_class=IdempotentRoute)
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            CSV: {"schema": {"type": "string"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "string", "format": "binary"}},
                    "required": ["file"],
                }
            },
        },
    }
}


class NotCsv(AppError):
    """The upload is neither CSV nor a form with a file."""

    code = "unsupported_media_type"
    status = 415
    title = "A CSV file is expected"


class RowView(View):
    """What became of a row; rows are counted as lines of the file, the header being row 1."""

    row: int
    sku: str | None
    outcome: Literal["created", "updated", "unchanged", "failed"]
    code: str | None
    message: str | None


class FileReport(View):
    """What became of a file, row by row."""

    created: int
    updated: int
    unchanged: int
    failed: int
    rows: list[RowView]


@router.get("", response_class=Response, responses={200: {"content": {CSV: {}}}})
async def get_csv(caller: Reader) -> Response:
    """Download an empty file with every column."""
    out = io.StringIO()
    csv.writer(out).writerow(HEADER)
    return Response(
        out.getvalue(),
        media_type=CSV,
        headers={"Content-Disposition": 'attachment; filename="products.csv"'},
    )


@router.post("", openapi_extra=_BODY)
async def post_csv(request: Request, uow: Uow, caller: Writer) -> FileReport:
    """Create or update products by a file; rows fail one by one."""
    reports = await save_file(uow, caller.account_id, await _content(request))
    counts = {
        outcome: sum(report.outcome == outcome for report in reports)
        for outcome in ("created", "updated", "unchanged", "failed")
    }
    return FileReport(**counts, rows=[RowView.model_validate(report) for report in reports])


async def _content(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == CSV:
        return await request.body()
    if kind == "multipart/form-data":
        async with request.form() as form:
            file = form.get("file")
            if isinstance(file, UploadFile):
                return await file.read()
    raise NotCsv("Send the file as text/csv, or as multipart/form-data in the field `file`.")

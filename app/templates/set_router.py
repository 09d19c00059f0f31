"""`/v1/mapping-sets`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import Response
from starlette.datastructures import UploadFile

from app.accounts.auth import Reader, Writer
from app.accounts.idempotency import IdempotentRoute
from app.core.deps import Uow
from app.core.pagination import Page, PageRequest, paginate
from app.core.schemas import GivenId
from app.templates import set_service
from app.templates.errors import NotCsv
from app.templates.set_csv import read_csv, write_csv
from app.templates.set_repository import get_set, sets_of
from app.templates.set_schemas import MappingSetRequest, MappingSetView
from app.templates.set_service import view_set

router = APIRouter(prefix="/v1/mapping-sets", tags=["mapping sets"], route_class=IdempotentRoute)

CSV = "text/csv"
_CSV_BODY: dict[str, Any] = {
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
_CSV_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"content": {CSV: {"schema": {"type": "string"}}}}
}


@router.post("", status_code=201)
async def post_set(body: MappingSetRequest, uow: Uow, caller: Writer) -> MappingSetView:
    """Create a mapping set."""
    entries = set_service.plain_entries(body.entries)
    row = await set_service.create_set(uow, caller, body.name, entries)
    return view_set(row, row.entries)


@router.get("")
async def get_sets(
    uow: Uow, caller: Reader, page: Annotated[PageRequest, Depends()]
) -> Page[MappingSetView]:
    """List mapping sets, oldest first; `entries` of sets over 1,000 entries are null here."""
    found = await paginate(uow.session, sets_of(caller.account_id), page)
    return Page(data=await set_service.view_sets(uow, found.rows), next_cursor=found.next_cursor)


@router.get("/{set_id}", response_model=MappingSetView, responses=_CSV_ANSWER)
async def get_one_set(
    set_id: GivenId, uow: Uow, caller: Reader, accept: Annotated[str, Header()] = "*/*"
) -> MappingSetView | Response:
    """Return one mapping set, with `Accept: text/csv` as a file."""
    row = await get_set(uow, caller.account_id, set_id)
    if accept.partition(",")[0].partition(";")[0].strip().lower() == CSV:
        return _file(row.entries)
    return view_set(row, row.entries)


@router.put("/{set_id}")
async def put_set(
    set_id: GivenId, body: MappingSetRequest, uow: Uow, caller: Writer
) -> MappingSetView:
    """Replace a set's name and entries."""
    row = await set_service.change_set(uow, caller, set_id, body)
    return view_set(row, row.entries)


@router.delete("/{set_id}", status_code=204)
async def delete_set(set_id: GivenId, uow: Uow, caller: Writer) -> None:
    """Delete a set that no template uses."""
    await set_service.delete_set(uow, caller, set_id)


@router.get("/{set_id}/csv", response_class=Response, responses=_CSV_ANSWER)
async def get_csv(set_id: GivenId, uow: Uow, caller: Reader) -> Response:
    """Download the entries as CSV with the columns from and to."""
    return _file((await get_set(uow, caller.account_id, set_id)).entries)


@router.post("/{set_id}/csv", openapi_extra=_CSV_BODY)
async def post_csv(
    set_id: GivenId,
    request: Request,
    uow: Uow,
    caller: Writer,
    mode: Annotated[Literal["replace", "add"], Query()] = "replace",
) -> MappingSetView:
    """Upload entries as CSV; a file with a bad row changes nothing."""
    uploaded = read_csv(await _content(request))
    row = await set_service.upload_entries(uow, caller, set_id, uploaded, add=mode == "add")
    return view_set(row, row.entries)


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


def _file(entries: list[dict[str, str]]) -> Response:
    return Response(
        write_csv(entries),
        media_type=CSV,
        headers={"Content-Disposition": 'attachment; filename="mapping-set.csv"'},
    )

"""`/v1/aggregate-fields` and what sources say of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from app.accounts.auth import Reader, Writer
from app.accounts.idempotency import IdempotentRoute
from app.core.deps import Uow
from app.core.pagination import Page, PageRequest, paginate
from app.core.schemas import GivenId
from app.products import aggregates
from app.products.aggregate_schemas import (
    AggregateFieldBody,
    AggregateFieldView,
    SourceValuesRequest,
)
from app.products.schemas import Counts

router = APIRouter(route_class=IdempotentRoute)


@router.post("/aggregate-fields", status_code=201)
async def post_field(body: AggregateFieldBody, uow: Uow, caller: Writer) -> AggregateFieldView:
    """Add an aggregate field."""
    return AggregateFieldView.model_validate(await aggregates.create_field(uow, caller, body))


@router.get("/aggregate-fields")
async def get_fields(
    uow: Uow, caller: Reader, page: Annotated[PageRequest, Depends()]
) -> Page[AggregateFieldView]:
    """List aggregate fields, oldest first."""
    found = await paginate(uow.session, aggregates.fields_of(caller.account_id), page)
    views = [AggregateFieldView.model_validate(row) for row in found.rows]
    return Page(data=views, next_cursor=found.next_cursor)


@router.get("/aggregate-fields/{field_id}")
async def get_one_field(field_id: GivenId, uow: Uow, caller: Reader) -> AggregateFieldView:
    """Return one aggregate field."""
    row = await aggregates.get_field(uow, caller.account_id, field_id)
    return AggregateFieldView.model_validate(row)


@router.put("/aggregate-fields/{field_id}")
async def put_field(
    field_id: GivenId, body: AggregateFieldBody, uow: Uow, caller: Writer
) -> AggregateFieldView:
    """Change an aggregate field; its values are combined anew."""
    row = await aggregates.change_field(uow, caller, field_id, body)
    return AggregateFieldView.model_validate(row)


@router.delete("/aggregate-fields/{field_id}", status_code=204)
async def delete_field(field_id: GivenId, uow: Uow, caller: Writer) -> None:
    """Delete an aggregate field with its values."""
    await aggregates.delete_field(uow, caller, field_id)


@router.put("/aggregate-values")
async def put_values(body: SourceValuesRequest, uow: Uow, caller: Writer) -> Counts:
    """Write up to 5000 values of sources; items fail one by one."""
    return await aggregates.put_values(uow, caller.account_id, body.values)

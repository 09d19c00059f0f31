"""`/v1/api-keys` and `/v1/audit-events`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlalchemy import select

from app.accounts.audit import record_change
from app.accounts.auth import Admin, Reader
from app.accounts.idempotency import IdempotentRoute
from app.accounts.models import AuditEvent
from app.accounts.schemas import AuditEventView, KeyList, KeyRequest, KeyView, NewKeyView
from app.accounts.service import create_key, list_keys, revoke_key
from app.core.deps import Uow
from app.core.pagination import Page, PageRequest, paginate
from app.core.schemas import GivenId

router = APIRouter(prefix="/v1", tags=["accounts"], route_class=IdempotentRoute)


@router.post("/api-keys", status_code=201)
async def post_key(body: KeyRequest, uow: Uow, caller: Admin) -> NewKeyView:
    """Create an API key; its text is in this answer and nowhere else."""
    row, text = await create_key(uow, caller.account_id, body.scope)
    record_change(uow, caller, "create", "api_key", row.id, {"scope": body.scope})
    await uow.session.refresh(row)
    return NewKeyView(**KeyView.model_validate(row).model_dump(), key=text)


@router.get("/api-keys")
async def get_keys(uow: Uow, caller: Admin) -> KeyList:
    """List the account's keys."""
    rows = await list_keys(uow, caller.account_id)
    return KeyList(data=[KeyView.model_validate(row) for row in rows])


@router.delete("/api-keys/{key_id}", status_code=204)
async def delete_key(key_id: GivenId, uow: Uow, caller: Admin) -> None:
    """Revoke a key."""
    row = await revoke_key(uow, caller.account_id, key_id)
    record_change(uow, caller, "revoke", "api_key", row.id)


@router.get("/audit-events")
async def get_audit_events(
    uow: Uow,
    caller: Reader,
    page: Annotated[PageRequest, Depends()],
    entity: Annotated[str | None, Query(max_length=40)] = None,
    entity_id: Annotated[str | None, Query(max_length=80)] = None,
) -> Page[AuditEventView]:
    """List configuration changes, newest first."""
    query = select(AuditEvent).where(AuditEvent.account_id == caller.account_id)
    if entity is not None:
        query = query.where(AuditEvent.entity == entity)
    if entity_id is not None:
        query = query.where(AuditEvent.entity_id == entity_id)
    found = await paginate(uow.session, query.order_by(AuditEvent.id.desc()), page)
    return Page(
        data=[AuditEventView.model_validate(row) for row in found.rows],
        next_cursor=found.next_cursor,
    )

"""What can be done with mapping sets."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from app.accounts.audit import record_change
from app.accounts.service import Principal
from app.core.errors import ValidationFailed
from app.core.ids import new_id
from app.core.uow import UnitOfWork
from app.templates.checking import require_no_new_errors
from app.templates.errors import MappingSetInUse, NameTaken
from app.templates.models import MappingSet
from app.templates.repository import lock_mappings, present_mappings, users_of_set, uses_of
from app.templates.set_repository import Entries, entries_of_small, get_set
from app.templates.set_schemas import (
    LISTED_ENTRIES,
    MAX_ENTRIES,
    Entry,
    MappingSetRequest,
    MappingSetView,
)


async def create_set(uow: UnitOfWork, caller: Principal, name: str, entries: Entries) -> MappingSet:
    """Create a mapping set."""
    await lock_mappings(uow, caller.account_id)
    row = MappingSet(
        id=new_id(),
        account_id=caller.account_id,
        name=name,
        version=1,
        entry_count=len(entries),
        entries=entries,
    )
    uow.session.add(row)
    await _flush_name(uow, name)
    changes = {"name": name, "entries": len(entries)}
    record_change(uow, caller, "create", "mapping_set", row.id, changes)
    await uow.session.refresh(row, ["created_at", "updated_at"])
    return row


async def change_set(
    uow: UnitOfWork, caller: Principal, set_id: UUID, body: MappingSetRequest
) -> MappingSet:
    """Give a set a new name and new entries."""
    await lock_mappings(uow, caller.account_id)
    row = await get_set(uow, caller.account_id, set_id)
    return await _change(uow, caller, row, body.name, plain_entries(body.entries))


async def upload_entries(
    uow: UnitOfWork, caller: Principal, set_id: UUID, uploaded: Entries, *, add: bool
) -> MappingSet:
    """Replace a set's entries by a file's, or add them (an uploaded `from` wins over its like)."""
    await lock_mappings(uow, caller.account_id)
    row = await get_set(uow, caller.account_id, set_id)
    entries = _added(row.entries, uploaded) if add else uploaded
    if len(entries) > MAX_ENTRIES:
        message = f"The set would have {len(entries)} entries; at most {MAX_ENTRIES} are possible."
        raise ValidationFailed.of("entries", "too_many", message)
    return await _change(uow, caller, row, row.name, entries)


async def delete_set(uow: UnitOfWork, caller: Principal, set_id: UUID) -> None:
    """Delete a set that no template uses."""
    await lock_mappings(uow, caller.account_id)
    row = await get_set(uow, caller.account_id, set_id)
    users = await users_of_set(uow, row.id)
    if users:
        places = ", ".join(f"“{template.name}” ({template.integration})" for template in users[:5])
        raise MappingSetInUse(
            f"Mapping set “{row.name}” is used by {places}.",
            in_use_by=[
                {"template_id": str(template.id), "name": template.name} for template in users
            ],
        )
    await uow.session.delete(row)
    record_change(uow, caller, "delete", "mapping_set", row.id, {"name": row.name})
    await uow.session.flush()


async def _change(
    uow: UnitOfWork, caller: Principal, row: MappingSet, name: str, entries: Entries
) -> MappingSet:
    changes: dict[str, Any] = {}
    if name != row.name:
        changes["name"] = {"from": row.name, "to": name}
        row.name = name
        await _flush_name(uow, name)
    if entries != row.entries:
        await _require_attached_templates_to_work(uow, row, entries)
        changes["entries"] = {"from": row.entry_count, "to": len(entries)}
        changes["version"] = {"from": row.version, "to": row.version + 1}
        row.version += 1
        row.entry_count = len(entries)
        row.entries = entries
    if changes:
        record_change(uow, caller, "update", "mapping_set", row.id, changes)
    await uow.session.flush()
    await uow.session.refresh(row, ["created_at", "updated_at"])
    return row


async def _require_attached_templates_to_work(
    uow: UnitOfWork, row: MappingSet, entries: Entries
) -> None:
    users = await users_of_set(uow, row.id)
    uses = await uses_of(uow, [template.id for template in users])
    mappings = await present_mappings(uow, users)
    for template in users:
        if uses[template.id]:
            await require_no_new_errors(uow, template, mappings[template.id], row, entries)


def plain_entries(entries: list[Entry]) -> Entries:
    """Return entries as they are stored."""
    return [{"from": entry.from_, "to": entry.to} for entry in entries]


def _added(present: Entries, uploaded: Entries) -> Entries:
    wanted = {entry["from"]: entry["to"] for entry in uploaded}
    kept = [
        {"from": entry["from"], "to": wanted.pop(entry["from"], entry["to"])} for entry in present
    ]
    return [*kept, *({"from": source, "to": target} for source, target in wanted.items())]


def view_set(row: MappingSet, entries: Entries | None) -> MappingSetView:
    """Shape a set for an answer."""
    return MappingSetView(
        id=row.id,
        name=row.name,
        version=row.version,
        entry_count=row.entry_count,
        entries=entries,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


async def view_sets(uow: UnitOfWork, rows: list[MappingSet]) -> list[MappingSetView]:
    """Shape sets for a list, with one query for the entries of those that are not large."""
    small = await entries_of_small(uow, [row.id for row in rows], LISTED_ENTRIES)
    return [view_set(row, small.get(row.id)) for row in rows]


async def _flush_name(uow: UnitOfWork, name: str) -> None:
    try:
        await uow.session.flush()
    except IntegrityError as error:
        raise NameTaken(f"There is a mapping set named “{name}”.") from error

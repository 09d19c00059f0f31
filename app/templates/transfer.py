"""Templates as files, together with the mapping sets that they use."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.accounts.service import Principal
from app.core.schemas import Body
from app.core.uow import UnitOfWork
from app.templates.kinds import TemplateKind
from app.templates.models import MappingTemplate
from app.templates.naming import free_name
from app.templates.reading import require_readable, set_ids_in
from app.templates.repository import get_template, lock_mappings, names_taken, present_mappings
from app.templates.schemas import Mappings, Name, TemplateRequest
from app.templates.service import create_template
from app.templates.set_repository import find_set_by_name, set_names_taken, sets_with_entries
from app.templates.set_schemas import Entries
from app.templates.set_service import create_set, plain_entries

MAX_SETS = 100


class SetFile(Body):
    """A mapping set inside a template's file; `id` is how the mappings there name it."""

    id: Annotated[str, Field(min_length=1, max_length=100)]
    name: Name
    entries: Entries


class TemplateFile(Body):
    """A template as a file."""

    format: Literal["quayside.template/1"] = "quayside.template/1"
    name: Name
    integration: TemplateKind
    mappings: Mappings
    mapping_sets: list[SetFile] = Field(default_factory=list, max_length=MAX_SETS)


async def export_template(uow: UnitOfWork, account_id: UUID, template_id: UUID) -> TemplateFile:
    """Return the present version of a template as a file."""
    template = await get_template(uow, account_id, template_id)
    mappings = (await present_mappings(uow, [template]))[template.id]
    sets = await sets_with_entries(uow, account_id, set_ids_in(mappings))
    return TemplateFile(
        name=template.name,
        integration=TemplateKind(template.integration),
        mappings=mappings,
        mapping_sets=[
            SetFile.model_validate({"id": str(row.id), "name": row.name, "entries": row.entries})
            for row in sets
        ],
    )


async def import_template(
    uow: UnitOfWork, caller: Principal, file: TemplateFile
) -> MappingTemplate:
    """Create a template from a file under a free name.

    A set of the same name and content is used as it is; otherwise a new one is created.
    """
    require_readable(file.mappings)
    await lock_mappings(uow, caller.account_id)
    ids = {item.id: str(await _set_for(uow, caller, item)) for item in file.mapping_sets}
    taken = await names_taken(uow, caller.account_id, file.integration.value)
    body = TemplateRequest(
        name=free_name(file.name, taken),
        integration=file.integration,
        mappings={key: _renamed(mapping, ids) for key, mapping in file.mappings.items()},
    )
    return await create_template(uow, caller, body, action="import")


async def _set_for(uow: UnitOfWork, caller: Principal, item: SetFile) -> UUID:
    entries = plain_entries(item.entries)
    present = await find_set_by_name(uow, caller.account_id, item.name)
    if present is not None and present.entries == entries:
        return present.id
    name = free_name(item.name, await set_names_taken(uow, caller.account_id))
    return (await create_set(uow, caller, name, entries)).id


def _renamed(value: Any, ids: dict[str, str], key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _renamed(item, ids, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, ids, key) for item in value]
    return ids.get(value, value) if key in _SET_KEYS and isinstance(value, str) else value


_SET_KEYS = frozenset({"mapping_set_id", "mapping_set", "set"})
"""Every spelling under which a mapping or a look-up step may name its set."""

"""Templates as integrations work with them.

A run keeps a template as it was when the run started: later edits change nothing in it. Work
without a run (events, single shipments, building) takes the template in force; as every such job
needs it, what was compiled is kept under the marks of what it was compiled from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from cachetools import LRUCache
from sqlalchemy import select

from app.channels.kinds import IntegrationType
from app.core.uow import UnitOfWork
from app.mapping.engine.compile import CompiledTemplate, compile_template
from app.mapping.sets import mapping_set
from app.templates.directory import default_template
from app.templates.errors import WrongIntegration
from app.templates.kinds import TemplateKind
from app.templates.models import MappingSet, MappingSetUse, MappingTemplate
from app.templates.reading import set_ids_in
from app.templates.repository import get_template, lock_mappings, present_mappings
from app.templates.set_repository import sets_with_entries

Kind = IntegrationType | TemplateKind
Mark = tuple[str, int, str]
"""Id, version and name, of a template or of a set."""

KEPT_AT_ONCE: Final = 64
_compiled: Final[LRUCache[tuple[Mark, ...], CompiledTemplate]] = LRUCache(KEPT_AT_ONCE)


async def take_snapshot(
    uow: UnitOfWork, account_id: UUID, template_id: UUID | None, integration: Kind
) -> dict[str, Any] | None:
    """Return everything that a run needs of a template, as JSON for `compile_snapshot`.

    Without an id the account's default template is taken; None for link_listings. Raises
    `NotFound` and `WrongIntegration`.
    """
    kind = TemplateKind(integration)
    if template_id is not None:
        # Kept from changing, so that template and sets are of one moment.
        await lock_mappings(uow, account_id, read_only=True)
        template = await get_template(uow, account_id, template_id)
    else:
        default = await default_template(uow, account_id, kind)
        if default is None:
            return None
        template = default
    if template.integration != kind:
        raise WrongIntegration.of(template.name, template.integration, kind)
    mappings = (await present_mappings(uow, [template]))[template.id]
    sets = await sets_with_entries(uow, account_id, set_ids_in(mappings))
    return {
        "template_id": str(template.id),
        "name": template.name,
        "version": template.version,
        "integration": template.integration,
        "mappings": mappings,
        "sets": [
            {
                "id": str(row.id),
                "name": row.name,
                "version": row.version,
                "entries": [[entry["from"], entry["to"]] for entry in row.entries],
            }
            for row in sets
        ],
    }


def compile_snapshot(snapshot: Mapping[str, Any]) -> CompiledTemplate:
    """Return the engine's form of a snapshot; raises `TemplateInvalid`."""
    sets = {
        item["id"]: mapping_set(
            item["id"],
            item["name"],
            [{"from": source, "to": target} for source, target in item["entries"]],
        )
        for item in snapshot["sets"]
    }
    return compile_template(
        snapshot["integration"], snapshot["mappings"], sets, name=snapshot["name"]
    )


async def template_in_force(
    uow: UnitOfWork, account_id: UUID, template_id: UUID | None, integration: Kind
) -> CompiledTemplate | None:
    """Return a template as it is now, ready for use; None for link_listings.

    Without an id the account's default template is taken. Raises `NotFound`, `WrongIntegration`
    and `TemplateInvalid`.
    """
    marks = await _marks(uow, account_id, template_id, integration)
    found = _compiled.get(marks) if marks else None
    if found is not None:
        return found
    snapshot = await take_snapshot(uow, account_id, template_id, integration)
    if snapshot is None:
        return None
    compiled = compile_snapshot(snapshot)
    _compiled[_marks_in(snapshot)] = compiled
    return compiled


async def _marks(
    uow: UnitOfWork, account_id: UUID, template_id: UUID | None, integration: Kind
) -> tuple[Mark, ...]:
    """What the template in force is made of, in one statement and thus of one moment."""
    chosen = (
        MappingTemplate.is_default if template_id is None else MappingTemplate.id == template_id
    )
    rows = await uow.session.execute(
        select(
            MappingTemplate.id,
            MappingTemplate.version,
            MappingTemplate.name,
            MappingSet.id,
            MappingSet.version,
            MappingSet.name,
        )
        .outerjoin(MappingSetUse, MappingSetUse.template_id == MappingTemplate.id)
        .outerjoin(MappingSet, MappingSet.id == MappingSetUse.mapping_set_id)
        .where(
            MappingTemplate.account_id == account_id,
            MappingTemplate.integration == TemplateKind(integration).value,
            chosen,
        )
        .order_by(MappingSet.id)
    )
    found = rows.all()
    template = [(str(row[0]), row[1], row[2]) for row in found[:1]]
    return tuple(template + [(str(row[3]), row[4], row[5]) for row in found if row[3] is not None])


def _marks_in(snapshot: Mapping[str, Any]) -> tuple[Mark, ...]:
    template = (snapshot["template_id"], snapshot["version"], snapshot["name"])
    sets = [(item["id"], item["version"], item["name"]) for item in snapshot["sets"]]
    return (template, *sets)

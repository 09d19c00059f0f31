"""The template of a run, frozen when the run starts: later edits change nothing in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.channels.kinds import IntegrationType
from app.core.uow import UnitOfWork
from app.mapping.engine.compile import CompiledTemplate, compile_template
from app.mapping.sets import mapping_set
from app.templates.directory import default_template
from app.templates.reading import set_ids_in
from app.templates.repository import get_template, lock_mappings, present_mappings
from app.templates.set_repository import sets_with_entries


async def take_snapshot(
    uow: UnitOfWork, account_id: UUID, template_id: UUID | None, integration: IntegrationType
) -> dict[str, Any] | None:
    """Return everything that a run needs of a template, as JSON for `compile_snapshot`.

    Without an id the account's default template is taken; None for link_listings.
    """
    await lock_mappings(uow, account_id)  # so that template and sets are of one moment
    if template_id is not None:
        template = await get_template(uow, account_id, template_id)
    else:
        default = await default_template(uow, account_id, integration)
        if default is None:
            return None
        template = default
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

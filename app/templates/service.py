"""What can be done with mapping templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from app.accounts.audit import record_change
from app.accounts.service import Principal
from app.channels.kinds import IntegrationType
from app.core.errors import ValidationFailed
from app.core.ids import new_id
from app.core.uow import UnitOfWork
from app.templates.checking import require_attachable
from app.templates.errors import NameTaken, TemplateInUse
from app.templates.kinds import TemplateKind
from app.templates.models import MappingTemplate, MappingTemplateVersion
from app.templates.naming import free_name
from app.templates.reading import require_readable, set_ids_in
from app.templates.repository import (
    find_default,
    get_template,
    get_version,
    let_go_of_deleted_channels,
    lock_mappings,
    names_taken,
    present_mappings,
    uses_of,
    write_set_uses,
)
from app.templates.schemas import Mappings, TemplateRequest, TemplateView, UseView


async def create_template(
    uow: UnitOfWork, caller: Principal, body: TemplateRequest, *, action: str = "create"
) -> MappingTemplate:
    """Create a template; what the linter thinks of it matters only once it is attached."""
    if body.integration is TemplateKind.LINK_LISTINGS:
        message = "Link Listings maps no fields, so it has no templates."
        raise ValidationFailed.of("integration", "no_templates", message)
    require_readable(body.mappings)
    await lock_mappings(uow, caller.account_id)
    template = await add_template(
        uow, caller.account_id, body.integration, body.name, body.mappings, caller.actor
    )
    changes = {"name": body.name, "integration": body.integration.value}
    record_change(uow, caller, action, "template", template.id, changes)
    return template


async def add_template(
    uow: UnitOfWork,
    account_id: UUID,
    integration: TemplateKind,
    name: str,
    mappings: Mappings,
    actor: str,
    *,
    is_default: bool = False,
) -> MappingTemplate:
    """Write a template with its first version; the caller holds the account's lock."""
    template = MappingTemplate(
        id=new_id(),
        account_id=account_id,
        name=name,
        integration=integration.value,
        version=1,
        is_default=is_default,
    )
    uow.session.add(template)
    await _flush_name(uow, name)
    await _write_version(uow, template, mappings, actor)
    await uow.session.refresh(template)
    return template


async def change_template(
    uow: UnitOfWork, caller: Principal, template_id: UUID, body: TemplateRequest
) -> MappingTemplate:
    """Give a template a new name and content; unchanged content makes no new version."""
    require_readable(body.mappings)
    await lock_mappings(uow, caller.account_id)
    template = await get_template(uow, caller.account_id, template_id)
    if body.integration.value != template.integration:
        message = f"The template belongs to {template.integration}; create another one."
        raise ValidationFailed.of("integration", "fixed", message)
    return await _change(uow, caller, template, body.name, body.mappings, "update")


async def restore_version(
    uow: UnitOfWork, caller: Principal, template_id: UUID, version: int
) -> MappingTemplate:
    """Put an old version in force again, as a new version."""
    await lock_mappings(uow, caller.account_id)
    template = await get_template(uow, caller.account_id, template_id)
    old = await get_version(uow, template.id, version)
    return await _change(uow, caller, template, template.name, old.mappings, "restore")


async def _change(
    uow: UnitOfWork,
    caller: Principal,
    template: MappingTemplate,
    name: str,
    mappings: Mappings,
    action: str,
) -> MappingTemplate:
    before = (await present_mappings(uow, [template]))[template.id]
    changes: dict[str, Any] = {}
    if name != template.name:
        changes["name"] = {"from": template.name, "to": name}
        template.name = name
        await _flush_name(uow, name)
    if mappings != before:
        if template.is_default or (await uses_of(uow, [template.id]))[template.id]:
            await require_attachable(uow, template, mappings)
        changes["version"] = {"from": template.version, "to": template.version + 1}
        changes["mappings"] = _differing(before, mappings)
        template.version += 1
        await _write_version(uow, template, mappings, caller.actor)
    if changes:
        record_change(uow, caller, action, "template", template.id, changes)
    await uow.session.flush()
    await uow.session.refresh(template)
    return template


async def delete_template(uow: UnitOfWork, caller: Principal, template_id: UUID) -> None:
    """Delete a template that no channel is attached to."""
    await lock_mappings(uow, caller.account_id)
    template = await get_template(uow, caller.account_id, template_id)
    uses = (await uses_of(uow, [template.id]))[template.id]
    if uses:
        places = ", ".join(f"{kind} of channel {channel_id}" for channel_id, kind in uses[:5])
        raise TemplateInUse(
            f"Template “{template.name}” is attached to {places}.",
            in_use_by=[use.model_dump(mode="json") for use in _use_views(uses)],
        )
    await let_go_of_deleted_channels(uow, template.id)
    await uow.session.delete(template)
    record_change(uow, caller, "delete", "template", template.id, {"name": template.name})
    await uow.session.flush()


async def duplicate_template(
    uow: UnitOfWork, caller: Principal, template_id: UUID, name: str | None
) -> MappingTemplate:
    """Copy the present version of a template under a name of its own."""
    await lock_mappings(uow, caller.account_id)
    template = await get_template(uow, caller.account_id, template_id)
    mappings = (await present_mappings(uow, [template]))[template.id]
    taken = await names_taken(uow, caller.account_id, template.integration)
    kind = TemplateKind(template.integration)
    chosen = name or free_name(template.name, taken)
    copy = await add_template(uow, caller.account_id, kind, chosen, mappings, caller.actor)
    changes = {"name": chosen, "copy_of": str(template.id)}
    record_change(uow, caller, "duplicate", "template", copy.id, changes)
    return copy


async def make_default(uow: UnitOfWork, caller: Principal, template_id: UUID) -> MappingTemplate:
    """Let new channels start with this template; it must have no errors."""
    await lock_mappings(uow, caller.account_id)
    template = await get_template(uow, caller.account_id, template_id)
    if template.is_default:
        return template
    mappings = (await present_mappings(uow, [template]))[template.id]
    await require_attachable(uow, template, mappings)
    former = await find_default(uow, caller.account_id, template.integration)
    if former is not None:
        former.is_default = False
        await uow.session.flush()  # before the other one is set: only one may be
    template.is_default = True
    changes = {"is_default": {"from": str(former.id) if former else None, "to": str(template.id)}}
    record_change(uow, caller, "make_default", "template", template.id, changes)
    await uow.session.flush()
    await uow.session.refresh(template)
    return template


async def view_templates(uow: UnitOfWork, templates: list[MappingTemplate]) -> list[TemplateView]:
    """Shape templates for an answer, with one query for all mappings and one for all uses."""
    mappings = await present_mappings(uow, templates)
    uses = await uses_of(uow, [template.id for template in templates])
    return [
        TemplateView(
            id=template.id,
            name=template.name,
            integration=TemplateKind(template.integration),
            mappings=mappings[template.id],
            version=template.version,
            is_default=template.is_default,
            in_use_by=_use_views(uses[template.id]),
            created_at=template.created_at,
            updated_at=template.updated_at,
        )
        for template in templates
    ]


def _use_views(uses: list[tuple[UUID, str]]) -> list[UseView]:
    return [
        UseView(channel_id=channel_id, integration=IntegrationType(kind))
        for channel_id, kind in uses
    ]


async def _write_version(
    uow: UnitOfWork, template: MappingTemplate, mappings: Mappings, actor: str
) -> None:
    uow.session.add(
        MappingTemplateVersion(
            template_id=template.id, version=template.version, mappings=mappings, actor=actor
        )
    )
    await uow.session.flush()
    await write_set_uses(uow, template.account_id, template.id, set_ids_in(mappings))
    await uow.session.flush()


async def _flush_name(uow: UnitOfWork, name: str) -> None:
    try:
        await uow.session.flush()
    except IntegrityError as error:
        raise NameTaken(f"There is a template named “{name}” for this integration.") from error


def _differing(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    return [
        key
        for key in sorted(before.keys() | after.keys())
        if (key in before, before.get(key)) != (key in after, after.get(key))
    ]

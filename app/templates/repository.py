"""Queries of mapping templates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, select, update

from app.accounts.models import Account
from app.channels.models import Channel, ChannelIntegration
from app.core.errors import NotFound
from app.core.uow import UnitOfWork
from app.templates.models import (
    MappingSet,
    MappingSetUse,
    MappingTemplate,
    MappingTemplateVersion,
)


async def lock_mappings(uow: UnitOfWork, account_id: UUID, *, read_only: bool = False) -> None:
    """Let one transaction at a time change an account's templates, sets and attachments.

    Whatever decides by looking (is it in use, is the name free, has it errors) looks after this,
    so that what it saw still holds when it commits. Those that only read keep changes away, but
    not each other; a transaction that began so must not go on to change anything.
    """
    account = select(Account.id).where(Account.id == account_id)
    await uow.session.execute(account.with_for_update(read=read_only, key_share=not read_only))


def templates_of(account_id: UUID, integration: str | None = None) -> Select[MappingTemplate]:
    """Select an account's templates, oldest first."""
    query = select(MappingTemplate).where(MappingTemplate.account_id == account_id)
    if integration is not None:
        query = query.where(MappingTemplate.integration == integration)
    return query.order_by(MappingTemplate.id)


async def get_template(uow: UnitOfWork, account_id: UUID, template_id: UUID) -> MappingTemplate:
    """Return a template of the account; raises `NotFound`."""
    row = await uow.session.scalar(
        templates_of(account_id).where(MappingTemplate.id == template_id)
    )
    if row is None:
        raise NotFound("There is no template with that id.")
    return row


async def find_default(
    uow: UnitOfWork, account_id: UUID, integration: str
) -> MappingTemplate | None:
    """Return the template that new channels start with, if there is one."""
    row: MappingTemplate | None = await uow.session.scalar(
        templates_of(account_id, integration).where(MappingTemplate.is_default)
    )
    return row


async def names_taken(uow: UnitOfWork, account_id: UUID, integration: str) -> set[str]:
    """Return the names of an integration's templates in lower case."""
    names = await uow.session.scalars(
        select(MappingTemplate.name).where(
            MappingTemplate.account_id == account_id, MappingTemplate.integration == integration
        )
    )
    return {name.lower() for name in names}


async def get_version(uow: UnitOfWork, template_id: UUID, version: int) -> MappingTemplateVersion:
    """Return one version of a template; raises `NotFound`."""
    row = await uow.session.get(MappingTemplateVersion, (template_id, version))
    if row is None:
        raise NotFound("The template has no such version.")
    return row


async def present_mappings(
    uow: UnitOfWork, templates: Iterable[MappingTemplate]
) -> dict[UUID, dict[str, Any]]:
    """Return the mappings in force of templates, by template id."""
    rows = await uow.session.execute(
        select(MappingTemplateVersion.template_id, MappingTemplateVersion.mappings)
        .join(MappingTemplate, MappingTemplate.id == MappingTemplateVersion.template_id)
        .where(
            MappingTemplate.id.in_([template.id for template in templates]),
            MappingTemplateVersion.version == MappingTemplate.version,
        )
    )
    return dict(rows.all())


def versions_of(template_id: UUID) -> Select[MappingTemplateVersion]:
    """Select a template's versions, newest first."""
    return (
        select(MappingTemplateVersion)
        .where(MappingTemplateVersion.template_id == template_id)
        .order_by(MappingTemplateVersion.version.desc())
    )


async def uses_of(
    uow: UnitOfWork, template_ids: Iterable[UUID]
) -> dict[UUID, list[tuple[UUID, str]]]:
    """Return channel and integration that each template is attached to."""
    wanted = list(template_ids)
    rows = await uow.session.execute(
        select(
            ChannelIntegration.template_id, ChannelIntegration.channel_id, ChannelIntegration.type
        )
        .join(Channel, Channel.id == ChannelIntegration.channel_id)
        .where(ChannelIntegration.template_id.in_(wanted), Channel.deleted_at.is_(None))
        .order_by(ChannelIntegration.channel_id, ChannelIntegration.type)
    )
    found: dict[UUID, list[tuple[UUID, str]]] = {template_id: [] for template_id in wanted}
    for template_id, channel_id, kind in rows:
        if template_id is not None:
            found[template_id].append((channel_id, kind))
    return found


async def let_go_of_deleted_channels(uow: UnitOfWork, template_id: UUID) -> None:
    """Detach a template from channels that were deleted and only wait for their clean-up."""
    gone = select(Channel.id).where(Channel.deleted_at.is_not(None))
    await uow.session.execute(
        update(ChannelIntegration)
        .where(
            ChannelIntegration.template_id == template_id, ChannelIntegration.channel_id.in_(gone)
        )
        .values(template_id=None)
    )


async def write_set_uses(
    uow: UnitOfWork, account_id: UUID, template_id: UUID, set_ids: Iterable[UUID]
) -> None:
    """Note which of the account's sets a template uses now; ids of no set are left out."""
    await uow.session.execute(delete(MappingSetUse).where(MappingSetUse.template_id == template_id))
    known = await uow.session.scalars(
        select(MappingSet.id)
        .where(MappingSet.account_id == account_id, MappingSet.id.in_(list(set_ids)))
        .order_by(MappingSet.id)
    )
    uow.session.add_all(
        [MappingSetUse(template_id=template_id, mapping_set_id=set_id) for set_id in known]
    )


async def users_of_set(uow: UnitOfWork, set_id: UUID) -> list[MappingTemplate]:
    """Return the templates that use a set now, oldest first."""
    rows = await uow.session.scalars(
        select(MappingTemplate)
        .join(MappingSetUse, MappingSetUse.template_id == MappingTemplate.id)
        .where(MappingSetUse.mapping_set_id == set_id)
        .order_by(MappingTemplate.id)
    )
    return list(rows)

"""The templates of an account, as channels see them; fills `app.channels.ports`."""

from __future__ import annotations

from uuid import UUID

from app.channels.kinds import IntegrationType
from app.core.uow import UnitOfWork
from app.mapping.defaults import default_mappings, default_name
from app.templates.checking import require_attachable
from app.templates.errors import WrongIntegration
from app.templates.kinds import TemplateKind
from app.templates.models import MappingTemplate
from app.templates.naming import free_name
from app.templates.repository import (
    find_default,
    get_template,
    lock_mappings,
    names_taken,
    present_mappings,
)
from app.templates.service import add_template

ACTOR = "system"


async def default_template(
    uow: UnitOfWork, account_id: UUID, integration: TemplateKind
) -> MappingTemplate | None:
    """Return the account's default template, creating it; None where there are no templates."""
    if integration is TemplateKind.LINK_LISTINGS:
        return None
    await lock_mappings(uow, account_id)
    found = await find_default(uow, account_id, integration.value)
    if found is not None:
        return found
    taken = await names_taken(uow, account_id, integration.value)
    return await add_template(
        uow,
        account_id,
        integration,
        free_name(default_name(integration.value), taken),
        default_mappings(integration.value),
        ACTOR,
        is_default=True,
    )


async def check_usable(
    uow: UnitOfWork, account_id: UUID, kind: TemplateKind, template_id: UUID
) -> None:
    """Raise `NotFound`, `WrongIntegration` or `TemplateHasErrors` unless it can be worked with."""
    await lock_mappings(uow, account_id)
    template = await get_template(uow, account_id, template_id)
    if template.integration != kind:
        raise WrongIntegration.of(template.name, template.integration, kind)
    mappings = (await present_mappings(uow, [template]))[template.id]
    await require_attachable(uow, template, mappings)


class Directory:
    """The `TemplateDirectory` that channels are given."""

    async def default_template(
        self, uow: UnitOfWork, account_id: UUID, integration: IntegrationType
    ) -> UUID | None:
        """Return the id of the account's default template, creating it."""
        template = await default_template(uow, account_id, TemplateKind(integration))
        return template.id if template is not None else None

    async def check_attachable(
        self, uow: UnitOfWork, account_id: UUID, integration: IntegrationType, template_id: UUID
    ) -> None:
        """Raise `NotFound`, `WrongIntegration` or `TemplateHasErrors` unless it may be attached."""
        await check_usable(uow, account_id, TemplateKind(integration), template_id)

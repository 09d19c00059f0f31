"""What channels need from packages above them; wired in `app.main` and the worker."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from app.channels.kinds import IntegrationType
from app.core.uow import UnitOfWork


class TemplateDirectory(Protocol):
    """Mapping templates, as far as a channel has to know them."""

    async def default_template(
        self, uow: UnitOfWork, account_id: UUID, integration: IntegrationType
    ) -> UUID | None:
        """Return the account's default template, creating it; None where there is none."""
        ...

    async def check_attachable(
        self, uow: UnitOfWork, account_id: UUID, integration: IntegrationType, template_id: UUID
    ) -> None:
        """Raise unless the template exists, fits the integration and has no errors."""
        ...

"""What the routes need from further up: rules, templates and products are other domains."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from app.core.uow import UnitOfWork
from app.listings.models import Listing
from app.listings.writes_schemas import ExplanationView


class Explainer(Protocol):
    """Says why a field has its value."""

    async def explain(
        self, uow: UnitOfWork, listing: Listing, field: str, variant_id: UUID | None
    ) -> ExplanationView:
        """Explain a field of a variant; raises `ValidationFailed` and `NotFound`."""
        ...

"""What templates need from packages above them; wired in `app.main`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from app.core.resources import Resources
from app.mapping.currency import RateTable
from app.templates.kinds import TemplateKind


@dataclass(frozen=True)
class LiveRecord:
    """A record fetched from a store, nested as a run would map it, and the store's units."""

    record: Mapping[str, Any]
    weight_unit: str | None = None
    dimension_unit: str | None = None
    rates: RateTable | None = None


class RecordSource(Protocol):
    """Live records to preview a template on."""

    async def fetch(
        self,
        res: Resources,
        account_id: UUID,
        integration: TemplateKind,
        channel_id: UUID | None,
        external_id: str,
    ) -> LiveRecord:
        """Fetch one record; without a channel the account's only connected one is meant.

        Raises errors of ours: not found, not connected, the store does not answer.
        """
        ...

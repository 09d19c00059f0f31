"""What an integration works with during one slice of a run."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from app.bigcommerce.client import StoreClient
from app.bigcommerce.pacing import Lane
from app.bigcommerce.pages import LARGEST, SMALLEST
from app.channels.kinds import IntegrationType
from app.channels.settings import IntegrationSettings
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.mapping.engine.compile import CompiledTemplate
from app.mapping.engine.context import Context
from app.mapping.records import MappedRecord, evaluate_record
from app.runs.kinds import RunMode, RunTrigger
from app.runs.recording import PageRecord


@dataclass(frozen=True)
class RunFacts:
    """What does not change while a run is held."""

    id: UUID
    claim: UUID
    account_id: UUID
    channel_id: UUID
    integration: IntegrationType
    mode: RunMode
    trigger: RunTrigger
    params: dict[str, Any]
    scratch: dict[str, Any]
    plan_run_id: UUID | None = None
    """The approved dry run that is carried out."""
    fruitless: int = 1
    """Times that a worker has taken the run since the last page that got through, this one too."""

    @property
    def page_size(self) -> int:
        """Rows to ask a list for at most.

        A page that outlives its workers would never be saved: each further one asks for half.
        """
        return max(LARGEST >> min(max(self.fruitless - 1, 0), 8), SMALLEST)

    @property
    def only(self) -> list[int] | None:
        """Ids of the store that the run is restricted to."""
        ids: Sequence[int] | None = self.params.get("external_ids")
        return list(ids) if ids is not None else None

    @property
    def subjects(self) -> list[UUID] | None:
        """Ids of ours (listings, shipments) that the run is restricted to."""
        ids = self.params.get("listing_ids", self.params.get("shipment_ids"))
        return [UUID(subject) for subject in ids] if ids is not None else None


@dataclass(frozen=True, kw_only=True)
class StoreContext:
    """The store, and the settings and template that its records are mapped with."""

    res: Resources
    settings: IntegrationSettings
    template: CompiledTemplate | None
    """None where an integration has no template (Link Listings)."""
    mapping: Context
    client: StoreClient
    connection_id: UUID
    currency: str | None
    """The store's own currency, which its catalogue prices are in."""

    def map(self, record: dict[str, Any], record_id: str) -> MappedRecord:
        """Map a nested record by the template."""
        if self.template is None:
            raise TypeError("this integration has no template")
        return evaluate_record(self.template, record, self.mapping, record_id=record_id)


@dataclass(frozen=True, kw_only=True)
class RunContext(StoreContext):
    """The run, with settings and template as they were when it was asked for."""

    run: RunFacts
    integration_cursor: dict[str, Any]
    """How far earlier runs of this integration came."""


@dataclass(frozen=True)
class PageResult:
    """What saving a page amounts to; `integration_cursor` is kept when the run ends well."""

    record: PageRecord
    finished: bool = False
    integration_cursor: dict[str, Any] | None = None


class PageWork(Protocol):
    """A page that was read and mapped and is ready to be written."""

    async def save(self, uow: UnitOfWork) -> PageResult:
        """Write the page's rows; in a dry run they are rolled back and only the record stays."""
        ...


class Integration(Protocol):
    """One kind of run, page by page."""

    kind: IntegrationType
    lane: Lane

    def pages(self, context: RunContext, cursor: dict[str, Any]) -> AsyncGenerator[PageWork, None]:
        """Read and map page after page from a cursor on.

        A page is saved before the next is asked for; no transaction is open while the store is
        asked. The last page's result says `finished`.
        """
        ...

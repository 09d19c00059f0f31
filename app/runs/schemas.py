"""Bodies of the run routes."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from app.channels.kinds import IntegrationType
from app.core.schemas import Body, GivenId, Id, Timestamp, View
from app.runs.kinds import Entity, LogLevel, Outcome, RunMode, RunStatus, RunTrigger, WaitingFor


class RunRequest(Body):
    """A run to start: an integration of a channel, or an approved dry run."""

    channel_id: GivenId | None = None
    integration: IntegrationType | None = None
    mode: RunMode = RunMode.EXECUTE
    params: dict[str, Any] = Field(default_factory=dict)
    plan_run_id: GivenId | None = None
    item_ids: Annotated[list[GivenId], Field(max_length=10_000)] | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> RunRequest:
        if self.plan_run_id is None:
            if self.channel_id is None or self.integration is None:
                raise ValueError("name `channel_id` and `integration`, or a `plan_run_id`")
            if self.item_ids is not None:
                raise ValueError("`item_ids` chooses items of a plan: name its `plan_run_id`")
        elif self.mode is RunMode.DRY_RUN:
            raise ValueError("a plan is carried out: leave `mode` away, or say `execute`")
        return self


class UndoRequest(Body):
    """How a run is to be taken back."""

    mode: RunMode = RunMode.EXECUTE


class Progress(View):
    """How far the run is."""

    done: int
    total: int | None
    unit: str


class Counts(View):
    """Items by outcome."""

    created: int
    updated: int
    unchanged: int
    skipped: int
    failed: int


class Requests(View):
    """Requests to the store."""

    made: int
    estimated: int | None


class RunView(View):
    """A run."""

    id: Id
    channel_id: Id
    integration: IntegrationType
    mode: RunMode
    trigger: RunTrigger
    status: RunStatus
    waiting_for: WaitingFor | None
    resume_at: Timestamp | None
    code: str | None
    message: str | None
    params: dict[str, Any]
    retry_of: Id | None
    plan_run_id: Id | None
    progress: Progress
    counts: Counts
    requests: Requests
    created_at: Timestamp
    started_at: Timestamp | None
    finished_at: Timestamp | None
    eta: Timestamp | None


class ChangeView(View):
    """One field that changed, or in a dry run would."""

    field: str
    from_: Any = Field(serialization_alias="from", validation_alias="from")
    to: Any


class ItemView(View):
    """What became of one item."""

    id: Id
    entity: Entity
    external_id: str | None
    subject_id: Id | None
    reference: str | None
    outcome: Outcome
    code: str | None
    message: str | None
    field: str | None
    retryable: bool
    changes: list[ChangeView] | None
    at: Timestamp


class LogView(View):
    """One line of a run's log."""

    id: int
    at: Timestamp
    level: LogLevel
    code: str | None
    message: str

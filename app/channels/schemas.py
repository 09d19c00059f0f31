"""Bodies of the channel routes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from app.channels.kinds import ChannelStatus, ChannelType, IntegrationType, SetupStep, StepStatus
from app.channels.schedule import CronSchedule, IntervalSchedule
from app.core.schemas import Body, GivenId, Id, Timestamp, View

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class ChannelRequest(Body):
    """A channel to create; without `integrations` all of them are enabled."""

    name: Name
    type: ChannelType = ChannelType.BIGCOMMERCE
    integrations: Annotated[list[IntegrationType], Field(max_length=20)] | None = None


class ChannelPatch(Body):
    """What can be changed of a channel."""

    name: Name | None = None
    integrations: Annotated[list[IntegrationType], Field(max_length=20)] | None = None


class StepView(View):
    """One setup step."""

    key: SetupStep
    status: StepStatus


class SetupView(View):
    """All setup steps in their order."""

    steps: list[StepView]


class ChannelView(View):
    """A channel."""

    id: Id
    name: str
    type: ChannelType
    status: ChannelStatus
    connection_id: Id | None
    integrations: list[IntegrationType]
    setup: SetupView
    created_at: Timestamp
    updated_at: Timestamp


class StepRequest(Body):
    """What to do with a setup step."""

    action: Literal["complete", "skip"]


class IntegrationView(View):
    """One integration of a channel."""

    id: Id
    channel_id: Id
    type: IntegrationType
    enabled: bool
    paused: bool
    pause_reason: str | None
    settings: dict[str, Any]
    template_id: Id | None
    schedule: dict[str, Any] | None
    next_due_at: Timestamp | None
    updated_at: Timestamp


class IntegrationList(View):
    """The integrations of a channel."""

    data: list[IntegrationView]
    next_cursor: str | None = None


class IntegrationPatch(Body):
    """What can be changed of an integration; absent fields stay as they are."""

    enabled: bool | None = None
    paused: bool | None = None
    settings: dict[str, Any] | None = None
    template_id: GivenId | None = None
    schedule: CronSchedule | IntervalSchedule | None = None


class DriftPolicy(Body):
    """What is done about each kind of drift."""

    price: Literal["report", "repair", "adopt"] = "report"
    quantity: Literal["report", "repair"] = "report"
    status: Literal["report", "repair", "adopt"] = "report"


class DriftPatch(Body):
    """What can be changed of a channel's comparison with the store; absent fields stay."""

    schedule: CronSchedule | IntervalSchedule | None = None
    policy: DriftPolicy | None = None


class DriftView(View):
    """When a channel is compared with its store, and what is done about what differs."""

    schedule: dict[str, Any] | None
    policy: DriftPolicy
    next_due_at: Timestamp | None
    last_run_id: Id | None

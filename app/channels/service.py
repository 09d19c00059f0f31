"""What can be done with channels."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.accounts.audit import changed, record_change
from app.accounts.service import Principal
from app.channels.drift import begin_anew
from app.channels.errors import ConnectionMissing, StepOutOfOrder, StepRequired
from app.channels.kinds import (
    REQUIRED_STEPS,
    ChannelStatus,
    ChannelType,
    IntegrationType,
    SetupStep,
    StepStatus,
)
from app.channels.models import Channel, ChannelIntegration
from app.channels.ports import TemplateDirectory
from app.channels.repository import get_channel, get_integration, integrations_of
from app.channels.schedule import next_due, parse_schedule
from app.channels.schemas import (
    ChannelPatch,
    ChannelRequest,
    ChannelView,
    IntegrationPatch,
    SetupView,
    StepView,
)
from app.channels.settings import default_settings, merge_settings
from app.core.ids import new_id
from app.core.queue import WakeUp
from app.core.uow import UnitOfWork


async def create_channel(
    uow: UnitOfWork, caller: Principal, body: ChannelRequest, templates: TemplateDirectory
) -> Channel:
    """Create a channel with all six integrations, those asked for enabled."""
    wanted = set(IntegrationType) if body.integrations is None else set(body.integrations)
    setup = {} if body.integrations is None else {SetupStep.INTEGRATIONS.value: StepStatus.DONE}
    channel = Channel(
        id=new_id(),
        account_id=caller.account_id,
        name=body.name,
        type=ChannelType(body.type).value,
        setup={key: value.value for key, value in setup.items()},
    )
    uow.session.add(channel)
    await uow.session.flush()
    for kind in IntegrationType:
        uow.session.add(
            ChannelIntegration(
                channel_id=channel.id,
                type=kind.value,
                enabled=kind in wanted,
                settings=default_settings(kind),
                template_id=await templates.default_template(uow, caller.account_id, kind),
            )
        )
    record_change(uow, caller, "create", "channel", channel.id, {"name": channel.name})
    await uow.session.flush()
    await uow.session.refresh(channel)
    return channel


async def change_channel(
    uow: UnitOfWork, caller: Principal, channel_id: UUID, body: ChannelPatch
) -> Channel:
    """Rename a channel or choose its integrations anew."""
    channel = await get_channel(uow, caller.account_id, channel_id, lock=True)
    changes: dict[str, Any] = {}
    if body.name is not None and body.name != channel.name:
        changes["name"] = {"from": channel.name, "to": body.name}
        channel.name = body.name
    if body.integrations is not None:
        wanted = set(body.integrations)
        for row in (await integrations_of(uow, [channel.id]))[channel.id]:
            row.enabled = IntegrationType(row.type) in wanted
        changes["integrations"] = {"to": sorted(wanted)}
    if changes:
        record_change(uow, caller, "update", "channel", channel.id, changes)
    await uow.session.flush()
    await uow.session.refresh(channel)
    return channel


async def delete_channel(uow: UnitOfWork, caller: Principal, channel_id: UUID) -> None:
    """Take a channel away at once; a worker then cleans up at the store and removes the rows."""
    channel = await get_channel(uow, caller.account_id, channel_id, lock=True)
    channel.deleted_at = uow.clock.now()
    record_change(uow, caller, "delete", "channel", channel.id)
    uow.ring_after_commit(WakeUp("forget_channel", {"channel_id": str(channel.id)}))


async def act_on_step(
    uow: UnitOfWork, caller: Principal, channel_id: UUID, step: SetupStep, action: str
) -> Channel:
    """Complete or skip a setup step."""
    channel = await get_channel(uow, caller.account_id, channel_id, lock=True)
    if action == "skip":
        if step in REQUIRED_STEPS:
            raise StepRequired(f"The step `{step}` cannot be skipped.")
        set_step(channel, step, StepStatus.SKIPPED)
    else:
        _check_completable(channel, step)
        set_step(channel, step, StepStatus.DONE)
    record_change(uow, caller, action, "setup_step", f"{channel.id}/{step}")
    await uow.session.flush()
    await uow.session.refresh(channel)
    return channel


def _check_completable(channel: Channel, step: SetupStep) -> None:
    if step is SetupStep.CONNECTION and channel.connection_id is None:
        raise ConnectionMissing("Connect the channel to a store first.")
    if step is SetupStep.CONFIRM:
        for earlier in REQUIRED_STEPS[:-1]:
            if step_status(channel, earlier) is not StepStatus.DONE:
                raise StepOutOfOrder(f"Complete the step `{earlier}` first.")


def set_step(channel: Channel, step: SetupStep, status: StepStatus) -> None:
    """Note the state of a step."""
    channel.setup = {**channel.setup, step.value: status.value}


def step_status(channel: Channel, step: SetupStep) -> StepStatus:
    """Return the state of a step."""
    return StepStatus(channel.setup.get(step.value, StepStatus.PENDING))


def channel_status(channel: Channel) -> ChannelStatus:
    """Return whether the channel is still being set up."""
    done = all(step_status(channel, step) is StepStatus.DONE for step in REQUIRED_STEPS)
    return ChannelStatus.ACTIVE if done else ChannelStatus.SETUP


def channel_view(channel: Channel, integrations: list[ChannelIntegration]) -> ChannelView:
    """Shape a channel for an answer."""
    return ChannelView(
        id=channel.id,
        name=channel.name,
        type=ChannelType(channel.type),
        status=channel_status(channel),
        connection_id=channel.connection_id,
        integrations=[IntegrationType(row.type) for row in integrations if row.enabled],
        setup=SetupView(
            steps=[StepView(key=step, status=step_status(channel, step)) for step in SetupStep]
        ),
        created_at=channel.created_at,
        updated_at=channel.updated_at,
    )


async def view_channels(uow: UnitOfWork, channels: list[Channel]) -> list[ChannelView]:
    """Shape channels for an answer, with one query for all their integrations."""
    integrations = await integrations_of(uow, [channel.id for channel in channels])
    return [channel_view(channel, integrations[channel.id]) for channel in channels]


async def change_integration(
    uow: UnitOfWork,
    caller: Principal,
    channel_id: UUID,
    kind: IntegrationType,
    body: IntegrationPatch,
    templates: TemplateDirectory,
) -> ChannelIntegration:
    """Change one integration; absent fields stay, `schedule: null` takes the schedule away."""
    await get_channel(uow, caller.account_id, channel_id)
    row = await get_integration(uow, channel_id, kind, lock=True)
    before = _settable(row)
    if body.enabled is not None:
        row.enabled = body.enabled
    if body.paused is not None:
        row.paused = body.paused
        row.pause_reason = "paused by hand" if body.paused else None
    if body.settings is not None:
        row.settings = merge_settings(kind, row.settings, body.settings)
    if "template_id" in body.model_fields_set:
        if body.template_id is None:
            row.template_id = await templates.default_template(uow, caller.account_id, kind)
        else:
            await templates.check_attachable(uow, caller.account_id, kind, body.template_id)
            row.template_id = body.template_id
    if "schedule" in body.model_fields_set:
        row.schedule = body.schedule.model_dump() if body.schedule else None
        row.next_due_at = next_due(body.schedule, uow.clock.now()) if body.schedule else None
    elif body.paused is False and row.schedule is not None:
        row.next_due_at = next_due(parse_schedule(row.schedule), uow.clock.now())
    if body.paused is False and kind is IntegrationType.SYNC_LISTINGS:
        await begin_anew(uow, channel_id)
    changes = changed(before, _settable(row))
    if changes:
        record_change(uow, caller, "update", "integration", f"{channel_id}/{kind}", changes)
    await uow.session.flush()
    await uow.session.refresh(row)
    return row


def _settable(row: ChannelIntegration) -> dict[str, Any]:
    return {
        "enabled": row.enabled,
        "paused": row.paused,
        "settings": row.settings,
        "template_id": str(row.template_id) if row.template_id else None,
        "schedule": row.schedule,
    }

"""`/v1/channels`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from app.accounts.auth import Reader, Writer
from app.accounts.idempotency import IdempotentRoute
from app.channels import drift, service
from app.channels.kinds import IntegrationType, SetupStep
from app.channels.ports import TemplateDirectory
from app.channels.repository import channels_of, get_channel, get_integration, integrations_of
from app.channels.schemas import (
    ChannelPatch,
    ChannelRequest,
    ChannelView,
    DriftPatch,
    DriftView,
    IntegrationList,
    IntegrationPatch,
    IntegrationView,
    StepRequest,
)
from app.core.deps import Uow
from app.core.pagination import Page, PageRequest, paginate
from app.core.schemas import GivenId

router = APIRouter(prefix="/v1/channels", tags=["channels"], route_class=IdempotentRoute)


def _template_directory(request: Request) -> TemplateDirectory:
    directory: TemplateDirectory = request.app.state.template_directory
    return directory


Templates = Annotated[TemplateDirectory, Depends(_template_directory)]


@router.post("", status_code=201)
async def post_channel(
    body: ChannelRequest, uow: Uow, caller: Writer, templates: Templates
) -> ChannelView:
    """Create a channel."""
    channel = await service.create_channel(uow, caller, body, templates)
    return (await service.view_channels(uow, [channel]))[0]


@router.get("")
async def get_channels(
    uow: Uow, caller: Reader, page: Annotated[PageRequest, Depends()]
) -> Page[ChannelView]:
    """List channels, oldest first."""
    found = await paginate(uow.session, channels_of(caller.account_id), page)
    return Page(data=await service.view_channels(uow, found.rows), next_cursor=found.next_cursor)


@router.get("/{channel_id}")
async def get_one_channel(channel_id: GivenId, uow: Uow, caller: Reader) -> ChannelView:
    """Return one channel."""
    channel = await get_channel(uow, caller.account_id, channel_id)
    return (await service.view_channels(uow, [channel]))[0]


@router.patch("/{channel_id}")
async def patch_channel(
    channel_id: GivenId, body: ChannelPatch, uow: Uow, caller: Writer
) -> ChannelView:
    """Rename a channel, or choose its integrations anew."""
    channel = await service.change_channel(uow, caller, channel_id, body)
    return (await service.view_channels(uow, [channel]))[0]


@router.delete("/{channel_id}", status_code=204)
async def delete_channel(channel_id: GivenId, uow: Uow, caller: Writer) -> None:
    """Remove a channel with all that belongs to it."""
    await service.delete_channel(uow, caller, channel_id)


@router.post("/{channel_id}/setup/{step}")
async def post_step(
    channel_id: GivenId, step: SetupStep, body: StepRequest, uow: Uow, caller: Writer
) -> ChannelView:
    """Complete or skip a setup step."""
    channel = await service.act_on_step(uow, caller, channel_id, step, body.action)
    return (await service.view_channels(uow, [channel]))[0]


@router.get("/{channel_id}/integrations")
async def get_integrations(channel_id: GivenId, uow: Uow, caller: Reader) -> IntegrationList:
    """List the six integrations of a channel."""
    await get_channel(uow, caller.account_id, channel_id)
    rows = (await integrations_of(uow, [channel_id]))[channel_id]
    return IntegrationList(data=[IntegrationView.model_validate(row) for row in rows])


@router.get("/{channel_id}/integrations/{kind}")
async def get_one_integration(
    channel_id: GivenId, kind: IntegrationType, uow: Uow, caller: Reader
) -> IntegrationView:
    """Return one integration."""
    await get_channel(uow, caller.account_id, channel_id)
    return IntegrationView.model_validate(await get_integration(uow, channel_id, kind))


@router.patch("/{channel_id}/integrations/{kind}")
async def patch_integration(
    channel_id: GivenId,
    kind: IntegrationType,
    body: IntegrationPatch,
    uow: Uow,
    caller: Writer,
    templates: Templates,
) -> IntegrationView:
    """Change one integration's switches, settings, template or schedule."""
    row = await service.change_integration(uow, caller, channel_id, kind, body, templates)
    return IntegrationView.model_validate(row)


@router.get("/{channel_id}/drift")
async def get_drift(channel_id: GivenId, uow: Uow, caller: Reader) -> DriftView:
    """Return when the channel is compared with its store, and what is done about drift."""
    return await drift.show_drift(uow, caller, channel_id)


@router.patch("/{channel_id}/drift")
async def patch_drift(channel_id: GivenId, body: DriftPatch, uow: Uow, caller: Writer) -> DriftView:
    """Change the schedule, or what is done about single kinds of drift."""
    return await drift.change_drift(uow, caller, channel_id, body)

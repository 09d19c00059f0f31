"""Jobs: each takes ids, returns nothing, and may run twice, late, or die at any line."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.connections.state_lists import read_state_lists as read_lists
from app.connections.subscriptions import check_hooks
from app.core.resources import Resources
from app.integrations.forgetting import forget_channel as forget
from app.integrations.inbox.polling import poll_orders as compare
from app.integrations.inbox.processing import process_inbox as act
from app.integrations.registry import INTEGRATIONS
from app.integrations.runner import run_slice as drive
from app.integrations.shipping.shipment_jobs import send_shipments as send
from app.notifications.delivery import deliver
from app.webhooks.kinds import EventEntity

Context = dict[str, Any]
Arguments = dict[str, Any]


async def run_slice(ctx: Context, arguments: Arguments) -> None:
    """Work on a run for a slice."""
    resources: Resources = ctx["resources"]
    await drive(resources, UUID(arguments["run_id"]), ctx["worker_key"], INTEGRATIONS)


async def forget_channel(ctx: Context, arguments: Arguments) -> None:
    """Clean up behind a channel that was deleted."""
    await forget(ctx["resources"], UUID(arguments["channel_id"]))


async def process_inbox(ctx: Context, arguments: Arguments) -> None:
    """Act on a connection's webhook events of one kind."""
    connection_id, entity = UUID(arguments["connection_id"]), EventEntity(arguments["entity"])
    await act(ctx["resources"], connection_id, entity, ctx["worker_key"])


async def poll_orders(ctx: Context, arguments: Arguments) -> None:
    """Look for changes of orders that no event told of."""
    await compare(ctx["resources"], UUID(arguments["connection_id"]))


async def repair_hooks(ctx: Context, arguments: Arguments) -> None:
    """Compare a connection's webhooks with what they should be, and repair them."""
    await check_hooks(ctx["resources"], UUID(arguments["connection_id"]))


async def read_state_lists(ctx: Context, arguments: Arguments) -> None:
    """Read lists of states that are missing, through a store."""
    await read_lists(ctx["resources"], UUID(arguments["connection_id"]))


async def send_shipments(ctx: Context, arguments: Arguments) -> None:
    """Send an order's shipments to the store."""
    await send(ctx["resources"], UUID(arguments["order_id"]), ctx["worker_key"])


async def deliver_notification(ctx: Context, arguments: Arguments) -> None:
    """Carry a notification to an endpoint."""
    await deliver(ctx["resources"], UUID(arguments["delivery_id"]))


JOBS = (
    run_slice,
    forget_channel,
    repair_hooks,
    process_inbox,
    poll_orders,
    read_state_lists,
    send_shipments,
    deliver_notification,
)

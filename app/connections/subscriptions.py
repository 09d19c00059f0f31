"""A connection's webhook subscriptions at its store: looking, repairing, removing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import structlog

from app.bigcommerce.client import StoreClient
from app.bigcommerce.errors import BigCommerceError, CredentialsRejected, NotFound, Refused
from app.bigcommerce.models.store import Hook
from app.bigcommerce.resources import hooks as hook_resource
from app.connections.client import INTERACTIVE_PATIENCE, store_client
from app.connections.errors import ConnectionUnusable
from app.connections.hooks import (
    Comparison,
    Create,
    Delete,
    HookProblem,
    Repair,
    Wanted,
    compare,
    is_ours,
)
from app.connections.kinds import ConnectionStatus
from app.connections.lifecycle import mark_rejected
from app.connections.models import Connection
from app.connections.repository import find_connection
from app.core.resources import Resources
from app.notifications.events import tell_webhooks_broken, tell_webhooks_repaired

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class HookAction:
    """One thing that a repair did."""

    action: Literal["created", "updated", "deleted"]
    scope: str
    hook_id: int


@dataclass(frozen=True)
class LastRepair:
    """When hooks had last to be set right, and what was done."""

    at: datetime
    actions: tuple[HookAction, ...]


@dataclass(frozen=True)
class Subscriptions:
    """What should be, what is, what is wrong, and what was done about it."""

    wanted: Wanted
    found: tuple[Hook, ...]
    problems: tuple[HookProblem, ...]
    repaired: tuple[HookAction, ...] = ()
    last_repair: LastRepair | None = None


def wanted_hooks(res: Resources, connection: Connection) -> Wanted:
    """Return the subscriptions a connection should have; raises `ConnectionUnusable`."""
    if connection.sealed_webhook_secret is None:
        raise ConnectionUnusable(f"The connection is {connection.status}.")
    return Wanted(
        destination=res.settings.webhook_destination,
        secret=res.keyring.decrypt(connection.sealed_webhook_secret),
    )


async def inspect(res: Resources, connection: Connection) -> Subscriptions:
    """Compare the store's hooks with those wanted; raises `app.bigcommerce.errors`."""
    wanted = wanted_hooks(res, connection)
    client = store_client(res, connection, "orders", patience=INTERACTIVE_PATIENCE)
    found = await _list(res, connection, client)
    comparison = compare(wanted, found)
    last = await _note(res, connection, comparison.problems)
    return Subscriptions(wanted, tuple(found), comparison.problems, last_repair=last)


async def repair(res: Resources, connection: Connection) -> Subscriptions:
    """Set right what is wrong with the hooks; returns the state afterwards.

    A single call that the store refuses does not stop the others and stays a problem. Raises
    `app.bigcommerce.errors` when the store cannot be worked with at all.
    """
    wanted = wanted_hooks(res, connection)
    client = store_client(res, connection, "orders", patience=INTERACTIVE_PATIENCE)
    found = await _list(res, connection, client)
    comparison = compare(wanted, found)
    done = await _apply(client, wanted, comparison)
    if done or comparison.repairs:
        found = await _list(res, connection, client)
        comparison = compare(wanted, found)
    last = await _note(res, connection, comparison.problems, done)
    return Subscriptions(wanted, tuple(found), comparison.problems, tuple(done), last)


async def register_hooks(res: Resources, connection: Connection) -> None:
    """Repair at the end of connecting: what fails is left to the watchdog."""
    try:
        await repair(res, connection)
    except (BigCommerceError, ConnectionUnusable) as error:
        log.warning(
            "hooks_not_registered",
            connection_id=str(connection.id),
            reason=type(error).__name__,
        )


async def check_hooks(res: Resources, connection_id: UUID) -> Subscriptions | None:
    """Watchdog: look, and repair what is wrong. None when the connection cannot be used.

    Raises the errors of `app.bigcommerce.errors`; a refused token is noted first.
    """
    async with res.unit_of_work() as uow:
        connection = await find_connection(uow, connection_id, lock=True)
        if connection is None or connection.status != ConnectionStatus.ACTIVE:
            return None
        # Noted before the attempt, so that a store that is away is not asked again at once.
        connection.hooks_checked_at = uow.clock.now()
    found = await repair(res, connection)
    where = (connection.account_id, connection.channel_id, connection.id)
    async with res.unit_of_work() as uow:
        if found.problems:
            scopes = [problem.scope for problem in found.problems]
            await tell_webhooks_broken(uow, *where, scopes)
        if found.repaired:
            told = [f"{item.scope} {item.action}" for item in found.repaired]
            await tell_webhooks_repaired(uow, *where, told)
    return found


async def remove_hooks(res: Resources, connection: Connection) -> None:
    """Take our hooks off the store, as far as it lets us."""
    try:
        client = store_client(res, connection, "orders", patience=INTERACTIVE_PATIENCE)
        wanted = wanted_hooks(res, connection)
        for hook in await hook_resource.all_of(client):
            if is_ours(wanted, hook):
                await hook_resource.delete(client, hook.id)
    except (BigCommerceError, ConnectionUnusable) as error:
        log.warning(
            "hooks_not_removed", connection_id=str(connection.id), reason=type(error).__name__
        )


async def _list(res: Resources, connection: Connection, client: StoreClient) -> list[Hook]:
    try:
        return await hook_resource.all_of(client)
    except CredentialsRejected as error:
        async with res.unit_of_work() as uow:
            await mark_rejected(uow, connection.id, error.sentence)
        raise


async def _apply(client: StoreClient, wanted: Wanted, comparison: Comparison) -> list[HookAction]:
    done: list[HookAction] = []
    for step in comparison.repairs:
        try:
            done.append(await _do(client, wanted, step))
        except Refused as error:
            log.warning("hook_repair_refused", scope=step.scope, status=error.status)
    return done


async def _do(client: StoreClient, wanted: Wanted, step: Repair) -> HookAction:
    if isinstance(step, Create):
        hook = await hook_resource.create(client, step.scope, wanted.destination, wanted.headers)
        return HookAction("created", step.scope, hook.id)
    if isinstance(step, Delete):
        try:
            await hook_resource.delete(client, step.hook_id)
        except NotFound:
            log.info("hook_gone_already", hook_id=step.hook_id)
        return HookAction("deleted", step.scope, step.hook_id)
    await hook_resource.update(client, step.hook_id, step.changes)
    return HookAction("updated", step.scope, step.hook_id)


async def _note(
    res: Resources,
    connection: Connection,
    problems: tuple[HookProblem, ...],
    done: Sequence[HookAction] = (),
) -> LastRepair | None:
    """Keep what was found and done; hooks that are made for the first time are no repair."""
    async with res.unit_of_work() as uow:
        row = await find_connection(uow, connection.id, lock=True)
        if row is None:
            return None
        row.hook_problems = [asdict(problem) for problem in problems]
        if done and row.hooks_checked_at is not None:
            row.hooks_repaired_at = uow.clock.now()
            row.hook_repairs = [asdict(item) for item in done]
        row.hooks_checked_at = uow.clock.now()
        if row.hooks_repaired_at is None:
            return None
        return LastRepair(
            row.hooks_repaired_at, tuple(HookAction(**item) for item in row.hook_repairs)
        )

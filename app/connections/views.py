"""Connections as answers show them, and a store's troubles as errors of ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from app.bigcommerce.errors import AccessLost, BigCommerceError, Later, Unreachable
from app.connections.errors import ConnectionUnusable, StoreRefused, StoreUnavailable
from app.connections.hooks import is_ours
from app.connections.information import store_view
from app.connections.kinds import ConnectionStatus, Method
from app.connections.models import Connection
from app.connections.schemas import (
    ConnectionView,
    FoundHookView,
    HookActionView,
    HookProblemView,
    LastRepairView,
    PendingConnectionView,
    RepairView,
    WantedHookView,
    WebhooksView,
)
from app.connections.service import StartedInstall
from app.connections.subscriptions import HookAction, Subscriptions


def connection_view(row: Connection) -> ConnectionView:
    """Shape a connection."""
    return ConnectionView(
        id=row.id,
        channel_id=row.channel_id,
        method=Method(row.method),
        store_hash=row.store_hash,
        status=ConnectionStatus(row.status),
        status_reason=row.status_reason,
        client_id=row.client_id,
        scopes=row.scopes,
        store=store_view(row.store),
        store_refreshed_at=row.store_refreshed_at,
        connected_at=row.connected_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def pending_view(started: StartedInstall) -> PendingConnectionView:
    """Shape a connection that waits for an install."""
    return PendingConnectionView(
        **connection_view(started.connection).model_dump(),
        authorization_url=started.authorization_url,
        link_code=started.link_code,
        expires_at=started.expires_at,
    )


def webhooks_view(state: Subscriptions) -> WebhooksView:
    """Shape the state of subscriptions; header values stay inside."""
    wanted = state.wanted
    return WebhooksView(
        wanted=[
            WantedHookView(scope=scope, destination=wanted.destination) for scope in wanted.scopes
        ],
        found=[
            FoundHookView(
                id=hook.id,
                scope=hook.scope,
                destination=hook.destination,
                is_active=hook.is_active,
                ours=is_ours(wanted, hook),
            )
            for hook in state.found
        ],
        problems=[
            HookProblemView(
                code=problem.code,
                scope=problem.scope,
                hook_id=problem.hook_id,
                message=problem.message,
            )
            for problem in state.problems
        ],
        last_repair=_last_repair(state),
    )


def _last_repair(state: Subscriptions) -> LastRepairView | None:
    last = state.last_repair
    return None if last is None else LastRepairView(at=last.at, actions=_actions(last.actions))


def _actions(done: Sequence[HookAction]) -> list[HookActionView]:
    return [
        HookActionView(action=item.action, scope=item.scope, hook_id=item.hook_id) for item in done
    ]


def repair_view(state: Subscriptions) -> RepairView:
    """Shape the state of subscriptions after a repair."""
    return RepairView(
        **webhooks_view(state).model_dump(),
        repaired=_actions(state.repaired),
    )


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn a store's troubles into problem documents."""
    try:
        yield
    except (Later, Unreachable) as error:
        raise StoreUnavailable(error.sentence) from error
    except AccessLost as error:
        raise ConnectionUnusable(error.sentence) from error
    except BigCommerceError as error:
        raise StoreRefused(error.sentence) from error

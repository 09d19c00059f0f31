"""`test`: one cheap real call per resource, and what the store said."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from app.bigcommerce.client import Param, StoreClient
from app.bigcommerce.errors import (
    BigCommerceError,
    CredentialsRejected,
    Forbidden,
    NotFound,
    RateLimited,
    ScopeMissing,
    StoreUnavailable,
    Unreachable,
)
from app.bigcommerce.models.store import Store
from app.bigcommerce.pacing import Quota
from app.bigcommerce.resources import store as store_resource
from app.connections.client import INTERACTIVE_PATIENCE, store_client
from app.connections.information import keep_snapshot, store_view
from app.connections.kinds import ConnectionStatus
from app.connections.lifecycle import mark_rejected, restore
from app.connections.models import Connection
from app.connections.repository import find_connection
from app.connections.schemas import CheckView, RateLimitView, TestView
from app.core.resources import Resources

_ONE: dict[str, Param] = {"limit": 1}
_LISTS: tuple[tuple[str, str], ...] = (
    ("products", "/v3/catalog/products"),
    ("orders", "/v2/orders"),
    ("inventory", "/v3/inventory/items"),
    ("webhooks", "/v3/hooks"),
)
# First match wins; a subclass stands before its parent.
_CODES: tuple[tuple[type[BigCommerceError], str], ...] = (
    (CredentialsRejected, "credentials_rejected"),
    (ScopeMissing, "scope_missing"),
    (Forbidden, "scope_missing"),
    (RateLimited, "rate_limited"),
    (StoreUnavailable, "unavailable"),
    (Unreachable, "unavailable"),
    (NotFound, "not_found"),
)


@dataclass(frozen=True)
class _Outcome:
    check: CheckView
    error: BigCommerceError | None = None


async def run_checks(res: Resources, connection: Connection) -> TestView:
    """Try every resource; a refused token makes the connection `needs_reauthorization`.

    A connection that had lost its access and has it again becomes active.
    """
    if connection.sealed_access_token is None:
        return _without_token(connection)
    client = store_client(res, connection, "orders", patience=INTERACTIVE_PATIENCE)
    read: list[Store] = []

    async def information() -> None:
        read.append(await store_resource.info(client))

    outcomes = [await _check("information", information)]
    for resource, path in _LISTS:
        if isinstance(outcomes[0].error, CredentialsRejected):
            outcomes.append(_failed(resource, outcomes[0].error))
        else:
            outcomes.append(await _check(resource, _reading(client, path)))
    kept = await keep_snapshot(res, connection, read[0]) if read else connection.store
    await _note_access(res, connection, outcomes)
    checks = [outcome.check for outcome in outcomes]
    return TestView(
        ok=all(check.ok for check in checks),
        store=store_view(kept),
        checks=checks,
        rate_limit=_rate_limit(client.quota),
    )


def _reading(client: StoreClient, path: str) -> Callable[[], Awaitable[None]]:
    async def read() -> None:
        await client.get(path, object, params=_ONE)

    return read


async def _check(resource: str, call: Callable[[], Awaitable[None]]) -> _Outcome:
    try:
        await call()
    except BigCommerceError as error:
        return _failed(resource, error)
    return _Outcome(_view(resource, "ok", "The store answered."))


def _failed(resource: str, error: BigCommerceError) -> _Outcome:
    code = next((code for kind, code in _CODES if isinstance(error, kind)), "unexpected")
    return _Outcome(_view(resource, code, error.sentence), error)


def _view(resource: str, code: str, detail: str) -> CheckView:
    return CheckView.model_validate(
        {"resource": resource, "ok": code == "ok", "code": code, "detail": detail}
    )


async def _note_access(res: Resources, connection: Connection, outcomes: list[_Outcome]) -> None:
    rejected = next((o.error for o in outcomes if isinstance(o.error, CredentialsRejected)), None)
    async with res.unit_of_work() as uow:
        if rejected is not None:
            await mark_rejected(uow, connection.id, rejected.sentence)
        elif all(outcome.check.ok for outcome in outcomes):
            row = await find_connection(uow, connection.id, lock=True)
            if row is not None and row.status == ConnectionStatus.NEEDS_REAUTHORIZATION:
                await restore(uow, row)


def _without_token(connection: Connection) -> TestView:
    detail = f"The connection is {connection.status}; it has no access to the store."
    names = ("information", *(name for name, _ in _LISTS))
    return TestView(
        ok=False,
        store=store_view(connection.store),
        checks=[_view(name, "not_connected", detail) for name in names],
        rate_limit=_rate_limit(None),
    )


def _rate_limit(quota: Quota | None) -> RateLimitView:
    if quota is None:
        return RateLimitView(quota=None, left=None, window_ms=None)
    return RateLimitView(quota=quota.quota, left=quota.left, window_ms=round(quota.window * 1000))

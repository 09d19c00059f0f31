"""The auth callback: a code becomes a token, once, however often the page is loaded."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from app.bigcommerce.errors import BigCommerceError, Unreachable
from app.bigcommerce.models.store import Store
from app.bigcommerce.oauth import TokenGrant, exchange_code, store_hash_of
from app.bigcommerce.resources import store as store_resource
from app.channels.ports import TemplateDirectory
from app.connections.client import INTERACTIVE_PATIENCE, token_client
from app.connections.errors import InstallRefused, InstallUnderWay, StoreUnavailable
from app.connections.installs import Install, Note, settle
from app.connections.kinds import ConnectionStatus, Method
from app.connections.models import Connection, InstallCode
from app.connections.repository import live_connection, ticketed_connection
from app.connections.subscriptions import register_hooks, remove_hooks
from app.connections.tokens import digest
from app.core.resources import Resources
from app.core.uow import UnitOfWork

log = structlog.get_logger(__name__)

REPLAY_LIFE = timedelta(minutes=5)
"""How long a reload of the callback shows the same page."""

EXCHANGE_LIFE = timedelta(seconds=60)
"""After so long an exchange without an end is one of a process that died."""

POLLS = 40
POLL_SECONDS = 0.25
LONGEST_PARAMETER = 2000


@dataclass(frozen=True)
class InstallQuery:
    """What the browser brings back from BigCommerce."""

    code: str
    scope: str
    context: str


@dataclass(frozen=True)
class Visit:
    """Somebody of a store, proven by BigCommerce, in front of one of our pages."""

    store_hash: str
    user_id: int
    note: Note | None = None


async def finish_install(
    res: Resources,
    templates: TemplateDirectory,
    query: InstallQuery,
    ticket: str | None,
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Visit:
    """Exchange the code, settle whose store it is, register webhooks.

    Raises `InstallRefused` (bad parameters, a code that BigCommerce refuses), `InstallUnderWay`
    and `StoreUnavailable` (BigCommerce does not answer; a reload may succeed).
    """
    if store_hash_of(query.context) is None:
        raise InstallRefused("The address does not name a store.")
    if not 0 < len(query.code) <= LONGEST_PARAMETER or len(query.scope) > LONGEST_PARAMETER:
        raise InstallRefused("The address has no installation code.")
    key = digest(query.code)
    known = await _take_code(res, key, sleep)
    if known is not None:
        return known
    try:
        grant = await _exchange(res, query)
        store = await _read_store(res, grant)
        earlier, connection, visit = await _settle(res, templates, key, grant, store, ticket)
    except BaseException:
        await _give_code_back(res, key)
        raise
    if connection is not None:
        await after_binding(res, connection, earlier)
    return visit


async def after_binding(res: Resources, connection: Connection, earlier: Connection | None) -> None:
    """Take the webhooks of a replaced API account off the store, and register ours."""
    if earlier is not None and earlier.id == connection.id and earlier.method != connection.method:
        await remove_hooks(res, earlier)
    if connection.status == ConnectionStatus.ACTIVE:
        await register_hooks(res, connection)


async def forget_old_codes(uow: UnitOfWork) -> None:
    """Delete codes that nobody can reload any more."""
    await uow.session.execute(
        delete(InstallCode).where(InstallCode.started_at < uow.clock.now() - 2 * REPLAY_LIFE)
    )


async def _take_code(
    res: Resources, key: bytes, sleep: Callable[[float], Awaitable[None]]
) -> Visit | None:
    """Reserve the code; returns the visit when somebody has exchanged it a moment ago."""
    for _ in range(POLLS):
        async with res.unit_of_work() as uow:
            now = uow.clock.now()
            taken = await uow.session.scalar(
                insert(InstallCode)
                .values(digest=key, started_at=now)
                .on_conflict_do_nothing()
                .returning(InstallCode.digest)
            )
            if taken is not None:
                return None
            row = await uow.session.get(InstallCode, key, with_for_update=True)
            if row is not None and row.store_hash is not None:
                if row.started_at < now - REPLAY_LIFE:
                    raise InstallRefused("This installation code was used before.")
                note = Note(row.note) if row.note else None
                return Visit(row.store_hash, row.user_id or 0, note)
            if row is not None and row.started_at < now - EXCHANGE_LIFE:
                row.started_at = now
                return None
        await sleep(POLL_SECONDS)
    raise InstallUnderWay("The installation is being finished. Please reload this page.")


async def _give_code_back(res: Resources, key: bytes) -> None:
    async with res.unit_of_work() as uow:
        await uow.session.execute(
            delete(InstallCode).where(InstallCode.digest == key, InstallCode.store_hash.is_(None))
        )


async def _exchange(res: Resources, query: InstallQuery) -> TokenGrant:
    settings = res.settings
    try:
        grant = await exchange_code(
            login_url=settings.bigcommerce_login_url,
            client_id=settings.bigcommerce_client_id,
            client_secret=settings.bigcommerce_client_secret.get_secret_value(),
            redirect_uri=settings.auth_callback,
            code=query.code,
            scope=query.scope,
            context=query.context,
        )
    except Unreachable as error:
        raise StoreUnavailable("BigCommerce does not answer. Please reload this page.") from error
    except BigCommerceError as error:
        log.warning("code_exchange_failed", reason=type(error).__name__, status=error.status)
        raise InstallRefused(error.sentence) from error
    if grant.store_hash != store_hash_of(query.context):
        log.warning("install_context_differs")
    return grant


async def _read_store(res: Resources, grant: TokenGrant) -> Store | None:
    """The store's information; an install does not fail because it cannot be read now."""
    client = token_client(
        res, grant.store_hash, grant.access_token, "orders", patience=INTERACTIVE_PATIENCE
    )
    try:
        return await store_resource.info(client)
    except BigCommerceError as error:
        log.warning("store_not_read_at_install", reason=type(error).__name__)
        return None


async def _settle(
    res: Resources,
    templates: TemplateDirectory,
    key: bytes,
    grant: TokenGrant,
    store: Store | None,
    ticket: str | None,
) -> tuple[Connection | None, Connection | None, Visit]:
    install = Install(grant, store, res.settings.bigcommerce_client_id)
    async with res.unit_of_work() as uow:
        earlier = await live_connection(uow, grant.store_hash)
    async with res.unit_of_work() as uow:
        settled = await settle(uow, res.keyring, templates, install, ticket)
        user_id = grant.user.id if grant.user is not None else 0
        code = await uow.session.get_one(InstallCode, key)
        code.store_hash, code.user_id, code.note = grant.store_hash, user_id, settled.note
    kept = earlier if earlier is not None and earlier.method == Method.API_TOKEN else None
    return kept, settled.connection, Visit(grant.store_hash, user_id, settled.note)


async def ticket_is_good(res: Resources, ticket: str) -> bool:
    """Say whether a pending connection still waits with this ticket."""
    async with res.unit_of_work() as uow:
        return await ticketed_connection(uow, digest(ticket), uow.clock.now()) is not None

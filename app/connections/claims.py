"""Deciding, inside the control panel, which account an unclaimed store belongs to.

The person proves to act for the store by BigCommerce's signed payload; that the account wants the
store, and lets its people in, is proven by the account's link code. Without one there is only an
account of the store's own.
"""

from __future__ import annotations

from enum import StrEnum

from app.bigcommerce.errors import BigCommerceError
from app.channels.ports import TemplateDirectory
from app.connections.errors import CallbackRefused, LinkCodeRefused, StoreAlreadyConnected
from app.connections.information import refresh_store_information
from app.connections.install_callback import after_binding
from app.connections.installs import claim_for, open_account, take_unclaimed
from app.connections.kinds import ConnectionStatus
from app.connections.lifecycle import mark_uninstalled
from app.connections.models import Connection
from app.connections.repository import (
    find_unclaimed,
    link_coded_connection,
    live_connection,
    lock_store,
)
from app.connections.sessions import PanelSession, open_session, read_claim_token
from app.connections.tokens import MOST_FAILED_CODES, link_code_digest
from app.core.resources import Resources
from app.core.uow import UnitOfWork


class Choice(StrEnum):
    """What a person can decide about an unclaimed store."""

    LINK = "link"
    """Join the account whose pending connection has the typed link code."""
    NEW_ACCOUNT = "new_account"


async def claim(
    res: Resources, templates: TemplateDirectory, token: str, choice: Choice, link_code: str
) -> PanelSession:
    """Carry out the choice and return a session of the account.

    Raises `CallbackRefused` (token, nothing to claim), `LinkCodeRefused`, `StoreAlreadyConnected`.
    """
    store_hash, user_id = read_claim_token(res.keyring, token, res.clock.now())
    if choice is Choice.LINK:
        await _check_link_code(res, store_hash, link_code)
    async with res.unit_of_work() as uow:
        earlier = await live_connection(uow, store_hash)
    async with res.unit_of_work() as uow:
        await lock_store(uow, store_hash)
        install = await take_unclaimed(
            uow, res.keyring, res.settings.bigcommerce_client_id, store_hash, user_id
        )
        if install is None:
            raise CallbackRefused("There is nothing left to decide. Please open the app again.")
        if choice is Choice.LINK:
            chosen = await _linked(uow, store_hash, link_code)
        else:
            await _make_way(uow, await live_connection(uow, store_hash, lock=True))
            chosen = await open_account(uow, templates, store_hash, install.name)
        await claim_for(uow, res.keyring, chosen, install)
        session = await open_session(uow, res.keyring, store_hash, user_id)
    if chosen.store_refreshed_at is None:
        await _read_store(res, chosen)
    await after_binding(res, chosen, earlier)
    return session


async def _check_link_code(res: Resources, store_hash: str, link_code: str) -> None:
    """Count failures in a transaction of their own, so that they outlive the refusal."""
    async with res.unit_of_work() as uow:
        row = await find_unclaimed(uow, store_hash)
        if row is None:
            raise CallbackRefused("There is nothing left to decide. Please open the app again.")
        exhausted = row.failed_codes >= MOST_FAILED_CODES
        found = None if exhausted else await _by_code(uow, store_hash, link_code)
        if found is None and not exhausted:
            row.failed_codes += 1
    if exhausted:
        raise LinkCodeRefused("Too many wrong codes. Please install the app again.")
    if found is None:
        raise LinkCodeRefused("This link code is not known for this store, or is too old.")


async def _by_code(uow: UnitOfWork, store_hash: str, link_code: str) -> Connection | None:
    key = link_code_digest(store_hash, link_code)
    return await link_coded_connection(uow, store_hash, key, uow.clock.now())


async def _linked(uow: UnitOfWork, store_hash: str, link_code: str) -> Connection:
    linked = await _by_code(uow, store_hash, link_code)
    if linked is None:
        raise LinkCodeRefused("This link code is not known for this store, or is too old.")
    live = await live_connection(uow, store_hash, lock=True)
    if live is None or live.id != linked.id:
        await _make_way(uow, live)
    return linked


async def _make_way(uow: UnitOfWork, live: Connection | None) -> None:
    """A connection that has lost its access gives way; one that works does not."""
    if live is None:
        return
    if live.status == ConnectionStatus.ACTIVE:
        raise StoreAlreadyConnected(
            "The store is connected to an account already. Disconnect it there first, or type a "
            "link code of that account."
        )
    await mark_uninstalled(uow, live, "bigcommerce", "connected_elsewhere")


async def _read_store(res: Resources, connection: Connection) -> None:
    try:
        await refresh_store_information(res, connection.id)
    except BigCommerceError:
        return

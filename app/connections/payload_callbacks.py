"""Signed payloads: opening the app, uninstalling it, losing a user.

The three kinds carry the same claims, so one that was used for one purpose is refused for another.
A payload for uninstall and removal works once. One for opening the app may be loaded again within
a minute, because browsers reload frames, and never later: its address is in logs and histories.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

import structlog
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from app.accounts.audit import record_change
from app.bigcommerce.errors import SignatureRefused
from app.bigcommerce.oauth import Person
from app.bigcommerce.signatures import LEEWAY, SignedPayload, verify_signed_payload
from app.connections.errors import CallbackRefused, NotAllowedHere
from app.connections.install_callback import Visit
from app.connections.kinds import Method, Role
from app.connections.lifecycle import mark_uninstalled, system_principal
from app.connections.models import Connection, ConnectionUser, PanelCode, UnclaimedInstall, UsedJti
from app.connections.repository import (
    find_unclaimed,
    forget_unclaimed,
    known_user_ids,
    last_uninstalled,
    live_connection,
    lock_store,
    save_person,
)
from app.core.crypto import KeyRing
from app.core.resources import Resources
from app.core.uow import UnitOfWork

log = structlog.get_logger(__name__)

RELOAD_LIFE = timedelta(seconds=60)


async def open_app(res: Resources, token: str) -> Visit:
    """Return who opened the app, adding people that BigCommerce let in; raises `CallbackRefused`.

    The visit may be of a store that is not connected.
    """
    payload = _verified(res, token)
    async with res.unit_of_work() as uow:
        await _use(uow, token, payload, "load", reload_life=RELOAD_LIFE)
        connection = await live_connection(uow, payload.store_hash)
        if connection is not None and connection.method == Method.OAUTH2:
            owner = payload.owner or payload.user
            role = Role.OWNER if payload.user.id == owner.id else Role.USER
            await save_person(uow, res.keyring, connection.id, payload.user, role)
    return Visit(payload.store_hash, payload.user.id)


async def uninstall(res: Resources, token: str) -> None:
    """End the store's installed connection; raises `CallbackRefused`.

    A connection by API token is another client's and goes on.
    """
    payload = _verified(res, token)
    async with res.unit_of_work() as uow:
        await _use(uow, token, payload, "uninstall")
        await lock_store(uow, payload.store_hash)
        connection = await live_connection(uow, payload.store_hash, lock=True)
        if connection is not None and connection.method == Method.OAUTH2:
            await _check_may_uninstall(uow, connection, payload)
            await mark_uninstalled(uow, connection, f"bigcommerce:{payload.user.id}")
        await forget_unclaimed(uow, payload.store_hash)


async def remove_user(res: Resources, token: str) -> None:
    """Delete what we know of a person of a store; raises `CallbackRefused`."""
    payload = _verified(res, token)
    async with res.unit_of_work() as uow:
        await _use(uow, token, payload, "remove_user")
        await uow.session.execute(
            delete(PanelCode).where(
                PanelCode.store_hash == payload.store_hash, PanelCode.user_id == payload.user.id
            )
        )
        unclaimed = await find_unclaimed(uow, payload.store_hash)
        if unclaimed is not None:
            _forget_person(res.keyring, unclaimed, payload.user)
        for connection in (
            await live_connection(uow, payload.store_hash),
            await last_uninstalled(uow, payload.store_hash),
        ):
            if connection is not None:
                await _delete_person(uow, connection, payload.user)


async def forget_used_payloads(uow: UnitOfWork) -> None:
    """Delete notes of payloads that have expired by themselves."""
    await uow.session.execute(delete(UsedJti).where(UsedJti.expires_at < uow.clock.now()))


def _verified(res: Resources, token: str) -> SignedPayload:
    try:
        return verify_signed_payload(
            token,
            client_id=res.settings.bigcommerce_client_id,
            client_secret=res.settings.bigcommerce_client_secret.get_secret_value(),
            now=int(res.clock.now().timestamp()),
        )
    except SignatureRefused as error:
        log.warning("signed_payload_refused", reason=error.reason)
        raise CallbackRefused("This address is not valid, or not any more.") from error


async def _use(
    uow: UnitOfWork,
    token: str,
    payload: SignedPayload,
    purpose: str,
    *,
    reload_life: timedelta = timedelta(0),
) -> None:
    """Note the payload as used; raises when it was, save for a reload right afterwards."""
    now = uow.clock.now()
    jti = hashlib.sha256((payload.jti or token).encode()).hexdigest()
    inserted = await uow.session.scalar(
        insert(UsedJti)
        .values(
            jti=jti,
            purpose=purpose,
            used_at=now,
            expires_at=payload.expires_at + timedelta(seconds=LEEWAY),
        )
        .on_conflict_do_nothing()
        .returning(UsedJti.jti)
    )
    if inserted is not None:
        return
    row = await uow.session.get_one(UsedJti, jti)
    if row.purpose != purpose or now - row.used_at >= reload_life:
        log.warning("signed_payload_replayed", purpose=purpose)
        raise CallbackRefused("This address was used before. Please open the app again.")


async def _check_may_uninstall(
    uow: UnitOfWork, connection: Connection, payload: SignedPayload
) -> None:
    owner = payload.owner or payload.user
    if payload.user.id == owner.id:
        return
    if payload.user.id not in await known_user_ids(uow, connection.id):
        raise NotAllowedHere("Only the owner or a user of the app may uninstall it.")


async def _delete_person(uow: UnitOfWork, connection: Connection, person: Person) -> None:
    removed = await uow.session.scalar(
        delete(ConnectionUser)
        .where(ConnectionUser.connection_id == connection.id, ConnectionUser.user_id == person.id)
        .returning(ConnectionUser.id)
    )
    if removed is not None:
        record_change(
            uow,
            system_principal(connection, "bigcommerce"),
            "remove_user",
            "connection",
            connection.id,
        )


def _forget_person(keyring: KeyRing, unclaimed: UnclaimedInstall, person: Person) -> None:
    people = keyring.decrypt_json(unclaimed.sealed_people)
    unclaimed.sealed_people = keyring.encrypt_json(
        [item for item in people if item["id"] != person.id]
    )

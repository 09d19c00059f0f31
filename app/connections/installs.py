"""What an install of our app means: which account a store comes to belong to.

BigCommerce's flow carries nothing of ours from start to end (no `state`), and an install can be
started by the merchant from the marketplace as well as by us. Two attacks decide the design:

* Somebody with an account of ours creates a pending connection for a store that is not theirs and
  waits for its owner to install the app. Therefore a pending connection alone never attracts an
  install. It needs the **ticket**: 256 random bits in the `authorization_url`, which only the
  caller got and which that address leaves in the visitor's browser as a cookie (HttpOnly, path
  `/bigcommerce`). The cookie comes back with the callback of the same browser. Where it is lost
  (the flow ended inside the control panel's frame and the browser blocks third-party cookies) the
  **link code** of the pending connection, typed inside the control panel, has the same effect:
  there the signed payload has proven that the person acts for the store.
* Somebody keeps an old, dead connection to a store whose owner has cut them off, and waits for a
  new token. Therefore an install renews by itself only what an install has made: the store's live
  OAuth connection, or the one that the same people uninstalled. A connection by API token never
  gets the app's token, nor do the store's people get into its account, without a ticket or a link
  code of that account.

What is bound is always the store named in the token *response*. Whatever is not decided here is
kept as an `UnclaimedInstall` until a person decides in the control panel (`claims.py`). An install
that nobody waits for becomes an account of its own, named after the store and its hash, so that a
store cannot be named into somebody else's account. What remains is that a merchant follows a
stranger's `authorization_url` and accepts the install there: the page that ends the flow therefore
names the account that the store has joined.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.accounts.models import Account
from app.accounts.service import Principal, Scope
from app.bigcommerce.models.store import Store
from app.bigcommerce.oauth import Person, TokenGrant, missing_scopes
from app.channels.kinds import ChannelType
from app.channels.ports import TemplateDirectory
from app.channels.schemas import ChannelRequest
from app.channels.service import create_channel
from app.connections.information import snapshot
from app.connections.kinds import ConnectionStatus, Method, Role
from app.connections.lifecycle import Credentials, activate, release_abandoned
from app.connections.models import Connection, UnclaimedInstall
from app.connections.repository import (
    find_unclaimed,
    forget_unclaimed,
    is_awaited,
    known_user_ids,
    last_uninstalled,
    live_connection,
    lock_store,
    save_person,
    ticketed_connection,
)
from app.connections.tokens import digest
from app.core.crypto import KeyRing
from app.core.ids import new_id
from app.core.uow import UnitOfWork


class Note(StrEnum):
    """What the page after an install has to explain besides the state of the connection."""

    OTHER_STORE = "other_store"
    """The ticket was for another store than the one the app was installed in."""
    TAKEN = "taken"
    """The ticket's connection could not have the store, because it is connected already."""


@dataclass(frozen=True)
class Settled:
    """What became of an install; without a connection it waits to be claimed."""

    connection: Connection | None
    note: Note | None = None


@dataclass(frozen=True)
class Install:
    """A token that a store gave us, with what it said of itself (None: it did not answer).

    `visitor` is the person who decides about a parked install.
    """

    grant: TokenGrant
    store: Store | None
    client_id: str
    kept_name: str = ""
    visitor: Person | None = None

    @property
    def name(self) -> str:
        """What the store calls itself; empty when that is not known."""
        return self.store.name.strip() if self.store is not None else self.kept_name

    @property
    def people(self) -> list[tuple[Person, Role]]:
        """Who installed and who owns the store; an install without owner was the owner's."""
        user, owner = self.grant.user, self.grant.owner or self.grant.user
        people = [(owner, Role.OWNER)] if owner is not None else []
        for person in (user, self.visitor):
            if person is not None and all(person.id != known.id for known, _ in people):
                people.append((person, Role.USER))
        return people

    @property
    def credentials(self) -> Credentials:
        """The token as a connection keeps it."""
        return Credentials(
            method=Method.OAUTH2,
            access_token=self.grant.access_token,
            client_id=self.client_id,
            scopes=tuple(sorted(self.grant.scopes)),
            missing_scopes=tuple(sorted(missing_scopes(self.grant.scopes))),
        )


async def settle(
    uow: UnitOfWork,
    keyring: KeyRing,
    templates: TemplateDirectory,
    install: Install,
    ticket: str | None,
) -> Settled:
    """Decide which account the store belongs to, by the rules above, and write it down."""
    store_hash = install.grant.store_hash
    await lock_store(uow, store_hash)
    await release_abandoned(uow, store_hash)
    live = await live_connection(uow, store_hash, lock=True)
    ticketed = None
    if ticket:
        ticketed = await ticketed_connection(uow, digest(ticket), uow.clock.now())
    is_for_it = ticketed is not None and ticketed.store_hash == store_hash
    if ticketed is not None and is_for_it and (live is None or live.id == ticketed.id):
        return await _renew(uow, keyring, ticketed, install)
    note = _note(ticketed, store_hash)
    if live is not None and live.method == Method.OAUTH2:
        return await _renew(uow, keyring, live, install, note)
    awaited = await is_awaited(uow, store_hash, uow.clock.now())
    if live is not None or ticketed is not None or awaited:
        await _park(uow, keyring, install)
        return Settled(None, note)
    previous = await last_uninstalled(uow, store_hash)
    if previous is None:
        connection = await open_account(uow, templates, store_hash, install.name)
        return await _renew(uow, keyring, connection, install)
    present = {person.id for person, _ in install.people}
    if present & await known_user_ids(uow, previous.id):
        return await _renew(uow, keyring, previous, install)
    await _park(uow, keyring, install)
    return Settled(None)


def _note(ticketed: Connection | None, store_hash: str) -> Note | None:
    if ticketed is None:
        return None
    return Note.TAKEN if ticketed.store_hash == store_hash else Note.OTHER_STORE


async def _renew(
    uow: UnitOfWork,
    keyring: KeyRing,
    connection: Connection,
    install: Install,
    note: Note | None = None,
) -> Settled:
    kept = snapshot(install.store) if install.store is not None else None
    caller = install_principal(connection, install.grant.user)
    await activate(uow, keyring, connection, install.credentials, kept, caller)
    for person, role in install.people:
        await save_person(uow, keyring, connection.id, person, role)
    await forget_unclaimed(uow, connection.store_hash)
    return Settled(connection, note)


async def _park(uow: UnitOfWork, keyring: KeyRing, install: Install) -> None:
    values = {
        "sealed_access_token": keyring.encrypt(install.grant.access_token),
        "sealed_people": keyring.encrypt_json(
            [
                {"id": person.id, "email": person.email, "role": role.value}
                for person, role in install.people
            ]
        ),
        "scopes": sorted(install.grant.scopes),
        "store_name": install.name[:200],
        "failed_codes": 0,
    }
    await uow.session.execute(
        insert(UnclaimedInstall)
        .values(store_hash=install.grant.store_hash, **values)
        .on_conflict_do_update(index_elements=["store_hash"], set_=values)
    )


async def take_unclaimed(
    uow: UnitOfWork, keyring: KeyRing, client_id: str, store_hash: str, visitor_id: int
) -> Install | None:
    """Return a parked install as if it had just happened; None when there is none."""
    row = await find_unclaimed(uow, store_hash)
    if row is None:
        return None
    people = keyring.decrypt_json(row.sealed_people)
    persons = {item["role"]: Person(id=item["id"], email=item["email"]) for item in people}
    grant = TokenGrant(
        access_token=keyring.decrypt(row.sealed_access_token),
        scopes=frozenset(row.scopes),
        store_hash=store_hash,
        user=persons.get(Role.USER) or persons.get(Role.OWNER),
        owner=persons.get(Role.OWNER),
    )
    return Install(grant, None, client_id, row.store_name, Person(id=visitor_id))


async def claim_for(
    uow: UnitOfWork, keyring: KeyRing, connection: Connection, install: Install
) -> Settled:
    """Bind a parked install to the connection that a person has chosen."""
    return await _renew(uow, keyring, connection, install)


async def open_account(
    uow: UnitOfWork, templates: TemplateDirectory, store_hash: str, store_name: str
) -> Connection:
    """Create an account and a channel for a store; its pending connection is returned.

    The account never takes the name of one that exists, whatever the store calls itself.
    """
    shown = store_name or f"Store {store_hash}"
    account_id = await _create_account(uow, f"{shown[:150]} ({store_hash})")
    caller = Principal(account_id, Scope.WRITE, "bigcommerce:install")
    body = ChannelRequest(name=shown[:200], type=ChannelType.BIGCOMMERCE)
    channel = await create_channel(uow, caller, body, templates)
    connection = Connection(
        id=new_id(),
        account_id=account_id,
        channel_id=channel.id,
        method=Method.OAUTH2.value,
        store_hash=store_hash,
        status=ConnectionStatus.PENDING.value,
    )
    uow.session.add(connection)
    await uow.session.flush()
    await uow.session.refresh(connection)
    return connection


async def account_name(uow: UnitOfWork, account_id: UUID) -> str:
    """Return what an account is called."""
    return await uow.session.scalar(select(Account.name).where(Account.id == account_id)) or ""


def install_principal(connection: Connection, user: Person | None) -> Principal:
    """Return the person behind an install, as the audit trail names them."""
    actor = f"bigcommerce:{user.id}" if user is not None else "bigcommerce:install"
    return Principal(connection.account_id, Scope.WRITE, actor)


async def _create_account(uow: UnitOfWork, name: str) -> UUID:
    """A name that is taken gets a random tail."""
    for candidate in (name, f"{name} {secrets.token_hex(4)}"):
        account_id: UUID | None = await uow.session.scalar(
            insert(Account)
            .values(id=new_id(), name=candidate)
            .on_conflict_do_nothing(index_elements=["name"])
            .returning(Account.id)
        )
        if account_id is not None:
            return account_id
    raise AssertionError("two random names were taken")

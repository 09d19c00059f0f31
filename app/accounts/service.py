"""Accounts and API keys."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.accounts.models import Account, ApiKey
from app.core.errors import NotFound
from app.core.uow import UnitOfWork

KEY_PREFIX = "qs_"


class Scope(StrEnum):
    """What a key may do; each includes the ones before it."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"

    def allows(self, needed: Scope) -> bool:
        """Say whether this scope is at least as wide as the one needed."""
        order = list(Scope)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True)
class Principal:
    """Who is calling."""

    account_id: UUID
    scope: Scope
    actor: str
    """How the audit trail names the caller, e.g. `key:qs_ab12`, `panel:24`."""
    reach: frozenset[UUID] | None = None
    """The channel and connection that a person in a store's control panel may see; None: all."""


def _digest(key: str) -> bytes:
    # The key holds 256 random bits, so a plain hash cannot be searched; no slow hash is needed.
    return hashlib.sha256(key.encode()).digest()


async def ensure_account(uow: UnitOfWork, name: str) -> UUID:
    """Return the id of the account with this name, creating it when it is missing."""
    await uow.session.execute(
        insert(Account).values(name=name).on_conflict_do_nothing(index_elements=["name"])
    )
    account_id = await uow.session.scalar(select(Account.id).where(Account.name == name))
    assert account_id is not None  # noqa: S101 - inserted or found in this transaction
    return account_id


async def create_key(uow: UnitOfWork, account_id: UUID, scope: Scope) -> tuple[ApiKey, str]:
    """Create a key; the text is returned this once and stored nowhere."""
    text = KEY_PREFIX + secrets.token_urlsafe(32)
    row = ApiKey(account_id=account_id, digest=_digest(text), hint=text[:7], scope=scope.value)
    uow.session.add(row)
    await uow.session.flush()
    return row, text


async def list_keys(uow: UnitOfWork, account_id: UUID) -> list[ApiKey]:
    """Return the account's keys, newest first, revoked ones included."""
    rows = await uow.session.scalars(
        select(ApiKey).where(ApiKey.account_id == account_id).order_by(ApiKey.id.desc())
    )
    return list(rows)


async def revoke_key(uow: UnitOfWork, account_id: UUID, key_id: UUID) -> ApiKey:
    """Make a key useless from now on."""
    row = await uow.session.scalar(
        select(ApiKey).where(ApiKey.account_id == account_id, ApiKey.id == key_id)
    )
    if row is None:
        raise NotFound("No such API key.")
    row.revoked_at = row.revoked_at or uow.clock.now()
    return row


async def identify(uow: UnitOfWork, text: str) -> Principal | None:
    """Return whom a key belongs to; None for an unknown or revoked one."""
    row = await uow.session.scalar(
        select(ApiKey).where(ApiKey.digest == _digest(text), ApiKey.revoked_at.is_(None))
    )
    if row is None:
        return None
    return Principal(row.account_id, Scope(row.scope), f"key:{row.hint}")

"""Queries of mapping sets."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import undefer

from app.core.errors import NotFound
from app.core.uow import UnitOfWork
from app.templates.models import MappingSet

Entries = list[dict[str, str]]


def sets_of(account_id: UUID) -> Select[MappingSet]:
    """Select an account's sets without their entries, oldest first."""
    return select(MappingSet).where(MappingSet.account_id == account_id).order_by(MappingSet.id)


async def get_set(uow: UnitOfWork, account_id: UUID, set_id: UUID) -> MappingSet:
    """Return a set of the account with its entries; raises `NotFound`."""
    row = await uow.session.scalar(
        sets_of(account_id).where(MappingSet.id == set_id).options(undefer(MappingSet.entries))
    )
    if row is None:
        raise NotFound("There is no mapping set with that id.")
    return row


async def sets_with_entries(
    uow: UnitOfWork, account_id: UUID, set_ids: Iterable[UUID]
) -> list[MappingSet]:
    """Return those of the sets that exist, with their entries."""
    rows = await uow.session.scalars(
        sets_of(account_id)
        .where(MappingSet.id.in_(list(set_ids)))
        .options(undefer(MappingSet.entries))
    )
    return list(rows)


async def find_set_by_name(uow: UnitOfWork, account_id: UUID, name: str) -> MappingSet | None:
    """Return the set of this very name, with its entries."""
    row: MappingSet | None = await uow.session.scalar(
        sets_of(account_id).where(MappingSet.name == name).options(undefer(MappingSet.entries))
    )
    return row


async def set_names_taken(uow: UnitOfWork, account_id: UUID) -> set[str]:
    """Return the sets' names in lower case."""
    names = await uow.session.scalars(
        select(MappingSet.name).where(MappingSet.account_id == account_id)
    )
    return {name.lower() for name in names}


async def entries_of_small(
    uow: UnitOfWork, set_ids: Iterable[UUID], limit: int
) -> dict[UUID, Entries]:
    """Return the entries of those sets that have at most `limit`."""
    rows = await uow.session.execute(
        select(MappingSet.id, MappingSet.entries).where(
            MappingSet.id.in_(list(set_ids)), MappingSet.entry_count <= limit
        )
    )
    return dict(rows.all())

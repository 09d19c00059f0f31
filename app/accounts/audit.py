"""The audit trail: configuration changes, with secrets left out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.accounts.models import AuditEvent
from app.accounts.service import Principal
from app.core.uow import UnitOfWork


def record_change(
    uow: UnitOfWork,
    principal: Principal,
    action: str,
    entity: str,
    entity_id: UUID | str,
    changes: dict[str, Any] | None = None,
) -> None:
    """Note a change in the same transaction that makes it.

    `changes` maps field to `{"from", "to"}` or to its new value; never pass a secret.
    """
    uow.session.add(
        AuditEvent(
            account_id=principal.account_id,
            actor=principal.actor,
            action=action,
            entity=entity,
            entity_id=str(entity_id),
            changes=changes or {},
        )
    )


def changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that differ, as `{"from", "to"}`."""
    return {
        key: {"from": before.get(key), "to": after.get(key)}
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    }

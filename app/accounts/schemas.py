"""Bodies of the account routes."""

from __future__ import annotations

from typing import Any

from app.accounts.service import Scope
from app.core.schemas import Body, Id, Timestamp, View


class KeyRequest(Body):
    """What to create."""

    scope: Scope = Scope.READ


class KeyView(View):
    """A key without its text; `hint` is how it begins."""

    id: Id
    hint: str
    scope: Scope
    created_at: Timestamp
    revoked_at: Timestamp | None


class NewKeyView(KeyView):
    """A key with its text, shown this once."""

    key: str


class KeyList(View):
    """All keys of the account."""

    data: list[KeyView]
    next_cursor: str | None = None


class AuditEventView(View):
    """One change of configuration."""

    id: Id
    actor: str
    action: str
    entity: str
    entity_id: str
    changes: dict[str, Any]
    at: Timestamp

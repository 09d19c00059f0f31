"""Words that connections are described with."""

from __future__ import annotations

from enum import StrEnum


class Method(StrEnum):
    """How we came by the access token."""

    API_TOKEN = "api_token"  # noqa: S105 - a word of the contract
    OAUTH2 = "oauth2"


class ConnectionStatus(StrEnum):
    """`pending` until the store was reached once; the token is gone when `uninstalled`."""

    PENDING = "pending"
    ACTIVE = "active"
    NEEDS_REAUTHORIZATION = "needs_reauthorization"
    UNINSTALLED = "uninstalled"


class Role(StrEnum):
    """What a person is to the store."""

    OWNER = "owner"
    USER = "user"


LIVE = (ConnectionStatus.ACTIVE.value, ConnectionStatus.NEEDS_REAUTHORIZATION.value)
"""States in which a store belongs to an account and to nobody else."""

CREDENTIALS_REJECTED = "credentials_rejected"
SCOPES_MISSING = "scopes_missing"
STORE_UNINSTALLED = "store_uninstalled"
PAUSES_OF_OURS = (
    CREDENTIALS_REJECTED,
    SCOPES_MISSING,
    STORE_UNINSTALLED,
    "scope_missing",
    "forbidden",
)
"""Reasons of pauses that a new grant of access lifts; the last two are those of single runs."""
"""Reasons that a connection pauses integrations for, and lifts again when it is restored."""

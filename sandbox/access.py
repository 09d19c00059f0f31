"""Who may call the store API: tokens, their clients and their scopes (FACTS 1.3, 1.7, 1.8)."""

from dataclasses import dataclass

READ_ONLY = "_read_only"


@dataclass
class Grant:
    """A live access token: the client it belongs to and what it may do."""

    token: str
    client_id: str
    client_secret: str
    scopes: set[str]

    def allows(self, scope: str | None, method: str) -> bool:
        """Whether the scope is granted; reading is satisfied by the read-only twin."""
        if scope is None or scope in self.scopes:
            return True
        return method == "GET" and scope + READ_ONLY in self.scopes


class Tokens:
    """Live tokens. A client has at most one: a new one kills the one before."""

    def __init__(self) -> None:
        self._grants: dict[str, Grant] = {}

    def issue(self, grant: Grant) -> None:
        """Make a token live and invalidate the client's earlier one."""
        self.revoke(grant.client_id)
        self._grants[grant.token] = grant

    def revoke(self, client_id: str) -> None:
        """Kill the client's token."""
        for token in [t for t, g in self._grants.items() if g.client_id == client_id]:
            del self._grants[token]

    def find(self, token: str) -> Grant | None:
        """The grant of a live token."""
        return self._grants.get(token)

    def of_client(self, client_id: str) -> Grant | None:
        """The live grant of a client."""
        return next((g for g in self._grants.values() if g.client_id == client_id), None)

    def all(self) -> list[Grant]:
        """Every live grant."""
        return list(self._grants.values())

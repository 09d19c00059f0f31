"""Webhook subscriptions and their rules (FACTS 3.1)."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from sandbox.clock import Clock
from sandbox.errors import JSON, Refused, invalid, not_found

MAX_PER_SCOPE = 10


@dataclass(slots=True)
class Hook:
    """One subscription. `deactivated` tells a platform switch-off from a merchant's."""

    id: int
    client_id: str
    store_hash: str
    scope: str
    destination: str
    headers: dict[str, str] | None
    is_active: bool
    created_at: int
    updated_at: int
    deactivated: bool = False

    def wire(self) -> JSON:
        """The hook as the API shows it."""
        return {
            "id": self.id,
            "client_id": self.client_id,
            "store_hash": self.store_hash,
            "scope": self.scope,
            "destination": self.destination,
            "headers": self.headers,
            "is_active": self.is_active,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        }

    def status(self) -> str:
        """The status word of the admin listing."""
        if self.deactivated:
            return "deactivated"
        return "active" if self.is_active else "inactive"

    def wants(self, scope: str) -> bool:
        """Whether an event of this scope is sent here; `*` covers everything below."""
        if self.scope.endswith("/*"):
            return scope.startswith(self.scope[:-1])
        return self.scope == scope


class HookRegistry:
    """All subscriptions of the store; each client sees and changes only its own."""

    def __init__(self, store_hash: str, clock: Clock) -> None:
        self._store_hash = store_hash
        self._clock = clock
        self._hooks: dict[int, Hook] = {}
        self._next = 18_000_000
        self.admin_emails: dict[str, list[str]] = {}

    def of_client(self, client_id: str) -> list[Hook]:
        """The client's hooks, oldest first."""
        return [hook for hook in self._hooks.values() if hook.client_id == client_id]

    def all(self) -> list[Hook]:
        """Every hook of the store."""
        return list(self._hooks.values())

    def get(self, client_id: str, hook_id: int) -> Hook:
        """One hook of the client. Raises Refused 404, also for another client's hook."""
        hook = self._hooks.get(hook_id)
        if hook is None or hook.client_id != client_id:
            raise not_found()
        return hook

    def find(self, hook_id: int) -> Hook | None:
        """One hook of any client."""
        return self._hooks.get(hook_id)

    def create(self, client_id: str, body: JSON) -> Hook:
        """Subscribe. Raises Refused 422 for missing fields, duplicates and too many."""
        missing = {
            name: "error.path.missing."
            for name in ("scope", "destination")
            if not isinstance(body.get(name), str) or not body[name]
        }
        if missing:
            raise Refused(422, "JSON data is missing or invalid", missing)
        now = self._clock.unix()
        hook = Hook(
            id=self._next,
            client_id=client_id,
            store_hash=self._store_hash,
            scope=body["scope"],
            destination=body["destination"],
            headers=_headers(body.get("headers")),
            is_active=bool(body.get("is_active", False)),
            created_at=now,
            updated_at=now,
        )
        self._check(hook)
        self._next += 1
        self._hooks[hook.id] = hook
        return hook

    def update(self, hook: Hook, body: JSON) -> None:
        """Change a hook; activating one also clears the platform's switch-off."""
        known = {"scope", "destination", "headers", "is_active"} & set(body)
        if not known:
            raise Refused(422, "JSON data is missing or invalid", {"obj": "error.minProperties"})
        changed = Hook(
            id=hook.id,
            client_id=hook.client_id,
            store_hash=hook.store_hash,
            scope=str(body.get("scope", hook.scope)),
            destination=str(body.get("destination", hook.destination)),
            headers=_headers(body["headers"]) if "headers" in body else hook.headers,
            is_active=bool(body.get("is_active", hook.is_active)),
            created_at=hook.created_at,
            updated_at=self._clock.unix(),
            deactivated=hook.deactivated and not body.get("is_active", False),
        )
        self._check(changed)
        self._hooks[hook.id] = changed

    def delete(self, hook: Hook) -> None:
        """Unsubscribe."""
        self._hooks.pop(hook.id, None)

    def delete_client(self, client_id: str) -> None:
        """Drop a client's hooks, as an uninstall does."""
        for hook in self.of_client(client_id):
            self.delete(hook)

    def deactivate(self, hook: Hook) -> None:
        """Switch a hook off the way the platform does after exhausted retries."""
        hook.is_active = False
        hook.deactivated = True
        hook.updated_at = self._clock.unix()

    def _check(self, hook: Hook) -> None:
        target = urlsplit(hook.destination)
        if target.scheme not in ("http", "https") or not target.netloc:
            raise invalid("destination", "The destination is not a valid URL.")
        if not hook.scope.startswith("store/"):
            raise invalid("scope", "The scope is not a webhook scope.")
        rivals = [
            other
            for other in self.of_client(hook.client_id)
            if other.id != hook.id and other.scope == hook.scope
        ]
        if any(other.destination == hook.destination for other in rivals):
            raise invalid("destination", "A hook with this scope and destination exists already.")
        if len(rivals) >= MAX_PER_SCOPE:
            raise invalid("scope", f"Not more than {MAX_PER_SCOPE} hooks per scope are allowed.")


def _headers(value: object) -> dict[str, str] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise invalid("headers", "error.expected.jsobject")
    return {str(name): str(text) for name, text in value.items()}

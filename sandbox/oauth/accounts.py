"""The app's profile, the store's users and the codes handed out at install (FACTS 1)."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.errors import JSON
from sandbox.settings import SandboxSettings


@dataclass(frozen=True)
class User:
    """A person of the store; ids never change, e-mails may."""

    id: int
    email: str

    def wire(self) -> JSON:
        """As the token answer shows it."""
        return {"id": self.id, "username": self.email, "email": self.email}

    def claim(self, *, with_locale: bool = False) -> JSON:
        """As a signed payload shows it."""
        body: JSON = {"id": self.id, "email": self.email}
        return {**body, "locale": "en-US"} if with_locale else body


@dataclass
class Code:
    """A temporary code of the install redirect: single use, short lived."""

    value: str
    scope: str
    context: str
    user: User
    expires_at: float
    used: bool = False


@dataclass
class AppProfile:
    """The registered app, whether it is installed, and who may open it."""

    settings: SandboxSettings
    scopes: str = ""
    installed: bool = False
    installs: int = 0
    owner: User = field(default_factory=lambda: User(1, "owner@store.example"))
    users: list[User] = field(default_factory=list)
    codes: dict[str, Code] = field(default_factory=dict)
    account_uuid: str = ""

    def __post_init__(self) -> None:
        self.scopes = self.settings.scopes
        self.account_uuid = str(uuid.UUID(self.settings.derived("developer-account")[:32]))

    def callback(self, name: str) -> str:
        """The registered address of a callback: auth, load, uninstall or remove_user."""
        return f"{self.settings.app_url.rstrip('/')}/bigcommerce/{name}"

    def user(self, user_id: int | None) -> User:
        """A user of the store by id; the owner by default. Raises KeyError."""
        if user_id is None or user_id == self.owner.id:
            return self.owner
        for user in self.users:
            if user.id == user_id:
                return user
        raise KeyError(user_id)

    def add_user(self, email: str) -> User:
        """Authorise another user of the store."""
        user = User(max([self.owner.id, *(row.id for row in self.users)]) + 1, email)
        self.users.append(user)
        return user

    def remove_user(self, user_id: int) -> User:
        """Take a user's authorisation away. Raises KeyError."""
        user = next((row for row in self.users if row.id == user_id), None)
        if user is None:
            raise KeyError(user_id)
        self.users.remove(user)
        return user

    def issue_code(self, user: User, timer: Callable[[], float]) -> Code:
        """Hand out a code for one token exchange."""
        code = Code(
            value=uuid.uuid4().hex,
            scope=self.scopes,
            context=f"stores/{self.settings.store_hash}",
            user=user,
            expires_at=timer() + self.settings.code_lifetime_s,
        )
        self.codes[code.value] = code
        return code

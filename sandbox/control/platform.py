"""Playing the platform: install, tokens, users, quota, clock, hooks and signed payloads."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from pydantic import BaseModel
from starlette.requests import Request

from sandbox.control.bodies import (
    ActorBody,
    ClockBody,
    InstallBody,
    JwtBody,
    QuotaBody,
    RivalBody,
    ScopesBody,
    StorePatch,
    UserBody,
)
from sandbox.control.state import describe, quota
from sandbox.errors import JSON, Refused
from sandbox.oauth import flows
from sandbox.oauth.accounts import User
from sandbox.oauth.payload import claims, sign
from sandbox.state import Sandbox
from sandbox.store.profile import INVENTORY_DEFAULTS, add_location

Body = TypeVar("Body", bound=BaseModel)


class Platform:
    """The platform's part of the control API, bound to one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def operations(self) -> list[tuple[str, str, Callable[[Request], Awaitable[object]]]]:
        """Method, path and operation."""
        return [
            ("POST", "/sandbox/install", self.install),
            ("POST", "/sandbox/uninstall", self.uninstall),
            ("POST", "/sandbox/load", self.load),
            ("POST", "/sandbox/jwt", self.jwt),
            ("POST", "/sandbox/scopes", self.scopes),
            ("POST", "/sandbox/users", self.add_user),
            ("DELETE", "/sandbox/users/{id:int}", self.remove_user),
            ("POST", "/sandbox/token/revoke", self.revoke),
            ("POST", "/sandbox/quota", self.quota),
            ("POST", "/sandbox/rival", self.rival),
            ("POST", "/sandbox/clock", self.clock),
            ("GET", "/sandbox/hooks", self.hooks),
            ("POST", "/sandbox/hooks/{id:int}/deactivate", self.deactivate_hook),
        ]

    async def install(self, request: Request) -> object:
        """Give consent without a browser; answers what the app's auth callback answered."""
        body = await _read(request, InstallBody)
        user = self._user(body.user_id)
        return await flows.install(self._sandbox, user, external=body.external)

    async def uninstall(self, request: Request) -> object:
        """Uninstall the app; answers what its callback answered."""
        body = await _read(request, ActorBody)
        return await flows.uninstall(self._sandbox, self._user(body.user_id))

    async def load(self, request: Request) -> object:
        """Open the app; answers what its load callback answered."""
        body = await _read(request, ActorBody)
        payload = self._payload(JwtBody(user_id=body.user_id))
        return await flows.call_app(self._sandbox, "load", {"signed_payload_jwt": payload})

    async def jwt(self, request: Request) -> object:
        """A signed payload with chosen claims, algorithm and secret."""
        return {"signed_payload_jwt": self._payload(await _read(request, JwtBody))}

    async def scopes(self, request: Request) -> object:
        """Change the app's scopes, by default also of tokens already issued."""
        body = await _read(request, ScopesBody)
        self._sandbox.app.scopes = " ".join(body.scopes)
        if body.live_tokens:
            for grant in self._sandbox.tokens.all():
                grant.scopes = set(body.scopes)
        return describe(self._sandbox)

    async def add_user(self, request: Request) -> object:
        """Authorise another user of the store."""
        body = await _read(request, UserBody)
        return self._sandbox.app.add_user(body.email).wire()

    async def remove_user(self, request: Request) -> object:
        """Take a user's access away; answers what the app's callback answered."""
        try:
            return await flows.remove_user(self._sandbox, request.path_params["id"])
        except KeyError:
            raise Refused(404, "No such user.") from None

    async def revoke(self, request: Request) -> object:
        """Kill every live token, as a changed owner e-mail does in the end."""
        for grant in self._sandbox.tokens.all():
            self._sandbox.tokens.revoke(grant.client_id)
        return {"revoked": True}

    async def quota(self, request: Request) -> object:
        """Set quota, window and what is left in the running window."""
        body = await _read(request, QuotaBody)
        self._sandbox.quota.configure(body.quota, body.window_ms, body.left)
        return quota(self._sandbox)

    async def rival(self, request: Request) -> object:
        """Let another app use requests of the same quota."""
        body = await _read(request, RivalBody)
        self._sandbox.quota.set_rival(body.per_second)
        return quota(self._sandbox)

    async def clock(self, request: Request) -> object:
        """Move the store's clock."""
        body = await _read(request, ClockBody)
        self._sandbox.clock.move(body.move_s)
        return {"store_time": self._sandbox.clock.unix()}

    async def hooks(self, request: Request) -> object:
        """Hooks of all clients."""
        hooks = self._sandbox.hooks.all()
        return {"hooks": [{**hook.wire(), "status": hook.status()} for hook in hooks]}

    async def deactivate_hook(self, request: Request) -> object:
        """Switch a hook off as the platform does after exhausted retries."""
        hook = self._sandbox.hooks.find(request.path_params["id"])
        if hook is None:
            raise Refused(404, "No such hook.")
        self._sandbox.hooks.deactivate(hook)
        return hook.wire()

    def _user(self, user_id: int | None) -> User:
        try:
            return self._sandbox.app.user(user_id)
        except KeyError:
            raise Refused(404, "No such user.") from None

    def _payload(self, body: JwtBody) -> str:
        merged = {**claims(self._sandbox, self._user(body.user_id)), **body.claims}
        kept = {name: value for name, value in merged.items() if value is not None}
        if "channel_id" not in body.claims:
            kept["channel_id"] = None
        secret = body.secret or self._sandbox.settings.client_secret
        return sign(kept, secret, body.algorithm)


def change_store(sandbox: Sandbox, body: StorePatch) -> JSON:
    """Change the store's profile and announce it."""
    profile = sandbox.store.profile
    for name in ("weight_units", "dimension_units", "prices_with_tax", "status"):
        value = getattr(body, name)
        if value is not None:
            setattr(profile, name, value)
    unknown = set(body.inventory) - set(INVENTORY_DEFAULTS)
    if unknown:
        raise Refused(422, f"Unknown stock settings: {', '.join(sorted(unknown))}")
    profile.inventory.update(body.inventory)
    if body.add_location:
        add_location(profile, body.add_location, body.add_location)
    sandbox.store.announce("store/information/updated", {"type": "store", "id": profile.store_id})
    return profile.store()


async def _read(request: Request, model: type[Body]) -> Body:
    return model.model_validate_json(await request.body() or b"{}")

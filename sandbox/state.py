"""Everything one sandbox process holds: the store and the platform around it."""

import asyncio

import httpx

from sandbox.access import Grant, Tokens
from sandbox.clock import Clock
from sandbox.errors import JSON
from sandbox.faults import Faults
from sandbox.hooks.delivery import Deliveries
from sandbox.hooks.registry import HookRegistry
from sandbox.oauth.accounts import AppProfile
from sandbox.quota import Quota
from sandbox.requestlog import RequestLog
from sandbox.seed.plan import seed_store
from sandbox.settings import SandboxSettings
from sandbox.store.geography import Geography
from sandbox.store.stock_moves import settle
from sandbox.store.store import Store


class Sandbox:
    """One store with its tokens, quota, webhooks, faults and log; `reset` starts anew."""

    def __init__(
        self,
        settings: SandboxSettings,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.clock = clock
        self.geography = Geography()
        self.http = httpx.AsyncClient(
            transport=transport, timeout=settings.delivery_timeout_s, follow_redirects=False
        )
        self.log = RequestLog()
        self._start(settings)

    def _start(self, settings: SandboxSettings) -> None:
        self.settings = settings
        self.store = Store(settings, self.clock)
        self.faults = Faults(settings.seed)
        self.quota = Quota(self.clock.timer, settings.quota, settings.window_ms)
        self.tokens = Tokens()
        self.app = AppProfile(settings)
        self.hooks = HookRegistry(settings.store_hash, self.clock)
        self.deliveries = Deliveries(settings, self.clock, self.http, self.hooks, self.faults)
        self.tokens.issue(
            Grant(
                token=settings.token(),
                client_id=settings.account_client_id(),
                client_secret=settings.account_client_secret(),
                scopes=set(settings.scopes.split()),
            )
        )
        seed_store(self.store)
        self.store.announce = self._announce

    def settle_stock(self) -> None:
        """Make stock adjustments visible that are due."""
        settle(self.store, self.clock.timer())

    def settle_stock_in(self, seconds: float) -> None:
        """Make stock adjustments visible after `seconds`; at once when there is no lag."""
        if seconds <= 0:
            self.settle_stock()
        else:
            asyncio.get_running_loop().call_later(seconds, self.settle_stock)

    async def reset(self, settings: SandboxSettings) -> None:
        """Forget everything and seed the store anew, from other settings if wanted."""
        await self.deliveries.stop()
        self.clock.offset = 0.0
        self.log.clear()
        self._start(settings)

    async def close(self) -> None:
        """Stop deliveries and close connections."""
        await self.deliveries.stop()
        await self.http.aclose()

    def secret_of(self, client_id: str) -> str:
        """The client secret that signs a client's webhooks."""
        if client_id == self.settings.client_id:
            return self.settings.client_secret
        return self.settings.account_client_secret()

    def _announce(self, scope: str, data: JSON) -> None:
        self.deliveries.publish(scope, self.store.profile.store_id, data, self.secret_of)

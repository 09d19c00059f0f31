"""Resources of a worker that dies at a chosen moment.

Every commit and every request to the store is two moments: just before and just after. Once dead,
nothing works any more, as if the process were gone: no clean-up reaches the database.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, fields
from types import TracebackType
from typing import Any
from uuid import UUID

import httpx

from app.accounts.service import Scope, ensure_account
from app.core.queue import SilentQueue
from app.core.resources import Resources, open_resources
from app.core.settings import Settings
from app.core.uow import UnitOfWork
from app.integrations.runner import Integrations, run_slice
from app.main import create_app
from tests.conftest import client_for, make_key
from tests.flow.conftest import Service, Store

NOBODY = 4711
"""A worker whose lock nobody holds: it counts as dead as soon as it stops."""


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Fate:
    """Counts moments and ends the life at number `last`; 0 lives on."""

    last: int = 0
    moments: int = 0
    dead: bool = False
    story: list[str] = field(default_factory=list)

    def pass_by(self, what: str) -> None:
        """Live through a moment, or die in it."""
        if self.dead:
            raise Killed
        self.moments += 1
        self.story.append(what)
        if self.moments == self.last:
            self.dead = True
            raise Killed


class MortalUnitOfWork(UnitOfWork):
    """Dies around its commit."""

    fate: Fate

    async def __aenter__(self) -> UnitOfWork:
        """Open it, unless dead."""
        if self.fate.dead:
            raise Killed
        return await super().__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Commit, with a moment before and one after."""
        try:
            if kind is None:
                self.fate.pass_by("before commit")
        except Killed as killed:
            await super().__aexit__(Killed, killed, None)
            raise
        await super().__aexit__(kind, error, trace)
        if kind is None:
            self.fate.pass_by("after commit")


class MortalTransport(httpx.AsyncBaseTransport):
    """Dies around a request that writes."""

    def __init__(self, inner: httpx.AsyncBaseTransport, fate: Fate) -> None:
        self._inner = inner
        self._fate = fate

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send, with a moment before and one after."""
        self._fate.pass_by(f"before {request.method} {request.url.path}")
        answer = await self._inner.handle_async_request(request)
        await answer.aread()
        self._fate.pass_by(f"after {request.method} {request.url.path}")
        return answer

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


@dataclass(frozen=True)
class MortalResources(Resources):
    """Resources of a process with a fate."""

    fate: Fate = field(default_factory=Fate)

    def unit_of_work(self) -> UnitOfWork:
        """A unit of work that may die."""
        opened = MortalUnitOfWork(self.sessions, self.queue, self.clock)
        opened.fate = self.fate
        return opened


def mortal(resources: Resources, fate: Fate) -> MortalResources:
    """Resources like these, of a process that ends as fate will have it."""
    values = {item.name: getattr(resources, item.name) for item in fields(Resources)}
    values["http"] = httpx.AsyncClient(transport=MortalTransport(httpx.AsyncHTTPTransport(), fate))
    return MortalResources(**values, fate=fate)


@dataclass
class Bench(Service):
    """API and store, and a worker that the test plays itself."""

    integrations: Integrations

    async def finish(self, run_id: str, seconds: float = 60) -> dict[str, Any]:
        """Drive a run to its end."""
        async with asyncio.timeout(seconds):
            while True:
                await run_slice(self.resources, UUID(run_id), NOBODY, self.integrations)
                run: dict[str, Any] = (await self.api.get(f"/v1/runs/{run_id}")).json()
                if run["finished_at"] is not None:
                    return run
                await asyncio.sleep(0.1)


@asynccontextmanager
async def open_bench(
    settings: Settings, store: Store, integrations: Integrations
) -> AsyncIterator[Bench]:
    """The service without a worker and with a queue that rings for nobody."""
    async with AsyncExitStack() as stack:
        resources = await stack.enter_async_context(open_resources(settings, queue=SilentQueue()))
        await resources.redis.flushdb()
        async with resources.unit_of_work() as uow:
            account_id = await ensure_account(uow, "Harbour Goods")
        key = await make_key(resources, account_id, Scope.ADMIN)
        api = await stack.enter_async_context(client_for(create_app(resources=resources), key))
        await stack.enter_async_context(store.control)
        yield Bench(resources, api, store, integrations)

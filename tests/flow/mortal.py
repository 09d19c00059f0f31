"""Resources of a worker that dies at a chosen moment.

Every commit and every request to the store is two moments: just before and just after. Once dead,
nothing works any more, as if the process were gone: no clean-up reaches the database.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from types import TracebackType

import httpx

from app.core.resources import Resources
from app.core.uow import UnitOfWork


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

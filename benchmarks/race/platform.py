"""Several sandbox stores behind one address, as BigCommerce's API is one host for all of them.

`/stores/{name}/…` is a store's API and `/control/{name}/sandbox/…` its control API.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from benchmarks.storm.processes import running
from sandbox.main import create_app as create_store
from sandbox.settings import SandboxSettings

STORES_VARIABLE = "QUAYSIDE_SANDBOX_STORES"
"""Names of the stores, with commas between them; they are the stores' hashes, too."""


def create_app() -> Starlette:
    """A uvicorn factory; what the stores have in common is in the environment."""
    names = os.environ[STORES_VARIABLE].split(",")
    stores: dict[str, FastAPI] = {
        name: create_store(SandboxSettings(store_hash=name)) for name in names
    }

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for store in stores.values():
                await stack.enter_async_context(store.router.lifespan_context(store))
            yield

    async def state(_: Request) -> JSONResponse:
        return JSONResponse({"stores": names})

    return Starlette(
        lifespan=lifespan,
        routes=[
            Route("/sandbox/state", state),
            *(Mount(f"/control/{name}", app=store) for name, store in stores.items()),
            Mount("/", app=_by_hash(stores)),
        ],
    )


def _by_hash(stores: Mapping[str, ASGIApp]) -> ASGIApp:
    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        parts = scope["path"].split("/")
        store = stores.get(parts[2]) if len(parts) > 2 and parts[1] == "stores" else None
        answer = store or PlainTextResponse("There is no such store.", 404)
        await answer(scope, receive, send)

    return dispatch


def module(url: str) -> tuple[str, ...]:
    """What to start as a process."""
    return (
        *("uvicorn", "benchmarks.race.platform:create_app", "--factory"),
        *("--log-level", "error", "--port", url.rpartition(":")[2]),
    )


def environment(url: str, names: Sequence[str]) -> dict[str, str]:
    """Its environment; there is no catalogue yet, and quota enough for everybody."""
    common = {"products": "0", "orders": "0", "quota": "1000000", "public_url": url}
    return {
        **os.environ,
        STORES_VARIABLE: ",".join(names),
        **{f"QUAYSIDE_SANDBOX_{name.upper()}": value for name, value in common.items()},
    }


@asynccontextmanager
async def platform(names: Sequence[str], folder: Path) -> AsyncIterator[str]:
    """Run stores; gives their common address, which may take a moment to answer."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    output = folder / f"platform-{url.rpartition(':')[2]}.log"
    async with running(module(url), environment(url, names), output):
        yield url

"""The sandbox application: store API, login host, control panel and control API on one port."""

import contextlib
from collections.abc import AsyncIterator

import httpx
import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from sandbox.api.endpoints import ENDPOINTS
from sandbox.clock import Clock
from sandbox.control.routes import ControlApi
from sandbox.dropped import DROP, transport_of
from sandbox.gateway import Gateway
from sandbox.oauth.routes import LoginHost
from sandbox.routing import Routes
from sandbox.settings import SandboxSettings
from sandbox.state import Sandbox

# One grey pixel, enough for whoever follows an image address of the catalogue.
PIXEL = bytes.fromhex("47494638396101000100800000808080ffffff2c00000000010001000002024401003b")
METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]


class SandboxApp(FastAPI):
    """A FastAPI application that can also hang up on a client."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, keeping hold of its connection."""
        if scope["type"] == "http":
            scope[DROP] = transport_of(send)
        await super().__call__(scope, receive, send)


def create_app(
    settings: SandboxSettings | None = None,
    *,
    clock: Clock | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> FastAPI:
    """Build the application; without arguments a uvicorn factory with settings from the
    environment. `transport` carries callbacks and webhooks to the app (default: the network).
    The state is at `app.state.sandbox`; close it when the lifespan is not run.
    """
    sandbox = Sandbox(settings or SandboxSettings(), clock or Clock(), transport)
    gateway = Gateway(sandbox, Routes(ENDPOINTS))

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await sandbox.close()

    async def store_api(request: Request) -> Response:
        return await gateway(request)

    async def picture(_: Request) -> Response:
        return Response(PIXEL, media_type="image/gif")

    app = SandboxApp(
        title="Sandbox store",
        lifespan=lifespan,
        openapi_url=None,
        routes=[
            Route("/stores/{store_hash}/{rest:path}", store_api, methods=METHODS),
            Route("/product_images/{rest:path}", picture),
            *LoginHost(sandbox).routes(),
            *ControlApi(sandbox).routes(),
        ],
    )
    app.state.sandbox = sandbox
    return app


def serve(
    host: str = "127.0.0.1", port: int = 9000, settings: SandboxSettings | None = None
) -> None:
    """Serve the sandbox until interrupted."""
    chosen = settings or SandboxSettings()
    if "public_url" not in chosen.model_fields_set:
        shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - only compared
        chosen = chosen.model_copy(update={"public_url": f"http://{shown}:{port}"})
    uvicorn.run(create_app(chosen), host=host, port=port, log_level="warning")

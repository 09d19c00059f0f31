"""The HTTP service: routers, error handlers, process resources."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from app.accounts.router import router as accounts_router
from app.channels.router import router as channels_router
from app.core.health import router as health_router
from app.core.logging import configure_logging
from app.core.metrics import Metrics
from app.core.middleware import RequestContext, StorableText
from app.core.problems import install_problem_handlers
from app.core.resources import Resources, open_resources
from app.core.settings import Settings

Collector = Callable[[Resources, Metrics], Awaitable[None]]

ROUTERS: tuple[APIRouter, ...] = (
    health_router,
    accounts_router,
    channels_router,
)
COLLECTORS: tuple[Collector, ...] = ()


def create_app(settings: Settings | None = None, *, resources: Resources | None = None) -> FastAPI:
    """Build the application.

    Without arguments the environment is read and resources live as long as the server; tests pass
    resources that they opened themselves.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if resources is not None:
            yield
            return
        chosen = settings or Settings()
        configure_logging(chosen.log_level, chosen.log_format)
        async with open_resources(chosen) as opened:
            app.state.resources = opened
            yield

    app = FastAPI(
        title="Quayside",
        version="0.1.0",
        summary="Makes a BigCommerce store a sales channel.",
        lifespan=lifespan,
    )
    metrics = Metrics()
    app.state.metrics = metrics
    app.state.collectors = COLLECTORS
    if resources is not None:
        app.state.resources = resources
    install_problem_handlers(app)
    for router in ROUTERS:
        app.include_router(router)
    app.add_middleware(StorableText)
    app.add_middleware(RequestContext, metrics=metrics)
    return app

"""The HTTP service: routers, error handlers, process resources."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

from fastapi import APIRouter, FastAPI

from app.accounts.router import router as accounts_router
from app.channels.router import router as channels_router
from app.connections.router import router as connections_router
from app.core.describing import describe
from app.core.health import router as health_router
from app.core.logging import configure_logging
from app.core.metrics import Metrics
from app.core.middleware import RequestContext, StorableText
from app.core.problems import install_problem_handlers
from app.core.resources import Resources, open_resources
from app.core.settings import Settings
from app.integrations.build_sources import CatalogueOfTables
from app.integrations.linking.link_after_build import LinkAfterBuild
from app.integrations.live_records import LiveRecords
from app.integrations.registry import RUNNABLE
from app.integrations.rule_subjects import SubjectsOfTables
from app.integrations.shipping.template_needs import TemplateNeeds
from app.integrations.syncing.explain import Explanations
from app.listings.router import router as listings_router
from app.listings.writes_router import router as writes_router
from app.notifications.router import router as notifications_router
from app.orders.router import router as orders_router
from app.orders.shipment_router import router as shipments_router
from app.panel.router import router as panel_router
from app.products.router import router as products_router
from app.rules.router import router as rules_router
from app.runs.repository import count_active
from app.runs.router import router as runs_router
from app.templates.directory import Directory
from app.templates.router import router as templates_router
from app.webhooks.endpoint import WebhookGate
from app.webhooks.repository import count_pending
from app.webhooks.router import router as webhooks_router

Collector = Callable[[Resources, Metrics], Awaitable[None]]

ROUTERS: tuple[APIRouter, ...] = (
    health_router,
    accounts_router,
    channels_router,
    connections_router,
    runs_router,
    listings_router,
    writes_router,
    orders_router,
    shipments_router,
    rules_router,
    products_router,
    panel_router,
    templates_router,
    webhooks_router,
    notifications_router,
)


async def _count_runs(res: Resources, metrics: Metrics) -> None:
    async with res.unit_of_work() as uow:
        counts = await count_active(uow)
    metrics.runs.clear()
    for integration, status, count in counts:
        metrics.runs.labels(integration, status).set(count)


async def _count_events(res: Resources, metrics: Metrics) -> None:
    async with res.unit_of_work() as uow:
        metrics.webhook_backlog.set(await count_pending(uow))


COLLECTORS: tuple[Collector, ...] = (_count_runs, _count_events)


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
    app.state.template_directory = Directory()
    app.state.runnable = RUNNABLE
    app.state.record_source = LiveRecords()
    app.state.explainer = Explanations()
    app.state.rule_subjects = SubjectsOfTables()
    app.state.shipment_needs = TemplateNeeds()
    app.state.build_sources = CatalogueOfTables()
    app.state.after_build = LinkAfterBuild(RUNNABLE)
    if resources is not None:
        app.state.resources = resources
    install_problem_handlers(app)
    for router in ROUTERS:
        # They add nothing to their routes, so include_router would only build each route again.
        app.router.routes.extend(router.routes)
    app.openapi = partial(describe, app)  # type: ignore[method-assign]  # FastAPI's documented way
    app.add_middleware(StorableText)
    app.add_middleware(RequestContext, metrics=metrics)
    app.add_middleware(WebhookGate, metrics=metrics)
    return app

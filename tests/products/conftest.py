"""The service with the routes of products."""

from __future__ import annotations

import pytest
from fastapi import FastAPI

from app.core.resources import Resources
from app.main import create_app
from app.products.router import router


@pytest.fixture
async def app(resources: Resources) -> FastAPI:
    """The HTTP service."""
    service = create_app(resources=resources)
    if "/v1/products" not in {getattr(route, "path", "") for route in service.routes}:
        service.include_router(router)
    return service

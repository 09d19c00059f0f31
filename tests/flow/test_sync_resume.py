"""A sync that is interrupted after every single page."""

from __future__ import annotations

import pytest

from app.core.settings import Settings
from sandbox.settings import SandboxSettings
from tests.flow.conftest import Service
from tests.flow.test_sync_listings import (
    assert_shown_is_stored,
    changed_product,
    imported,
    put_products,
    writes,
)


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    """A small store."""
    return SandboxSettings(products=40, variants=160, orders=0, quota=100_000, retry_scale=0.01)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A worker that gives every run back after one page."""
    return settings.model_copy(update={"run_slice_seconds": 0})


async def test_every_page_may_be_another_workers(service: Service) -> None:
    channel_id = await imported(service)
    products = await service.all("/v1/products")
    await put_products(
        service, [changed_product(row, number + 1) for number, row in enumerate(products)]
    )
    run = await service.run(channel_id, "sync_listings")
    assert run["status"] == "succeeded", run
    await assert_shown_is_stored(service)
    sent = await writes(service)
    assert run["counts"]["updated"] == run["progress"]["total"] - sum(
        run["counts"][name] for name in ("unchanged", "skipped", "failed")
    )
    assert sum(sent.values()) <= 14

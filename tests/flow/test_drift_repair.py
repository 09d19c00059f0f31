"""Edits of every kind in a store of every kind of product: all found, all taken back, no other."""

from __future__ import annotations

import pytest

from benchmarks.drifting import BOUND, drift
from sandbox.settings import SandboxSettings
from tests.flow.conftest import Service


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    """An empty store."""
    return SandboxSettings(products=0, orders=0, quota=100_000, retry_scale=0.01)


@pytest.mark.parametrize("seed", [3, 11])
async def test_every_edit_is_found_and_taken_back_and_no_other(service: Service, seed: int) -> None:
    report = await drift(service, service.store.control, groups=3, edits_of_a_kind=15, seed=seed)
    print(report)
    assert report.status == "succeeded"
    assert set(report.edits) == {
        "variant price",
        "product price",
        "stock",
        "visibility",
        "availability",
        "content",
    }
    assert min(report.edits.values()) > 10
    assert report.expected > 80
    assert report.wrong() == {}
    assert sum(report.requests.values()) <= BOUND

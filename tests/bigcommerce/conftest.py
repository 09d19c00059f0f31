"""Fixtures for the library's tests: one HTTP client, one clock."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import respx

from app.bigcommerce import StoreClient, open_http
from tests.bigcommerce.stores import URL, Clock, make_client


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with open_http() as client:
        yield client


@pytest.fixture
def client(http: httpx.AsyncClient, clock: Clock) -> StoreClient:
    return make_client(http, clock)


@pytest.fixture
def store() -> Iterator[respx.MockRouter]:
    """The store's API; anything not mocked fails."""
    with respx.mock(base_url=URL, assert_all_called=False) as router:
        yield router

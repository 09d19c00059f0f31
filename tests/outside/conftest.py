"""One installation for all of these tests, and one look-alike for it to talk to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import pytest

from tests.outside.driver import Service
from tests.outside.lookalike.server import BigCommerce, Server
from tests.outside.lookalike.shop import Shop
from tests.outside.merchant import Merchant

LAST_REDIS_DATABASE = 15


@pytest.fixture(scope="package")
def big_commerce() -> Iterator[BigCommerce]:
    """The running look-alike."""
    with Server() as running:
        yield running


@pytest.fixture(scope="package")
def own_redis(redis_url: str, worker_number: int) -> str:
    """A Redis database where no other test's worker listens."""
    parts = urlsplit(redis_url)
    return urlunsplit(parts._replace(path=f"/{LAST_REDIS_DATABASE - worker_number}"))


@pytest.fixture(scope="package")
def service(
    tmp_path_factory: pytest.TempPathFactory,
    make_worker_database: Callable[[], str],
    own_redis: str,
    big_commerce: BigCommerce,
) -> Iterator[Service]:
    """The service with one worker, migrated by its own command."""
    folder: Path = tmp_path_factory.mktemp("quayside")
    started = Service(folder, make_worker_database(), own_redis, big_commerce)
    try:
        started.start()
        yield started
    finally:
        started.stop()


@pytest.fixture
def shop(big_commerce: BigCommerce) -> Shop:
    """An empty store with a token."""
    return big_commerce.open_shop()


@pytest.fixture(scope="package")
def admin_key(service: Service) -> str:
    """A key of the account under which most tests open their channels."""
    return service.key("Harbour & Co", "admin")


@pytest.fixture(scope="package")
def strange_key(service: Service) -> str:
    """A key of another account."""
    return service.key("Strangers", "admin")


@pytest.fixture
def merchant(service: Service, shop: Shop, admin_key: str) -> Iterator[Merchant]:
    """A channel-to-be and its store, not yet connected."""
    someone = Merchant(service, shop, admin_key)
    yield someone
    someone.http.close()


@pytest.fixture
def stranger(service: Service, big_commerce: BigCommerce, strange_key: str) -> Iterator[Merchant]:
    """The same in another account."""
    someone = Merchant(service, big_commerce.open_shop(), strange_key)
    yield someone
    someone.http.close()


@pytest.fixture
def anonymous(service: Service) -> Iterator[httpx.Client]:
    """Someone without a key, who does not follow redirects."""
    with service.client() as client:
        yield client

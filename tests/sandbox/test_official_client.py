"""BigCommerce's own Python client works against the sandbox over a real socket."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import requests
from bigcommerce.api import BigcommerceApi
from bigcommerce.exception import ClientRequestException, RateLimitingException
from requests.adapters import HTTPAdapter

from tests.sandbox.conftest import SMALL
from tests.sandbox.live import serving


class PlainHttp(HTTPAdapter):
    """The client insists on https; the sandbox speaks http on loopback."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        """Send over http whatever the address says."""
        request.url = (request.url or "").replace("https://", "http://", 1)
        return super().send(request, *args, **kwargs)


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    """A served sandbox."""
    with serving(SMALL) as address:
        yield address


@pytest.fixture
def session() -> Iterator[requests.Session]:
    """A session that never leaves http, closed afterwards."""
    with requests.Session() as made:
        made.mount("https://", PlainHttp())
        yield made


def client(host: str, session: requests.Session, token: str | None, client_id: str) -> Any:
    """The official client, pointed at the sandbox."""
    api = BigcommerceApi(client_id=client_id, store_hash=SMALL.store_hash, access_token=token)
    api.connection.host = host
    session.headers.update(api.connection._session.headers)
    api.connection._session.close()
    api.connection._session = session
    api.auth_service = host
    return api


@pytest.fixture
def api(host: str, session: requests.Session) -> Any:
    """The official client with the token of the store-level account."""
    return client(host, session, SMALL.token(), SMALL.account_client_id())


def test_reads_store_orders_and_their_parts(api: Any) -> None:
    assert api.Store.all()["weight_units"] == "Pounds"
    assert api.Time.all()["time"] > 1_700_000_000
    orders = api.Orders.all(limit=10)
    assert len(orders) == 10
    lines = orders[0].products()
    assert lines[0]["order_id"] == orders[0]["id"]
    assert [row["id"] for row in api.OrderStatuses.all()] == list(range(15))


def test_pages_through_all_orders_until_the_empty_answer(api: Any) -> None:
    found = [order["id"] for order in api.Orders.iterall()]
    assert len(found) == SMALL.orders
    assert found == sorted(found)


def test_reads_the_rate_limit_headers(api: Any) -> None:
    api.Time.all()
    assert api.connection.rate_limit["requests_quota"] == SMALL.quota
    assert api.connection.rate_limit["window_size_ms"] == SMALL.window_ms


def test_ships_an_order_and_changes_its_status(api: Any) -> None:
    order = next(row for row in api.Orders.all(status_id=11) if row["shipping_address_count"] == 1)
    line = next(row for row in order.products() if row["order_address_id"])
    created = api.OrderShipments.create(
        order["id"],
        order_address_id=line["order_address_id"],
        tracking_number="1Z1",
        shipping_provider="ups",
        items=[{"order_product_id": line["id"], "quantity": 1}],
    )
    assert created["order_address_id"] == line["order_address_id"]
    assert api.Orders.get(order["id"])["status_id"] in (2, 3)
    changed = order.update(staff_notes="seen")
    assert changed["staff_notes"] == "seen"


def test_raises_its_own_errors(api: Any, host: str) -> None:
    with pytest.raises(ClientRequestException):
        api.Orders.get(999_999)
    rule = {"effect": "rate_limit", "path": "^/v2/time$", "count": 1}
    httpx.post(f"http://{host}/sandbox/faults", json=rule)
    with pytest.raises(RateLimitingException):
        api.Time.all()


def test_makes_and_deletes_webhooks(api: Any) -> None:
    hook = api.Webhooks.create(
        scope="store/order/*", destination="https://app.test/hook", is_active=True
    )
    assert [row["id"] for row in api.Webhooks.all()] == [hook["id"]]
    api.Webhooks.get(hook["id"]).delete()
    assert not isinstance(api.Webhooks.all(), list)


def test_fetches_a_token_and_verifies_a_signed_payload(
    host: str, session: requests.Session
) -> None:
    consent = httpx.post(f"http://{host}/app/{SMALL.client_id}/install", data={})
    sent = {k: v[0] for k, v in parse_qs(urlsplit(consent.headers["location"]).query).items()}
    app = client(host, session, None, SMALL.client_id)
    token = app.oauth_fetch_token(
        SMALL.client_secret,
        sent["code"],
        sent["context"],
        sent["scope"],
        f"{SMALL.app_url}/bigcommerce/auth",
    )
    assert token["context"] == f"stores/{SMALL.store_hash}"
    assert app.Store.all()["id"] == SMALL.store_hash
    minted = httpx.post(f"http://{host}/sandbox/jwt", json={}).json()["signed_payload_jwt"]
    claims = BigcommerceApi.oauth_verify_payload_jwt(minted, SMALL.client_secret, SMALL.client_id)
    assert claims["sub"] == f"stores/{SMALL.store_hash}"

"""What comes from BigCommerce, and what only pretends to."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from tests.outside.lookalike.login import CLIENT_SECRET, signed_payload
from tests.outside.lookalike.server import BigCommerce
from tests.outside.merchant import Merchant

NOW = int(time.time())
FORGED: dict[str, dict[str, Any]] = {
    "wrong secret": {"secret": "x" * 54},
    "none algorithm": {"algorithm": "none"},
    "hs512": {"algorithm": "HS512"},
    "wrong audience": {"aud": "someone-else"},
    "no audience": {"aud": None},
    "wrong issuer": {"iss": "bc2"},
    "expired": {"exp": NOW - 3600, "iat": NOW - 90_000, "nbf": NOW - 90_000},
    "no expiry": {"exp": None},
    "not yet": {"nbf": NOW + 3600, "iat": NOW + 3600},
    "no subject": {"sub": None},
    "strange subject": {"sub": "shops/1"},
    "empty subject": {"sub": "stores/"},
    "number subject": {"sub": 5},
}
CALLBACKS = ["load", "uninstall", "remove_user"]


def call(client: httpx.Client, name: str, payload: str) -> httpx.Response:
    """What BigCommerce sends to one of the signed callbacks."""
    return client.get(f"/bigcommerce/{name}", params={"signed_payload_jwt": payload})


def reinstall(client: httpx.Client, big_commerce: BigCommerce, merchant: Merchant) -> None:
    """The merchant installs the app again from the control panel."""
    login = big_commerce.login
    query = login.callback_query(merchant.shop.hash, login.code_for(merchant.shop.hash))
    assert client.get("/bigcommerce/auth", params=query).status_code == 200


@pytest.mark.parametrize("name", CALLBACKS)
@pytest.mark.parametrize("forgery", FORGED)
def test_forged_payloads_are_refused(
    merchant: Merchant, anonymous: httpx.Client, name: str, forgery: str
) -> None:
    payload = signed_payload(merchant.shop.hash, **FORGED[forgery])
    answer = call(anonymous, name, payload)
    assert 400 <= answer.status_code < 500, answer.text


@pytest.mark.parametrize("name", CALLBACKS)
@pytest.mark.parametrize("payload", ["", "x", "a.b.c", "é.é.é", "." * 50, "a" * 20_000])
def test_garbage_payloads_are_refused(anonymous: httpx.Client, name: str, payload: str) -> None:
    assert 400 <= call(anonymous, name, payload).status_code < 500
    assert 400 <= anonymous.get(f"/bigcommerce/{name}").status_code < 500


def test_a_payload_with_swapped_claims_is_refused(
    merchant: Merchant, anonymous: httpx.Client
) -> None:
    mine = signed_payload(merchant.shop.hash).split(".")
    other = signed_payload("otherstore").split(".")
    answer = call(anonymous, "uninstall", f"{mine[0]}.{other[1]}.{mine[2]}")
    assert 400 <= answer.status_code < 500


def test_load_shows_a_page_for_the_control_panel(
    merchant: Merchant, anonymous: httpx.Client
) -> None:
    merchant.connect()
    page = call(anonymous, "load", signed_payload(merchant.shop.hash))
    assert page.status_code == 200
    assert "text/html" in page.headers["content-type"]
    policy = page.headers["content-security-policy"]
    assert "frame-ancestors" in policy
    assert "https://*.mybigcommerce.com" in policy
    assert "x-frame-options" not in page.headers
    assert "set-cookie" not in page.headers
    assert str(merchant.shop.token) not in page.text
    assert merchant.key not in page.text


def test_uninstall_stops_everything(merchant: Merchant, anonymous: httpx.Client) -> None:
    merchant.install()
    payload = signed_payload(merchant.shop.hash)
    assert call(anonymous, "uninstall", payload).status_code == 200
    connection = merchant.get(f"/v1/connections/{merchant.connection_id}")
    assert connection["status"] == "uninstalled"
    merchant.shop.log.clear()
    started = merchant.http.post(
        "/v1/runs", json={"channel_id": merchant.channel_id, "integration": "get_orders"}
    )
    assert started.status_code in (202, 409, 422)
    if started.status_code == 202:
        assert merchant.wait(started.json())["status"] == "failed"
    assert merchant.shop.log == []


def test_a_replayed_uninstall_is_refused(
    merchant: Merchant, anonymous: httpx.Client, big_commerce: BigCommerce
) -> None:
    merchant.install()
    payload = signed_payload(merchant.shop.hash)
    assert call(anonymous, "uninstall", payload).status_code == 200
    reinstall(anonymous, big_commerce, merchant)
    again = call(anonymous, "uninstall", payload)
    rows = merchant.all("/v1/connections")
    mine = [row["status"] for row in rows if row["store_hash"] == merchant.shop.hash]
    assert "active" in mine
    assert 400 <= again.status_code < 500, again.text


def test_an_uninstall_of_the_app_leaves_a_token_connection_alone(
    merchant: Merchant, anonymous: httpx.Client
) -> None:
    """A store-level API account is no install: its token outlives the app."""
    merchant.connect()
    call(anonymous, "uninstall", signed_payload(merchant.shop.hash))
    connection = merchant.get(f"/v1/connections/{merchant.connection_id}")
    assert connection["status"] == "active"


def test_remove_user_is_taken_once(merchant: Merchant, anonymous: httpx.Client) -> None:
    merchant.connect()
    user = {"id": 77, "email": "clerk@kontor.example", "locale": "en"}
    call(anonymous, "load", signed_payload(merchant.shop.hash, user=user))
    payload = signed_payload(merchant.shop.hash, user=user)
    assert call(anonymous, "remove_user", payload).status_code == 200
    assert 400 <= call(anonymous, "remove_user", payload).status_code < 500
    connection = merchant.get(f"/v1/connections/{merchant.connection_id}")
    assert connection["status"] == "active"


@pytest.mark.parametrize(
    "change",
    [
        {"code": "0" * 30},
        {"code": ""},
        {"context": "stores/otherstore"},
        {"context": "../../x"},
        {"context": ""},
        {"context": "stores/%00"},
    ],
)
def test_forged_install_callbacks_connect_nothing(
    merchant: Merchant, big_commerce: BigCommerce, anonymous: httpx.Client, change: dict[str, str]
) -> None:
    login = big_commerce.login
    token = merchant.shop.token
    query = login.callback_query(merchant.shop.hash, login.code_for(merchant.shop.hash))
    answer = anonymous.get("/bigcommerce/auth", params={**query, **change})
    assert 400 <= answer.status_code < 500, answer.text
    assert merchant.shop.token == token


def test_a_replayed_install_code_changes_nothing(
    merchant: Merchant, big_commerce: BigCommerce, anonymous: httpx.Client
) -> None:
    login = big_commerce.login
    query = login.callback_query(merchant.shop.hash, login.code_for(merchant.shop.hash))
    assert anonymous.get("/bigcommerce/auth", params=query).status_code == 200
    exchanges, token = len(login.exchanges), merchant.shop.token
    again = anonymous.get("/bigcommerce/auth", params=query)
    assert again.status_code < 500
    assert len(login.exchanges) == exchanges
    assert merchant.shop.token == token
    assert str(token) not in again.text


def test_an_install_does_not_join_anyones_account(
    merchant: Merchant, stranger: Merchant, big_commerce: BigCommerce, anonymous: httpx.Client
) -> None:
    """A browser without the pending connection's ticket cannot claim a store for it."""
    stranger.open_channel()
    body = {
        "channel_id": stranger.channel_id,
        "method": "oauth2",
        "store_hash": merchant.shop.hash,
    }
    pending = stranger.send("POST", "/v1/connections", 201, json=body)
    login = big_commerce.login
    query = login.callback_query(merchant.shop.hash, login.code_for(merchant.shop.hash))
    anonymous.get("/bigcommerce/auth", params=query)
    assert stranger.get(f"/v1/connections/{pending['id']}")["status"] == "pending"


def test_an_install_with_too_few_scopes(
    merchant: Merchant, big_commerce: BigCommerce, anonymous: httpx.Client
) -> None:
    merchant.shop.scopes = "store_v2_information"
    login = big_commerce.login
    query = login.callback_query(merchant.shop.hash, login.code_for(merchant.shop.hash))
    assert anonymous.get("/bigcommerce/auth", params=query).status_code < 500


def test_an_install_while_the_login_host_fails(
    merchant: Merchant, big_commerce: BigCommerce, anonymous: httpx.Client
) -> None:
    login = big_commerce.login
    query = login.callback_query(merchant.shop.hash, login.code_for(merchant.shop.hash))
    redirect_uri = login.redirect_uri
    try:
        login.redirect_uri = "https://elsewhere.example/auth"
        answer = anonymous.get("/bigcommerce/auth", params=query)
    finally:
        login.redirect_uri = redirect_uri
    assert answer.status_code in (400, 401, 403, 422, 502, 503), answer.text
    assert "text/html" in answer.headers["content-type"]
    assert CLIENT_SECRET not in answer.text


def test_webhooks_without_the_secret_are_401(merchant: Merchant, anonymous: httpx.Client) -> None:
    merchant.connect()
    secret = next(iter(merchant.shop.hooks.values()))["headers"]["X-Quayside-Webhook-Secret"]
    event = {
        "scope": "store/order/created",
        "store_id": "1025646",
        "data": {"type": "order", "id": 1},
        "hash": "ab" * 20,
        "created_at": NOW,
        "producer": f"stores/{merchant.shop.hash}",
    }
    path = "/bigcommerce/webhooks"
    for headers in ({}, {"X-Quayside-Webhook-Secret": "wrong"}):
        assert anonymous.post(path, json=event, headers=headers).status_code == 401
    good = {"X-Quayside-Webhook-Secret": secret}
    elsewhere = {**event, "producer": "stores/otherstore"}
    assert anonymous.post(path, json=elsewhere, headers=good).status_code == 401
    for garbage in (b"", b"{", b"[]", b"null", b'"x"', b"\xff"):
        answer = anonymous.post(path, content=garbage, headers=good)
        assert 400 <= answer.status_code < 500
    taken = anonymous.post(path, json=event, headers=good)
    assert (taken.status_code, taken.content) == (200, b"")

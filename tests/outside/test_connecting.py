"""Connecting a store by token and by install, and what becomes of the connection."""

from __future__ import annotations

import json

import pytest

from tests.outside.lookalike.goods import stock_up
from tests.outside.lookalike.login import CLIENT_ID
from tests.outside.lookalike.server import BigCommerce
from tests.outside.lookalike.shop import Record
from tests.outside.merchant import Merchant
from tests.outside.problems import field_named, problem

UNITS = [
    ("Ounces", "oz", "Centimeters", "cm"),
    ("Grams", "g", "Inches", "in"),
    ("Kilograms", "kg", "Inches", "in"),
    ("Tonnes", "t", "Inches", "in"),
]


def test_a_token_connection_is_active_after_a_real_check(merchant: Merchant) -> None:
    merchant.open_channel()
    merchant.shop.log.clear()
    connection = merchant.send("POST", "/v1/connections", 201, json=merchant.token_body())
    assert connection["status"] == "active"
    assert merchant.shop.count("v2/store") + merchant.shop.count("v2/time") >= 1
    assert all(entry.headers["accept"] == "application/json" for entry in merchant.shop.log)
    assert all(entry.headers.get("user-agent", "").strip() for entry in merchant.shop.log)
    channel = merchant.get(f"/v1/channels/{merchant.channel_id}")
    assert channel["connection_id"] == connection["id"]
    assert merchant.get(f"/v1/connections/{connection['id']}")["status"] == "active"
    ids = [row["id"] for row in merchant.all("/v1/connections")]
    assert connection["id"] in ids


def test_connecting_costs_few_requests(merchant: Merchant) -> None:
    merchant.open_channel()
    merchant.shop.log.clear()
    merchant.send("POST", "/v1/connections", 201, json=merchant.token_body())
    assert len(merchant.shop.log) <= 20, [f"{e.method} {e.path}" for e in merchant.shop.log]


@pytest.mark.parametrize("wrong", ["token", "store", "api_down"])
def test_a_wrong_token_is_rejected(merchant: Merchant, wrong: str) -> None:
    merchant.open_channel()
    changes: dict[str, Record] = {
        "token": {"access_token": "wrong"},
        "store": {"store_hash": "nosuchstore"},
    }
    if wrong == "api_down":
        merchant.shop.behaviour.go_down(60)
        answer = merchant.http.post("/v1/connections", json=merchant.token_body())
        assert 400 <= answer.status_code < 600
        assert answer.status_code != 500
        problem(answer, answer.status_code)
    else:
        body = merchant.token_body(**changes[wrong])
        problem(merchant.http.post("/v1/connections", json=body), 422, "connection_rejected")
    assert merchant.get(f"/v1/channels/{merchant.channel_id}")["connection_id"] is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"method": "telepathy"}, "method"),
        ({"store_hash": "https://store.example"}, "store_hash"),
        ({"access_token": ""}, "access_token"),
        ({"extra": 1}, "extra"),
    ],
)
def test_bodies_that_make_no_sense(merchant: Merchant, change: Record, field: str) -> None:
    merchant.open_channel()
    answer = merchant.http.post("/v1/connections", json=merchant.token_body(**change))
    field_named(problem(answer, 422), field)


def test_a_connection_for_no_channel(merchant: Merchant) -> None:
    body = {**merchant.token_body(), "channel_id": "00000000-0000-0000-0000-000000000000"}
    problem(merchant.http.post("/v1/connections", json=body), 404)


def test_another_accounts_store_is_409(merchant: Merchant, stranger: Merchant) -> None:
    merchant.connect()
    stranger.shop = merchant.shop
    stranger.open_channel()
    answer = stranger.http.post("/v1/connections", json=stranger.token_body())
    problem(answer, 409, "store_already_connected")
    assert merchant.get(f"/v1/connections/{merchant.connection_id}")["status"] == "active"


@pytest.mark.parametrize(("weight", "weight_key", "length", "length_key"), UNITS)
def test_the_connection_test_reports_the_store(
    merchant: Merchant, weight: str, weight_key: str, length: str, length_key: str
) -> None:
    merchant.shop.weight_units, merchant.shop.dimension_units = weight, length
    merchant.connect()
    report = merchant.send("POST", f"/v1/connections/{merchant.connection_id}/test")
    assert report["store"] == {
        "name": "Kontor Süd",
        "currency": "USD",
        "weight_units": weight_key,
        "dimension_units": length_key,
        "timezone": "America/Chicago",
    }


def test_the_connection_test_checks_each_resource(merchant: Merchant) -> None:
    merchant.connect()
    report = merchant.send("POST", f"/v1/connections/{merchant.connection_id}/test")
    assert report["ok"] is True
    checks = {check["resource"]: check for check in report["checks"]}
    assert set(checks) == {"information", "products", "orders", "inventory", "webhooks"}
    assert all(check["ok"] is True for check in checks.values())
    assert report["rate_limit"]["quota"] == merchant.shop.behaviour.quota
    assert report["rate_limit"]["window_ms"] == 30_000
    assert 0 < report["rate_limit"]["left"] < merchant.shop.behaviour.quota


def test_a_missing_scope_shows_in_its_own_check(merchant: Merchant) -> None:
    merchant.connect()
    merchant.shop.scopes = "store_v2_products store_v2_information store_inventory"
    report = merchant.send("POST", f"/v1/connections/{merchant.connection_id}/test")
    assert report["ok"] is False
    failed = [check for check in report["checks"] if not check["ok"]]
    assert [check["resource"] for check in failed] == ["orders"]
    assert failed[0]["code"]
    assert failed[0]["detail"]


def test_the_connection_test_of_a_dead_token(merchant: Merchant) -> None:
    merchant.connect()
    merchant.shop.token = "rotated"
    report = merchant.send("POST", f"/v1/connections/{merchant.connection_id}/test")
    assert report["ok"] is False
    connection = merchant.get(f"/v1/connections/{merchant.connection_id}")
    assert connection["status"] == "needs_reauthorization"


def test_a_401_during_a_run_needs_reauthorization(merchant: Merchant) -> None:
    merchant.connect()
    merchant.shop.token = "rotated"
    run = merchant.wait(merchant.start("import_listings"))
    assert run["status"] == "failed"
    connection = merchant.get(f"/v1/connections/{merchant.connection_id}")
    assert connection["status"] == "needs_reauthorization"
    path = f"/v1/channels/{merchant.channel_id}/integrations/get_orders"
    assert merchant.get(path)["paused"] is True
    asked = len(merchant.shop.log)
    started = merchant.http.post(
        "/v1/runs", json={"channel_id": merchant.channel_id, "integration": "get_orders"}
    )
    assert started.status_code in (202, 409, 422)
    if started.status_code == 202:
        assert merchant.wait(started.json())["status"] == "failed"
    assert len(merchant.shop.log) - asked <= 1
    merchant.shop.token = "renewed-0123456789abcdef"
    body = merchant.token_body()
    renewed = merchant.http.post("/v1/connections", json=body)
    assert renewed.status_code in (200, 201), renewed.text
    assert renewed.json()["status"] == "active"
    assert merchant.get(path)["paused"] is False


def test_an_install_in_the_browser_connects_the_store(
    merchant: Merchant, big_commerce: BigCommerce
) -> None:
    big_commerce.login.finished.clear()
    landed = merchant.install()
    assert landed.status_code == 200, landed.text
    assert big_commerce.login.finished == ["succeeded"]
    assert landed.url.path == f"/app/{CLIENT_ID}/install/succeeded"
    connection = merchant.get(f"/v1/connections/{merchant.connection_id}")
    assert connection["status"] == "active"
    assert connection["store_hash"] == merchant.shop.hash
    assert merchant.shop.hooks, "the install registered no webhooks"
    stock_up(merchant.shop, 3)
    assert merchant.run("import_listings")["counts"]["created"] == 3


def test_a_reinstall_takes_the_new_token(merchant: Merchant, big_commerce: BigCommerce) -> None:
    merchant.install()
    old_token = merchant.shop.token
    login = big_commerce.login
    query = login.callback_query(merchant.shop.hash, login.code_for(merchant.shop.hash))
    with merchant.service.client() as window:
        page = window.get("/bigcommerce/auth", params=query)
    assert page.status_code == 200
    assert "text/html" in page.headers["content-type"]
    assert "frame-ancestors" in page.headers["content-security-policy"]
    assert "x-frame-options" not in page.headers
    assert merchant.shop.token != old_token
    connection = merchant.get(f"/v1/connections/{merchant.connection_id}")
    assert connection["status"] == "active"
    rows = [
        row for row in merchant.all("/v1/connections") if row["store_hash"] == merchant.shop.hash
    ]
    assert len(rows) == 1
    merchant.run("import_listings")


def test_a_reinstall_heals_a_dead_connection(merchant: Merchant, big_commerce: BigCommerce) -> None:
    merchant.install()
    merchant.shop.token = "revoked"
    merchant.send("POST", f"/v1/connections/{merchant.connection_id}/test")
    login = big_commerce.login
    query = login.callback_query(merchant.shop.hash, login.code_for(merchant.shop.hash))
    with merchant.service.client() as window:
        window.get("/bigcommerce/auth", params=query)
    connection = merchant.get(f"/v1/connections/{merchant.connection_id}")
    assert connection["status"] == "active"
    merchant.run("get_orders")


def test_hooks_are_registered_once_and_repaired(merchant: Merchant) -> None:
    merchant.connect()
    hooks = list(merchant.shop.hooks.values())
    assert hooks
    assert len({hook["scope"] for hook in hooks}) == len(hooks)
    for hook in hooks:
        assert hook["destination"] == f"{merchant.service.url}/bigcommerce/webhooks"
        assert hook["is_active"] is True
        assert len(hook["headers"]["X-Quayside-Webhook-Secret"]) >= 16
    path = f"/v1/connections/{merchant.connection_id}/webhooks"
    report = merchant.get(path)
    assert report["problems"] == []
    lost, idle = hooks[0], hooks[1]
    del merchant.shop.hooks[lost["id"]]
    idle["is_active"] = False
    assert len(merchant.get(path)["problems"]) == 2
    merchant.send("POST", f"{path}/repair")
    assert merchant.get(path)["problems"] == []
    assert idle["is_active"] is True
    scopes = sorted(hook["scope"] for hook in merchant.shop.hooks.values())
    assert scopes == sorted(hook["scope"] for hook in hooks)


def test_a_deleted_connection_is_gone(merchant: Merchant) -> None:
    merchant.connect()
    path = f"/v1/connections/{merchant.connection_id}"
    assert merchant.http.delete(path).status_code == 204
    gone = merchant.http.get(path)
    assert gone.status_code in (200, 404)
    if gone.status_code == 200:
        assert gone.json()["status"] == "uninstalled"
    channel = merchant.get(f"/v1/channels/{merchant.channel_id}")
    assert channel["connection_id"] is None
    assert merchant.connect()["status"] == "active"


def test_secrets_are_never_returned(merchant: Merchant) -> None:
    merchant.open_channel()
    body = merchant.token_body(client_id="abc", client_secret="very-secret-client-secret")
    answer = merchant.http.post("/v1/connections", json=body)
    assert answer.status_code == 201
    path = f"/v1/connections/{answer.json()['id']}"
    texts = [
        answer.text,
        merchant.http.get(path).text,
        merchant.http.get("/v1/connections", params={"limit": 200}).text,
        merchant.http.post(f"{path}/test").text,
        merchant.http.get(f"{path}/webhooks").text,
        merchant.http.get("/v1/audit-events", params={"limit": 200}).text,
    ]
    secret = next(iter(merchant.shop.hooks.values()))["headers"]["X-Quayside-Webhook-Secret"]
    for text in texts:
        for hidden in (str(merchant.shop.token), "very-secret-client-secret", secret):
            assert hidden not in text
        assert json.loads(text)

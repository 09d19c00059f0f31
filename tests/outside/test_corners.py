"""Odd requests, and calls at awkward moments."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.outside.lookalike.sales import sell
from tests.outside.merchant import Merchant
from tests.outside.problems import field_named, problem
from tests.outside.test_running import slow_import

JSON = {"Content-Type": "application/json"}
BODIES: dict[str, tuple[bytes, dict[str, str]]] = {
    "nothing": (b"", JSON),
    "null": (b"null", JSON),
    "a list": (b"[]", JSON),
    "text": (b'"x"', JSON),
    "not a number": (b'{"name": NaN}', JSON),
    "infinity": (b'{"name": 1e999}', JSON),
    "deep": (b'{"name":' + b"[" * 5000 + b"]" * 5000 + b"}", JSON),
    "bad utf-8": (b'{"name": "\xff\xfe"}', JSON),
    "a nul": (b'{"name": "a\\u0000b"}', JSON),
    "half a surrogate": (b'{"name": "\\ud800"}', JSON),
    "a form": (b"name=x&type=bigcommerce", {"Content-Type": "application/x-www-form-urlencoded"}),
    "xml": (b"<name/>", {"Content-Type": "application/xml"}),
    "no type": (b'{"name": 5}', {"Content-Type": ""}),
    "huge number": (b'{"name": ' + b"9" * 6000 + b"}", JSON),
}


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("path", ["/v1/channels", "/v1/connections", "/v1/runs", "/v1/templates"])
def test_bodies_that_are_no_json_object(merchant: Merchant, path: str, body: str) -> None:
    content, headers = BODIES[body]
    answer = merchant.http.post(path, content=content, headers=headers)
    assert 400 <= answer.status_code < 500, answer.text
    problem(answer, answer.status_code)


def test_a_body_of_many_megabytes(merchant: Merchant) -> None:
    answer = merchant.http.post("/v1/channels", json={"name": "x" * 12_000_000})
    assert answer.status_code in (413, 422)
    problem(answer, answer.status_code)


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        ("/v1/listings", "health", "splendid"),
        ("/v1/listings", "linked", "perhaps"),
        ("/v1/orders", "updated_since", "yesterday"),
        ("/v1/orders", "updated_since", "2026-13-01T00:00:00Z"),
        ("/v1/orders", "status", "lost"),
        ("/v1/runs", "status", "resting"),
        ("/v1/runs", "integration", "teleport"),
    ],
)
def test_filters_that_mean_nothing(merchant: Merchant, path: str, name: str, value: str) -> None:
    field_named(problem(merchant.http.get(path, params={name: value}), 422), name)


def test_a_key_in_the_address_is_no_key(merchant: Merchant, anonymous: httpx.Client) -> None:
    for name in ("key", "token", "access_token", "api_key"):
        problem(anonymous.get("/v1/channels", params={name: merchant.key}), 401)


def test_the_authorization_url_is_ours_and_public(merchant: Merchant) -> None:
    merchant.open_channel()
    body: dict[str, Any] = {
        "channel_id": merchant.channel_id,
        "method": "oauth2",
        "store_hash": merchant.shop.hash,
    }
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    answer = merchant.http.post("/v1/connections", json=body, headers=headers)
    if answer.status_code == 201:
        url = urlsplit(answer.json()["authorization_url"])
        ours = urlsplit(merchant.service.url)
        store = urlsplit(merchant.service.big_commerce.url)
        assert url.netloc in (ours.netloc, store.netloc)
    else:
        assert 400 <= answer.status_code < 500


def test_a_second_install_replaces_the_first_pending_one(merchant: Merchant) -> None:
    merchant.open_channel()
    body = {
        "channel_id": merchant.channel_id,
        "method": "oauth2",
        "store_hash": merchant.shop.hash,
    }
    first = merchant.send("POST", "/v1/connections", 201, json=body)
    second = merchant.http.post("/v1/connections", json=body)
    assert second.status_code in (201, 409)
    if second.status_code == 201:
        assert second.json()["authorization_url"] != first["authorization_url"]
    landed = merchant.install()
    assert landed.status_code == 200
    assert merchant.get(f"/v1/connections/{merchant.connection_id}")["status"] == "active"


def test_a_channel_deleted_under_its_run(merchant: Merchant) -> None:
    run = slow_import(merchant, 600)
    merchant.wait_for(run, {"running"})
    answer = merchant.http.delete(f"/v1/channels/{merchant.channel_id}")
    assert answer.status_code in (204, 409)
    if answer.status_code == 409:
        problem(answer, 409)
        assert merchant.wait(run)["status"] == "succeeded"
    else:
        gone = merchant.http.get(f"/v1/runs/{run['id']}")
        assert gone.status_code in (200, 404)
        assert merchant.all("/v1/runs", channel_id=merchant.channel_id) == [] or (
            merchant.wait(run)["status"] in ("cancelled", "failed")
        )


def test_a_connection_deleted_under_its_run(merchant: Merchant) -> None:
    run = slow_import(merchant, 600)
    merchant.wait_for(run, {"running"})
    answer = merchant.http.delete(f"/v1/connections/{merchant.connection_id}")
    assert answer.status_code in (204, 409)
    done = merchant.wait(run, 30)
    assert done["status"] in ("succeeded", "cancelled", "failed")
    asked = len(merchant.shop.log)
    merchant.get(f"/v1/runs/{run['id']}")
    assert len(merchant.shop.log) == asked


def test_a_plan_that_is_no_plan(merchant: Merchant) -> None:
    sell(merchant.shop, 1)
    merchant.connect()
    run = merchant.run("get_orders")
    answer = merchant.http.post("/v1/runs", json={"plan_run_id": run["id"]})
    assert answer.status_code in (409, 422)
    problem(answer, answer.status_code)
    problem(merchant.http.post("/v1/runs", json={}), 422)


def test_an_archived_order_is_not_taken_for_work(merchant: Merchant) -> None:
    sell(merchant.shop, 2)
    merchant.shop.orders[0]["is_deleted"] = True
    merchant.connect()
    merchant.run("get_orders")
    rows = merchant.all("/v1/orders", channel_id=merchant.channel_id)
    working = {row["external_id"] for row in rows if not row["archived"]}
    assert working == {str(merchant.shop.orders[1]["id"])}

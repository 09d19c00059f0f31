"""Commands, keys, errors, lists and idempotency, as every caller meets them."""

from __future__ import annotations

import os
import re
import uuid

import httpx
import pytest

from tests.outside.driver import Service
from tests.outside.lookalike.goods import stock_up
from tests.outside.merchant import Merchant
from tests.outside.problems import field_named, problem

RFC_3339_UTC = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
ONLY_LONG = pytest.mark.skipif(
    not os.environ.get("QUAYSIDE_LONG_TESTS"), reason="one more process; QUAYSIDE_LONG_TESTS=1"
)
LISTS = ["channels", "connections", "runs", "listings", "orders", "products", "templates"]
SINGLES = ["channels", "connections", "runs", "listings", "orders", "products", "templates"]


def test_key_create_prints_one_key_and_nothing_else(service: Service) -> None:
    done = service.command("key", "create", "--account", "Printed")
    assert done.returncode == 0
    assert re.fullmatch(r"\S+\n", done.stdout), done.stdout
    assert done.stderr.strip() == ""
    again = service.command("key", "create", "--account", "Printed")
    assert again.stdout != done.stdout


@ONLY_LONG
def test_key_create_refuses_an_unknown_scope(service: Service) -> None:
    done = service.command("key", "create", "--account", "Printed", "--scope", "root")
    assert done.returncode != 0
    assert done.stdout == ""


def test_secret_prints_a_key_of_32_bytes(service: Service) -> None:
    done = service.command("secret")
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}=\n", done.stdout), done.stdout


@ONLY_LONG
def test_migrate_may_run_again(service: Service) -> None:
    assert service.command("migrate").returncode == 0


@ONLY_LONG
def test_a_database_out_of_reach_is_told_in_a_sentence(service: Service) -> None:
    environment = service.environment
    service.environment = {**environment, "QUAYSIDE_DATABASE_URL": "postgresql://127.0.0.1:1/no"}
    try:
        done = service.command("migrate")
    finally:
        service.environment = environment
    assert done.returncode != 0
    assert "Traceback" not in done.stderr, done.stderr[-2000:]


def test_health_readiness_metrics_and_docs(anonymous: httpx.Client) -> None:
    assert anonymous.get("/healthz").status_code == 200
    assert anonymous.get("/readyz").status_code == 200
    metrics = anonymous.get("/metrics")
    assert metrics.status_code == 200
    assert "text/plain" in metrics.headers["content-type"]
    assert "# TYPE" in metrics.text
    assert anonymous.get("/openapi.json").json()["openapi"].startswith("3.")
    assert anonymous.get("/docs").status_code == 200


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer nonsense", "Basic abc", "Bearer \xff", "bearer " + "x" * 5000],
)
def test_no_or_a_wrong_key_is_401(anonymous: httpx.Client, path: str, header: str | None) -> None:
    headers = [] if header is None else [(b"Authorization", header.encode("latin-1"))]
    problem(anonymous.get(f"/v1/{path}", headers=headers), 401)


def test_scopes_read_write_admin(service: Service) -> None:
    channel = {"name": "Scoped", "type": "bigcommerce"}
    with service.client(service.key("Scoped", "write")) as writer:
        created = writer.post("/v1/channels", json=channel)
        assert created.status_code == 201
        problem(writer.get("/v1/api-keys"), 403)
    with service.client(service.key("Scoped", "read")) as reader:
        assert reader.get(f"/v1/channels/{created.json()['id']}").status_code == 200
        path = f"/v1/channels/{created.json()['id']}"
        started = {"channel_id": created.json()["id"], "integration": "get_orders"}
        problem(reader.post("/v1/channels", json=channel), 403)
        problem(reader.patch(path, json={"name": "y"}), 403)
        problem(reader.delete(path), 403)
        problem(reader.post("/v1/runs", json=started), 403)
        problem(reader.put("/v1/stock", json={"levels": []}), 403)


@pytest.mark.parametrize("path", SINGLES)
@pytest.mark.parametrize(
    "wrong", ["01a20771-92b3-700e-b6c9-7a8091cc4442", "nonsense", "0", "%20", "a" * 300]
)
def test_an_unknown_id_is_404(merchant: Merchant, path: str, wrong: str) -> None:
    problem(merchant.http.get(f"/v1/{path}/{wrong}"), 404)


def test_another_accounts_id_is_404(merchant: Merchant, stranger: Merchant) -> None:
    channel = merchant.open_channel()["id"]
    connection = merchant.connect()["id"]
    run = merchant.wait(merchant.start("import_listings"))["id"]
    for method, path in [
        ("GET", f"/v1/channels/{channel}"),
        ("PATCH", f"/v1/channels/{channel}"),
        ("DELETE", f"/v1/channels/{channel}"),
        ("GET", f"/v1/channels/{channel}/integrations"),
        ("GET", f"/v1/channels/{channel}/integrations/get_orders"),
        ("GET", f"/v1/connections/{connection}"),
        ("DELETE", f"/v1/connections/{connection}"),
        ("POST", f"/v1/connections/{connection}/test"),
        ("GET", f"/v1/connections/{connection}/webhooks"),
        ("GET", f"/v1/runs/{run}"),
        ("GET", f"/v1/runs/{run}/items"),
        ("GET", f"/v1/runs/{run}/log"),
        ("GET", f"/v1/runs/{run}/events"),
        ("POST", f"/v1/runs/{run}/cancel"),
        ("POST", f"/v1/runs/{run}/retry"),
    ]:
        json = {"name": "mine now"} if method == "PATCH" else None
        problem(stranger.http.request(method, path, json=json), 404)
    started = {"channel_id": channel, "integration": "get_orders", "mode": "execute"}
    problem(stranger.http.post("/v1/runs", json=started), 404)
    assert channel not in stranger.http.get("/v1/channels", params={"limit": 200}).text


def test_unknown_fields_and_broken_bodies(merchant: Merchant) -> None:
    body = {"name": "Store", "type": "bigcommerce", "colour": "red"}
    field_named(problem(merchant.http.post("/v1/channels", json=body), 422), "colour")
    field_named(problem(merchant.http.post("/v1/channels", json={"name": 5}), 422), "name")
    bad = merchant.http.post(
        "/v1/channels", content=b'{"name":', headers={"Content-Type": "application/json"}
    )
    assert bad.status_code in (400, 422)
    problem(bad, bad.status_code)
    problem(merchant.http.get("/v1/nowhere"), 404)
    problem(merchant.http.put("/v1/channels"), 405)


def test_lists_take_a_limit_of_1_to_200(merchant: Merchant) -> None:
    for path in LISTS:
        assert set(merchant.get(f"/v1/{path}", limit=1)) == {"data", "next_cursor"}
        merchant.get(f"/v1/{path}", limit=200)
        for wrong in ("0", "201", "-1", "x", "1e3"):
            answer = merchant.http.get(f"/v1/{path}", params={"limit": wrong})
            field_named(problem(answer, 422), "limit")


@pytest.mark.parametrize(
    "cursor", ["x", "%", "\x00", "a" * 5000, "PnV1aWQ6", "bnVsbA==", "Pmk6MQ==", "é", "PnM6Jw=="]
)
def test_a_garbage_cursor_is_refused(merchant: Merchant, cursor: str) -> None:
    for path in LISTS:
        problem(merchant.http.get(f"/v1/{path}", params={"cursor": cursor}), 422)


def test_paging_shows_every_row_once(merchant: Merchant) -> None:
    stock_up(merchant.shop, 23)
    merchant.connect()
    merchant.run("import_listings")
    sizes, seen = [], []
    for page in merchant.pages("/v1/listings", channel_id=merchant.channel_id, limit=5):
        sizes.append(len(page["data"]))
        seen += [row["external_id"] for row in page["data"]]
    assert sizes == [5, 5, 5, 5, 3]
    assert sorted(seen) == sorted(str(product["id"]) for product in merchant.shop.products)
    assert len(merchant.get("/v1/listings")["data"]) <= 50


def test_idempotency_keys(merchant: Merchant, stranger: Merchant) -> None:
    key = {"Idempotency-Key": str(uuid.uuid4())}
    body = {"name": "Once", "type": "bigcommerce"}
    first = merchant.http.post("/v1/channels", json=body, headers=key)
    again = merchant.http.post("/v1/channels", json=body, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = merchant.http.post("/v1/channels", json={**body, "name": "Twice"}, headers=key)
    problem(other, 409, "idempotency_key_reused")
    theirs = stranger.http.post("/v1/channels", json=body, headers=key)
    assert theirs.status_code == 201
    assert theirs.json()["id"] != first.json()["id"]


def test_an_idempotency_key_on_another_path_is_not_the_same_request(merchant: Merchant) -> None:
    key = {"Idempotency-Key": str(uuid.uuid4())}
    merchant.open_channel()
    set_body = {"name": f"Set {uuid.uuid4()}", "entries": []}
    first = merchant.http.post("/v1/mapping-sets", json=set_body, headers=key)
    assert first.status_code == 201
    other = merchant.http.post("/v1/channels", json={"name": "Other"}, headers=key)
    assert other.status_code in (201, 409)
    if other.status_code == 201:
        assert other.json()["name"] == "Other"


def test_timestamps_and_ids(merchant: Merchant) -> None:
    channel = merchant.open_channel()
    assert RFC_3339_UTC.match(channel["created_at"])
    assert isinstance(channel["id"], str)

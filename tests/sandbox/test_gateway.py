"""Quota, tokens, content types and faults."""

import httpx
import pytest

from tests.sandbox.conftest import SMALL, Store, Timer
from tests.sandbox.live import serving

WINDOW = "X-Rate-Limit-Time-Window-Ms"
RESET = "X-Rate-Limit-Time-Reset-Ms"
QUOTA = "X-Rate-Limit-Requests-Quota"
LEFT = "X-Rate-Limit-Requests-Left"


async def test_every_answer_carries_the_limit_headers(store: Store) -> None:
    for path in ("v2/time", "v3/catalog/brands", "v3/nothing", "v2/orders/999999"):
        answer = await store.api.get(path)
        assert answer.headers[QUOTA] == str(SMALL.quota)
        assert answer.headers[WINDOW] == "30000"
        assert int(answer.headers[LEFT]) < SMALL.quota


async def test_the_window_runs_out_answers_429_and_opens_again(store: Store, timer: Timer) -> None:
    await store.control("POST", "quota", quota=2, window_ms=5000, left=2)
    assert [(await store.api.get("v2/time")).status_code for _ in range(3)] == [200, 200, 429]
    refused = await store.api.get("v2/time")
    assert refused.headers[LEFT] == "0"
    assert refused.headers["X-Retry-After"] == "5"
    timer.now += int(refused.headers[RESET]) / 1000
    assert (await store.api.get("v2/time")).status_code == 200


async def test_a_rival_app_uses_the_same_quota(store: Store, timer: Timer) -> None:
    await store.control("POST", "quota", quota=100, left=100)
    await store.control("POST", "rival", per_second=10)
    timer.now += 3
    assert (await store.api.get("v2/time")).headers[LEFT] == "69"
    timer.now += 8
    assert (await store.api.get("v2/time")).status_code == 429


async def test_tokens_hashes_paths_and_methods_are_checked(store: Store) -> None:
    missing = await store.web.get("/stores/sandbox01/v2/store")
    assert missing.status_code == 401
    assert isinstance(missing.json(), list)
    wrong = await store.api.get("v3/catalog/brands", headers={"X-Auth-Token": "no"})
    assert wrong.status_code == 401
    assert wrong.json()["title"] == "Unauthorized"
    other = await store.web.get("/stores/other/v2/store", headers={"X-Auth-Token": SMALL.token()})
    assert other.status_code == 404
    assert (await store.api.get("v3/nothing")).status_code == 404
    assert (await store.api.get("v2/orders/abc")).status_code == 404
    method = await store.api.delete("v2/store")
    assert (method.status_code, method.headers["Allow"]) == (405, "GET")


async def test_content_types_are_checked(store: Store) -> None:
    xml = await store.api.get("v2/store", headers={"Accept": "application/xml"})
    assert xml.status_code == 406
    form = await store.api.post("v3/catalog/brands", data={"name": "x"})
    assert form.status_code == 415
    broken = await store.api.post(
        "v3/catalog/brands", content=b"{", headers={"Content-Type": "application/json"}
    )
    assert broken.status_code == 422


@pytest.mark.parametrize(
    ("rule", "status"),
    [
        ({"effect": "status", "status": 500}, 500),
        ({"effect": "status", "status": 502, "body": "html"}, 502),
        ({"effect": "status", "status": 504, "body": "empty"}, 504),
        ({"effect": "status", "status": 423, "body": "text"}, 423),
        ({"effect": "unavailable"}, 503),
        ({"effect": "rate_limit"}, 429),
        ({"effect": "overload"}, 429),
    ],
)
async def test_a_fault_answers_instead_of_the_store(
    store: Store, rule: dict[str, object], status: int
) -> None:
    await store.web.post("/sandbox/faults", json=[{**rule, "path": "^/v2/time$", "count": 1}])
    answer = await store.api.get("v2/time")
    assert answer.status_code == status
    assert (LEFT in answer.headers) is (rule["effect"] != "overload")
    assert ("X-Retry-After" in answer.headers) is (rule["effect"] == "rate_limit")
    assert (await store.api.get("v2/time")).status_code == 200


async def test_faults_choose_by_method_path_and_rhythm(store: Store) -> None:
    rule = {"effect": "status", "method": "GET", "path": "time", "every": 3, "skip": 1}
    await store.web.post("/sandbox/faults", json={"rules": [rule]})
    found = [(await store.api.get("v2/time")).status_code for _ in range(7)]
    assert found == [200, 200, 200, 500, 200, 200, 500]
    assert (await store.api.get("v2/store")).status_code == 200
    listed = (await store.web.get("/sandbox/faults")).json()["faults"][0]
    assert (listed["seen"], listed["fired"]) == (7, 2)
    await store.web.delete("/sandbox/faults")
    assert (await store.api.get("v2/time")).status_code == 200


async def test_a_dropped_answer_took_effect(store: Store) -> None:
    rule = {"effect": "drop_response", "method": "POST", "count": 1}
    await store.web.post("/sandbox/faults", json=rule)
    with pytest.raises(httpx.RemoteProtocolError):
        await store.api.post("v3/catalog/brands", json={"name": "Written anyway"})
    found = (await store.api.get("v3/catalog/brands?name=Written anyway")).json()
    assert found["meta"]["pagination"]["total"] == 1


async def test_a_truncated_answer_is_not_json(store: Store) -> None:
    await store.web.post("/sandbox/faults", json={"effect": "truncate", "count": 1})
    answer = await store.api.get("v3/catalog/brands")
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        answer.json()


@pytest.mark.parametrize("effect", ["close", "drop_response"])
def test_a_real_connection_is_closed(effect: str) -> None:
    with serving(SMALL) as host, httpx.Client(base_url=f"http://{host}") as client:
        client.post("/sandbox/faults", json={"effect": effect, "count": 1})
        headers = {"X-Auth-Token": SMALL.token()}
        with pytest.raises(httpx.RemoteProtocolError):
            client.get("/stores/sandbox01/v2/time", headers=headers)
        assert client.get("/stores/sandbox01/v2/time", headers=headers).status_code == 200


async def test_requests_are_logged_and_counted(store: Store) -> None:
    await store.api.get("v2/orders/100?include=fees")
    await store.api.get("v2/orders/101")
    log = (await store.web.get("/sandbox/requests")).json()
    assert log["counts"] == {"GET /v2/orders/{order_id}": 2}
    first = log["requests"][0]
    assert (first["path"], first["query"]) == ("/v2/orders/100", "include=fees")
    assert first["client_id"] == SMALL.account_client_id()
    later = (await store.web.get(f"/sandbox/requests?since={first['seq']}")).json()
    assert len(later["requests"]) == 1
    await store.web.delete("/sandbox/requests")
    assert (await store.web.get("/sandbox/requests")).json()["total"] == 0

"""Habits of every route: pages, cursors, problems, unstorable text, request ids, health."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from app.core.heartbeat import beat
from app.core.ids import new_id
from app.core.resources import Resources


async def channels(api: httpx.AsyncClient, count: int) -> list[str]:
    made = [
        (await api.post("/v1/channels", json={"name": f"Shop {n}"})).json() for n in range(count)
    ]
    return [channel["id"] for channel in made]


async def test_pages_give_every_row_once(api: httpx.AsyncClient) -> None:
    made = await channels(api, 7)
    seen: list[str] = []
    cursor: str | None = None
    pages = 0
    while pages == 0 or cursor is not None:
        params: dict[str, Any] = {"limit": 3, **({"cursor": cursor} if cursor else {})}
        page = (await api.get("/v1/channels", params=params)).json()
        seen += [row["id"] for row in page["data"]]
        cursor = page["next_cursor"]
        pages += 1
    assert seen == made
    assert pages == 3


@pytest.mark.parametrize(
    "cursor", ["x", "????", "PnM6MQ", "Pg", "", "e30", "a" * 900, "Png", "Png6eA"]
)
async def test_a_strange_cursor_is_422(api: httpx.AsyncClient, cursor: str) -> None:
    await channels(api, 1)
    answer = await api.get("/v1/channels", params={"cursor": cursor})
    assert answer.status_code in {200, 422}
    if answer.status_code == 422:
        assert answer.json()["errors"][0]["field"] == "cursor"


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
async def test_a_moment_outside_the_calendar_is_422(api: httpx.AsyncClient, moment: str) -> None:
    answer = await api.get("/v1/orders", params={"updated_since": moment})
    assert answer.status_code == 422


@pytest.mark.parametrize("limit", ["0", "201", "-1", "many"])
async def test_a_limit_outside_its_bounds_is_422(api: httpx.AsyncClient, limit: str) -> None:
    answer = await api.get("/v1/channels", params={"limit": limit})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "limit"


@pytest.mark.parametrize(
    "body", [b'{"name": "a\\u0000b"}', b'{"name": "\\ud800"}', b'{"name": "a\x00b"}']
)
async def test_text_that_cannot_be_stored_is_422(api: httpx.AsyncClient, body: bytes) -> None:
    answer = await api.post(
        "/v1/channels", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["code"] == "invalid_text"


async def test_emoji_written_as_surrogate_pairs_are_fine(api: httpx.AsyncClient) -> None:
    answer = await api.post(
        "/v1/channels",
        content=b'{"name": "Shop \\ud83d\\ude00"}',
        headers={"Content-Type": "application/json"},
    )
    assert answer.json()["name"] == "Shop 😀"


async def test_nul_in_an_address_is_422(api: httpx.AsyncClient) -> None:
    assert (await api.get("/v1/channels/%00")).status_code == 422
    assert (await api.get("/v1/listings?sku=%00")).status_code == 422
    assert (await api.get("/v1/listings?sku=%ff")).status_code == 422


async def test_problems_have_one_shape(api: httpx.AsyncClient) -> None:
    answers = [
        await api.get("/nowhere"),
        await api.put("/v1/channels"),
        await api.post("/v1/channels", content=b"{", headers={"Content-Type": "application/json"}),
        await api.post("/v1/channels", json={"name": "x", "colour": "red"}),
        await api.get(f"/v1/channels/{new_id()}"),
    ]
    assert [answer.status_code for answer in answers] == [404, 405, 400, 422, 404]
    for answer in answers:
        assert answer.headers["content-type"] == "application/problem+json"
        body = answer.json()
        assert {"type", "title", "status", "detail", "code"} <= body.keys()
        assert body["status"] == answer.status_code
    assert answers[3].json()["errors"] == [
        {
            "field": "colour",
            "code": "extra_forbidden",
            "message": "Extra inputs are not permitted",
        }
    ]


async def test_every_answer_carries_a_request_id(api: httpx.AsyncClient) -> None:
    assert (await api.get("/healthz")).headers["x-request-id"]
    given = await api.get("/healthz", headers={"X-Request-Id": "from-proxy-1"})
    assert given.headers["x-request-id"] == "from-proxy-1"
    forged = await api.get("/healthz", headers={"X-Request-Id": "a b\tc"})
    assert forged.headers["x-request-id"] != "a b\tc"


async def test_readiness_names_what_is_missing(
    anonymous: httpx.AsyncClient, resources: Resources
) -> None:
    before = await anonymous.get("/readyz")
    assert before.status_code == 503
    assert before.json()["reasons"] == ["no worker has been seen in the last seconds"]
    async with resources.unit_of_work() as uow:
        await beat(uow, new_id())
    after = await anonymous.get("/readyz")
    assert (after.status_code, after.json()["ready"]) == (200, True)


async def test_metrics_are_prometheus_text(api: httpx.AsyncClient) -> None:
    await api.get("/v1/channels")
    answer = await api.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'route="/v1/channels"' in answer.text
    assert "quayside_workers_alive" in answer.text

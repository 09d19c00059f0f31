"""The life of a run as its caller sees it."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.outside.driver import Service
from tests.outside.lookalike.goods import stock_up
from tests.outside.lookalike.sales import sell
from tests.outside.lookalike.shop import Record
from tests.outside.merchant import Merchant
from tests.outside.problems import field_named, problem

FIELDS = {
    *("id", "channel_id", "integration", "mode", "trigger", "status", "waiting_for", "progress"),
    *("counts", "requests", "created_at", "started_at", "finished_at", "eta"),
}


def events(stream: httpx.Response) -> Iterator[Record]:
    """The server-sent events of an open stream."""
    event: Record = {}
    for line in stream.iter_lines():
        if not line:
            if "event" in event:
                yield event
            event = {}
            continue
        name, _, value = line.partition(":")
        if name:
            event[name] = event.get(name, "") + value.removeprefix(" ")


def follow(merchant: Merchant, run: Record, last_id: str | None = None) -> list[Record]:
    """Read a run's events to their end."""
    headers = {"Last-Event-ID": last_id} if last_id else {}
    path = f"/v1/runs/{run['id']}/events"
    with merchant.http.stream("GET", path, headers=headers, timeout=30) as stream:
        assert stream.status_code == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        return list(events(stream))


def slow_import(merchant: Merchant, products: int = 400) -> Record:
    """An import that takes a while."""
    stock_up(merchant.shop, products)
    merchant.connect()
    merchant.shop.behaviour.delay = 0.4
    return merchant.start("import_listings")


def test_a_run_as_it_is_shown(merchant: Merchant) -> None:
    stock_up(merchant.shop, 5)
    merchant.connect()
    started = merchant.start("import_listings")
    assert set(started) >= FIELDS
    assert started["status"] in ("queued", "running")
    assert started["trigger"] == "manual"
    assert set(started["progress"]) >= {"done", "total", "unit"}
    assert set(started["counts"]) == {"created", "updated", "unchanged", "skipped", "failed"}
    assert set(started["requests"]) >= {"made", "estimated"}
    run = merchant.wait(started)
    assert run["status"] == "succeeded"
    assert run["progress"]["unit"] == "listing"
    assert run["created_at"] <= run["started_at"] <= run["finished_at"]
    channel = merchant.channel_id
    for wanted in ({}, {"integration": "import_listings"}, {"status": "succeeded"}):
        rows = merchant.all("/v1/runs", channel_id=channel, **wanted)
        assert [row["id"] for row in rows] == [run["id"]]
    assert merchant.all("/v1/runs", channel_id=channel, status="failed") == []
    assert merchant.all("/v1/runs", channel_id=channel, integration="get_orders") == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"integration": "fly"}, "integration"),
        ({"mode": "pretend"}, "mode"),
        ({"params": {"fast": True}}, "fast"),
        ({"params": {"full": "perhaps"}}, "full"),
        ({"params": {"listing_ids": ["x"]}}, "listing_ids"),
        ({"colour": 1}, "colour"),
    ],
)
def test_bad_runs(merchant: Merchant, change: Record, field: str) -> None:
    merchant.connect()
    body = {"channel_id": merchant.channel_id, "integration": "import_listings", **change}
    field_named(problem(merchant.http.post("/v1/runs", json=body), 422), field)


def test_a_run_needs_a_connection_and_an_enabled_integration(merchant: Merchant) -> None:
    merchant.open_channel(integrations=["get_orders"])
    body = {"channel_id": merchant.channel_id, "integration": "get_orders"}
    answer = merchant.http.post("/v1/runs", json=body)
    assert answer.status_code in (409, 422)
    problem(answer, answer.status_code)
    merchant.connect()
    answer = merchant.http.post("/v1/runs", json={**body, "integration": "import_listings"})
    assert answer.status_code in (202, 409, 422)


def test_only_one_run_at_a_time(merchant: Merchant) -> None:
    run = slow_import(merchant)
    body = {"channel_id": merchant.channel_id, "integration": "import_listings"}
    refused = problem(merchant.http.post("/v1/runs", json=body), 409, "run_active")
    assert refused["run_id"] == run["id"]
    sell(merchant.shop, 1)
    other = merchant.start("get_orders")
    assert merchant.wait(other)["status"] == "succeeded"
    assert merchant.wait(run)["status"] == "succeeded"
    merchant.shop.behaviour.delay = 0
    assert merchant.wait(merchant.start("import_listings"))["status"] == "succeeded"


def test_a_repeated_start_with_one_key_is_one_run(merchant: Merchant) -> None:
    merchant.connect()
    body = {"channel_id": merchant.channel_id, "integration": "get_orders"}
    key = {"Idempotency-Key": f"start-{merchant.channel_id}"}
    first = merchant.http.post("/v1/runs", json=body, headers=key)
    again = merchant.http.post("/v1/runs", json=body, headers=key)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["id"] == again.json()["id"]


def test_cancelling(merchant: Merchant) -> None:
    run = slow_import(merchant, 700)
    merchant.wait_for(run, {"running"})
    cancelled = merchant.send("POST", f"/v1/runs/{run['id']}/cancel")
    assert cancelled["id"] == run["id"]
    assert merchant.wait(run, 10)["status"] == "cancelled"
    asked = len(merchant.shop.log)
    time.sleep(1)
    assert len(merchant.shop.log) <= asked + 1
    answer = merchant.http.post(f"/v1/runs/{run['id']}/cancel")
    assert answer.status_code in (200, 409)
    merchant.shop.behaviour.delay = 0
    merchant.run("import_listings", full=True)
    assert len(merchant.all("/v1/listings", channel_id=merchant.channel_id)) == 700


def test_events_tell_the_whole_story(merchant: Merchant) -> None:
    run = slow_import(merchant, 600)
    told = follow(merchant, run)
    kinds = [event["event"] for event in told]
    assert set(kinds) <= {"status", "progress", "log", "end"}
    assert kinds[-1] == "end"
    assert kinds.count("end") == 1
    assert {"status", "progress"} <= set(kinds)
    assert all(isinstance(json.loads(event["data"]), dict) for event in told)
    resumable = [event for event in told if "id" in event]
    middle = resumable[len(resumable) // 2]
    rest = follow(merchant, run, middle["id"])
    assert rest[-1]["event"] == "end"
    position = told.index(middle)
    expected = [event["data"] for event in told[position + 1 :] if event["event"] == "log"]
    assert [event["data"] for event in rest if event["event"] == "log"] == expected


@pytest.mark.parametrize("last", ["garbage", "-1", "999999999999999999999"])
def test_events_after_a_strange_id(merchant: Merchant, last: str) -> None:
    merchant.connect()
    run = merchant.run("get_orders")
    assert follow(merchant, run, last)[-1]["event"] == "end"


def test_the_log_in_three_formats(merchant: Merchant) -> None:
    stock_up(merchant.shop, 3)
    merchant.connect()
    run = merchant.run("import_listings")
    path = f"/v1/runs/{run['id']}/log"
    lines = merchant.all(path)
    assert lines
    assert {"at", "level", "message"} <= set(lines[0])
    text = merchant.http.get(path, headers={"Accept": "text/csv"})
    assert text.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(text.text)))
    assert [row["message"] for row in rows] == [line["message"] for line in lines]
    streamed = merchant.http.get(path, headers={"Accept": "application/x-ndjson"})
    assert streamed.headers["content-type"].startswith("application/x-ndjson")
    parsed = [json.loads(line) for line in streamed.text.splitlines()]
    assert [row["message"] for row in parsed] == [line["message"] for line in lines]


def test_items_tell_outcome_code_and_message(merchant: Merchant) -> None:
    shop = merchant.shop
    stock_up(shop, 6)
    merchant.connect()
    run = merchant.run("import_listings")
    items = merchant.all(f"/v1/runs/{run['id']}/items")
    assert len(items) == 6
    names = {"entity", "external_id", "outcome", "code", "message", "field"}
    assert all(names <= set(item) for item in items)
    assert {item["entity"] for item in items} == {"listing"}
    assert {item["outcome"] for item in items} == {"created"}
    assert merchant.all(f"/v1/runs/{run['id']}/items", outcome="failed") == []
    field_named(
        problem(merchant.http.get(f"/v1/runs/{run['id']}/items", params={"outcome": "x"}), 422),
        "outcome",
    )


def failing_template(merchant: Merchant) -> Record:
    """A template that fails exactly one product of five."""
    template = default_template(merchant, "import_listings")
    mappings = dict(template["mappings"])
    mappings["listing.title"] = {
        "kind": "rules",
        "rules": [
            {
                "when": {"field": "bigcommerce_product.sku", "op": "equals", "value": "LAN-00002"},
                "then": {
                    "kind": "field",
                    "source": "bigcommerce_product.name",
                    "steps": [{"do": "fail", "reason": "not this one"}],
                },
            }
        ],
        "otherwise": {"kind": "field", "source": "bigcommerce_product.name"},
    }
    body = {"name": f"Failing {merchant.channel_id}", "integration": "import_listings"}
    made: Record = merchant.send("POST", "/v1/templates", 201, json={**body, "mappings": mappings})
    return made


def default_template(merchant: Merchant, integration: str) -> Record:
    """The template that a new integration works with."""
    path = f"/v1/channels/{merchant.channel_id}/integrations/{integration}"
    chosen = merchant.get(path)["template_id"]
    if chosen is None:
        rows = merchant.all("/v1/templates", integration=integration)
        found: Record = next(row for row in rows if row.get("is_default", row.get("default")))
        return found
    template: Record = merchant.get(f"/v1/templates/{chosen}")
    return template


def test_failed_items_are_retried_alone(merchant: Merchant) -> None:
    stock_up(merchant.shop, 5)
    merchant.connect()
    template = failing_template(merchant)
    path = f"/v1/channels/{merchant.channel_id}/integrations/import_listings"
    merchant.send("PATCH", path, json={"template_id": template["id"]})
    run = merchant.wait(merchant.start("import_listings"))
    assert run["status"] == "completed_with_errors", run
    assert run["counts"]["failed"] == 1
    failed = merchant.all(f"/v1/runs/{run['id']}/items", outcome="failed")
    assert [item["external_id"] for item in failed] == ["1014"]
    assert failed[0]["code"]
    assert "not this one" in failed[0]["message"]
    mended = {**template["mappings"]}
    mended["listing.title"] = {"kind": "field", "source": "bigcommerce_product.name"}
    body = {"name": template["name"], "integration": "import_listings", "mappings": mended}
    merchant.send("PUT", f"/v1/templates/{template['id']}", json=body)
    merchant.shop.log.clear()
    again = merchant.send("POST", f"/v1/runs/{run['id']}/retry", 202)
    assert again["id"] != run["id"]
    done = merchant.wait(again)
    assert done["status"] == "succeeded"
    assert sum(done["counts"].values()) == done["counts"]["created"] == 1
    assert len(merchant.all("/v1/listings", channel_id=merchant.channel_id)) == 5
    asked = [entry for entry in merchant.shop.log if entry.path.startswith("v3/catalog/products")]
    assert len(asked) == 1


def test_a_retry_without_failures(merchant: Merchant) -> None:
    merchant.connect()
    run = merchant.run("get_orders")
    answer = merchant.http.post(f"/v1/runs/{run['id']}/retry")
    assert answer.status_code in (409, 422)
    problem(answer, answer.status_code)


def test_a_dry_run_changes_nothing(merchant: Merchant) -> None:
    shop = merchant.shop
    stock_up(shop, 4)
    merchant.connect()
    merchant.run("import_listings")
    shop.products[0].update(name="New name", date_modified="2026-11-23T10:00:00+00:00")
    before = merchant.all("/v1/listings", channel_id=merchant.channel_id)
    body = {
        "channel_id": merchant.channel_id,
        "integration": "import_listings",
        "mode": "dry_run",
        "params": {"full": True},
    }
    answer = merchant.http.post("/v1/runs", json=body)
    if answer.status_code == 422:
        problem(answer, 422)
        return
    run = merchant.wait(answer.json())
    assert run["counts"]["updated"] == 1
    items = merchant.all(f"/v1/runs/{run['id']}/items", outcome="updated")
    changes: list[Any] = items[0]["changes"]
    assert any(change["from"] != "New name" and change["to"] == "New name" for change in changes), (
        changes
    )
    assert merchant.all("/v1/listings", channel_id=merchant.channel_id) == before


def test_a_schedule_starts_runs_by_itself(merchant: Merchant, service: Service) -> None:
    sell(merchant.shop, 1)
    merchant.connect()
    path = f"/v1/channels/{merchant.channel_id}/integrations/get_orders"
    changed = merchant.send("PATCH", path, json={"schedule": {"every_minutes": 1}})
    assert changed["next_due_at"]

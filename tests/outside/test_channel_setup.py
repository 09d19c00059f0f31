"""Channels, their setup steps, integrations and settings."""

from __future__ import annotations

from typing import Any

import pytest

from tests.outside.lookalike.shop import Record
from tests.outside.merchant import Merchant
from tests.outside.problems import field_named, problem

TYPES = [
    *("import_listings", "link_listings", "sync_listings", "publish_listings"),
    *("get_orders", "sync_orders"),
]
STEPS = [
    *("integrations", "connection", "confirm", "pricing_quantity", "link_listings"),
    *("sync_listings", "get_orders", "automate", "publish_listings", "order_fulfillment"),
    *("workflows", "listing_status", "invoicing"),
]
DEFAULTS: dict[str, Record] = {
    "import_listings": {
        "pause_new_listings": False,
        "master_sku_field": "sku",
        "scope": "listings_and_products",
    },
    "link_listings": {
        "priority": [{"listing": "sku", "store": "variant.sku"}],
        "link_after_build": False,
    },
    "sync_listings": {
        "fields": ["price", "quantity", "status"],
        "out_of_stock": {"behavior": "do_nothing", "apply": "listing"},
        "adjust_stock_on_refund": False,
        "adjust_stock_on_cancellation": False,
    },
    "publish_listings": {
        "long_title": "fail",
        "long_attributes": "fail",
        "override_name": True,
        "overwrite": False,
        "images": "all",
        "max_variants": 250,
        "category_depth": 3,
    },
    "get_orders": {
        "statuses": [11, 9, 3],
        "created_within_days": 14,
        "import_ffl": False,
        "pii_retention_days": None,
        "lines_without_sku": "hold",
        "multiple_shipping_addresses": True,
        "acknowledge": "manual",
    },
    "sync_orders": {
        "unknown_carrier": "send_empty",
        "partial_shipments": True,
        "final_status_id": None,
    },
}
GOOD: list[tuple[str, Record]] = [
    ("import_listings", {"master_sku_field": "gtin", "scope": "listings"}),
    ("link_listings", {"priority": [{"listing": "upc", "store": "product.mpn"}]}),
    ("sync_listings", {"fields": ["quantity"]}),
    ("sync_listings", {"out_of_stock": {"behavior": "redirect", "apply": "store"}}),
    ("publish_listings", {"max_variants": 600, "category_depth": 8, "long_attributes": "skip"}),
    ("get_orders", {"pii_retention_days": 60, "statuses": [11, 7, 8]}),
    ("sync_orders", {"unknown_carrier": "fail", "final_status_id": 10}),
]
BAD: list[tuple[str, str, Any]] = [
    ("import_listings", "no_such_setting", 1),
    ("import_listings", "master_sku_field", "asin"),
    ("import_listings", "pause_new_listings", "perhaps"),
    ("link_listings", "priority", [{"listing": "sku", "store": "sku"}]),
    ("link_listings", "link_after_build", None),
    ("sync_listings", "fields", ["weight"]),
    ("sync_listings", "out_of_stock", {"behavior": "explode", "apply": "listing"}),
    ("publish_listings", "max_variants", 601),
    ("publish_listings", "category_depth", 9),
    ("publish_listings", "category_depth", 0),
    ("get_orders", "pii_retention_days", 31),
    ("get_orders", "created_within_days", -1),
    ("get_orders", "statuses", [99]),
    ("get_orders", "lines_without_sku", "ignore"),
    ("sync_orders", "final_status_id", 77),
    ("sync_orders", "carrier", "ups"),
]


def test_a_channel_has_every_step_pending_in_order(merchant: Merchant) -> None:
    channel = merchant.open_channel(integrations=["get_orders", "import_listings"])
    assert {"id", "name", "type", "status", "connection_id", "integrations", "setup"} <= set(
        channel
    )
    assert channel["connection_id"] is None
    assert sorted(channel["integrations"]) == ["get_orders", "import_listings"]
    assert [step["key"] for step in channel["setup"]["steps"]] == STEPS
    assert {step["status"] for step in channel["setup"]["steps"]} <= {"pending", "done"}
    assert merchant.get(f"/v1/channels/{channel['id']}") == channel


def test_channels_refuse_what_they_do_not_know(merchant: Merchant) -> None:
    for body, field in [
        ({"name": "x", "type": "shopify"}, "type"),
        ({"name": "x", "type": "bigcommerce", "integrations": ["fly"]}, "integrations"),
        ({"name": "", "type": "bigcommerce"}, "name"),
        ({"type": "bigcommerce"}, "name"),
    ]:
        field_named(problem(merchant.http.post("/v1/channels", json=body), 422), field)


def test_a_channel_is_renamed_and_deleted(merchant: Merchant) -> None:
    channel = merchant.open_channel()
    path = f"/v1/channels/{channel['id']}"
    assert merchant.send("PATCH", path, json={"name": "New name"})["name"] == "New name"
    assert merchant.get(path)["name"] == "New name"
    assert merchant.http.delete(path).status_code == 204
    problem(merchant.http.get(path), 404)
    problem(merchant.http.delete(path), 404)
    ids = [row["id"] for row in merchant.all("/v1/channels")]
    assert channel["id"] not in ids


def test_only_the_first_three_steps_cannot_be_skipped(merchant: Merchant) -> None:
    merchant.connect()
    path = f"/v1/channels/{merchant.channel_id}/setup"
    for step in STEPS[:3]:
        answer = merchant.http.post(f"{path}/{step}", json={"action": "skip"})
        assert 400 <= answer.status_code < 500
        problem(answer, answer.status_code)
    for step in STEPS[:3]:
        merchant.send("POST", f"{path}/{step}", json={"action": "complete"})
    for step in STEPS[3:]:
        merchant.send("POST", f"{path}/{step}", json={"action": "skip"})
    steps = merchant.get(f"/v1/channels/{merchant.channel_id}")["setup"]["steps"]
    assert [step["status"] for step in steps] == ["done"] * 3 + ["skipped"] * 10
    merchant.send("POST", f"{path}/invoicing", json={"action": "complete"})
    steps = merchant.get(f"/v1/channels/{merchant.channel_id}")["setup"]["steps"]
    assert steps[-1] == {"key": "invoicing", "status": "done"}


def test_setup_refuses_unknown_steps_and_actions(merchant: Merchant) -> None:
    merchant.open_channel()
    path = f"/v1/channels/{merchant.channel_id}/setup"
    unknown = merchant.http.post(f"{path}/dance", json={"action": "skip"})
    assert unknown.status_code in (404, 422)
    field_named(
        problem(merchant.http.post(f"{path}/automate", json={"action": "x"}), 422), "action"
    )
    field_named(problem(merchant.http.post(f"{path}/automate", json={}), 422), "action")


def test_the_connection_step_needs_a_connection(merchant: Merchant) -> None:
    merchant.open_channel()
    path = f"/v1/channels/{merchant.channel_id}/setup/connection"
    answer = merchant.http.post(path, json={"action": "complete"})
    assert answer.status_code in (409, 422), answer.text
    problem(answer, answer.status_code)


@pytest.mark.parametrize("kind", TYPES)
def test_settings_have_the_contracts_defaults(merchant: Merchant, kind: str) -> None:
    merchant.open_channel()
    found = merchant.get(f"/v1/channels/{merchant.channel_id}/integrations/{kind}")
    assert found["settings"] == DEFAULTS[kind]
    assert {"enabled", "paused", "settings", "template_id", "schedule"} <= set(found)
    assert found["schedule"] is None
    assert found["paused"] is False
    listed = merchant.get(f"/v1/channels/{merchant.channel_id}/integrations")["data"]
    assert sorted(row["type"] for row in listed) == sorted(TYPES)
    assert found in listed


@pytest.mark.parametrize(("kind", "settings"), GOOD)
def test_settings_are_changed_one_by_one(merchant: Merchant, kind: str, settings: Record) -> None:
    merchant.open_channel()
    path = f"/v1/channels/{merchant.channel_id}/integrations/{kind}"
    changed = merchant.send("PATCH", path, json={"settings": settings})
    assert changed["settings"] == {**DEFAULTS[kind], **settings}
    assert merchant.get(path) == changed


@pytest.mark.parametrize(("kind", "name", "value"), BAD)
def test_a_bad_setting_is_422_and_named(
    merchant: Merchant, kind: str, name: str, value: Any
) -> None:
    merchant.open_channel()
    path = f"/v1/channels/{merchant.channel_id}/integrations/{kind}"
    answer = merchant.http.patch(path, json={"settings": {name: value}})
    field_named(problem(answer, 422), name)
    assert merchant.get(path)["settings"] == DEFAULTS[kind]


@pytest.mark.parametrize(
    "schedule",
    [{"every_minutes": 15}, {"cron": "0 6 * * *", "timezone": "America/Chicago"}, None],
)
def test_schedules(merchant: Merchant, schedule: Record | None) -> None:
    merchant.open_channel()
    path = f"/v1/channels/{merchant.channel_id}/integrations/get_orders"
    assert merchant.send("PATCH", path, json={"schedule": schedule})["schedule"] == schedule
    assert merchant.get(path)["schedule"] == schedule


@pytest.mark.parametrize(
    "schedule",
    [
        {"every_minutes": 0},
        {"cron": "61 * * * *", "timezone": "UTC"},
        {"cron": "0 6 * * *", "timezone": "Moon/Base"},
        {"cron": "0 6 * * *", "timezone": "UTC", "every_minutes": 5},
        {"sometimes": True},
        "daily",
    ],
)
def test_bad_schedules(merchant: Merchant, schedule: Any) -> None:
    merchant.open_channel()
    path = f"/v1/channels/{merchant.channel_id}/integrations/get_orders"
    field_named(problem(merchant.http.patch(path, json={"schedule": schedule}), 422), "schedule")


def test_integrations_are_enabled_and_paused(merchant: Merchant) -> None:
    merchant.connect()
    path = f"/v1/channels/{merchant.channel_id}/integrations"
    changed = merchant.send("PATCH", f"{path}/get_orders", json={"enabled": False})
    assert changed["enabled"] is False
    channel = merchant.get(f"/v1/channels/{merchant.channel_id}")
    assert "get_orders" not in channel["integrations"]
    assert merchant.send("PATCH", f"{path}/import_listings", json={"paused": True})["paused"]
    assert merchant.http.get(f"{path}/teleport").status_code in (404, 422)
    body = {"template_id": "nonsense"}
    answer = merchant.http.patch(f"{path}/get_orders", json=body)
    assert answer.status_code in (404, 422)
    problem(answer, answer.status_code)

"""`POST /v1/templates/{id}/preview` on one record and on many."""

from __future__ import annotations

import json
import time
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from app.channels.kinds import IntegrationType
from app.mapping.defaults import default_mappings
from app.templates.ports import LiveRecord
from tests.templates.conftest import Json, RecordsOfTests, created, import_body

DUCK: Json = {"name": "Duck", "sku": "D-1", "price": 19.99, "inventory_level": 7, "weight": 2.5}


def _nested(depth: int) -> object:
    return {"in": _nested(depth - 1)} if depth else 1


async def preview(api: httpx.AsyncClient, template: Json, body: Json) -> Json:
    """Preview something that must work."""
    made = await created(api, "/v1/templates", template)
    answer = await api.post(f"/v1/templates/{made['id']}/preview", json=body)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


@pytest.mark.parametrize(
    "record",
    [
        {"bigcommerce_product": DUCK},
        {f"bigcommerce_product.{key}": value for key, value in DUCK.items()},
    ],
    ids=["nested", "flat"],
)
async def test_record_may_be_nested_or_flat(api: httpx.AsyncClient, record: Json) -> None:
    found = await preview(api, import_body(), {"record": record})

    assert found["result"] == {
        "listing.title": "Duck",
        "listing.master_sku": "D-1",
        "listing.list_price": "19.99",
        "listing.quantity": 7,
        "listing.weight": "2.5",
    }
    assert (found["outcome"], found["problems"], found["record"]) == ("mapped", [], None)
    assert found["fields"]["listing.title"] == {
        "value": "Duck",
        "cleared": False,
        "added": False,
        "kind": "field",
        "source": "bigcommerce_product.name",
        "steps": [],
        "rules": [],
        "sets": [],
        "rates": [],
    }
    assert found["fields"]["listing.weight"]["steps"] == ["convert_unit"]


async def test_ignored_fields_are_absent_and_emptied_ones_are_empty(
    api: httpx.AsyncClient,
) -> None:
    template = import_body(listing__quantity={"kind": "ignore"}, listing__brand={"kind": "empty"})

    found = await preview(api, template, {"record": {"bigcommerce_product": DUCK}})

    assert "listing.quantity" not in found["result"]
    assert "listing.quantity" not in found["fields"]
    assert found["result"]["listing.brand"] == ""
    assert found["fields"]["listing.brand"]["cleared"]


async def test_repeated_groups_keep_their_shape(api: httpx.AsyncClient) -> None:
    variants = [{"sku": "D-1-R", "price": 1.5}, {"sku": "D-1-B", "price": "cheap"}]
    record = {"bigcommerce_product": DUCK, "bigcommerce_variant": variants}

    found = await preview(api, import_body(), {"record": record})

    assert [item["sku"] for item in found["result"]["listing_variant"]] == ["D-1-R", "D-1-B"]
    assert found["result"]["listing_variant"][0]["list_price"] == "1.5"
    assert found["fields"]["listing_variant"][1]["sku"]["source"] == "bigcommerce_variant.sku"
    assert [(item["field"], item["entry"]) for item in found["problems"]] == [
        ("listing_variant.list_price", 1)
    ]


async def test_flat_fields_of_a_repeated_group_are_one_entry(api: httpx.AsyncClient) -> None:
    record = {"bigcommerce_product.name": "Duck", "bigcommerce_variant.sku": "D-1-R"}

    found = await preview(api, import_body(), {"record": record})

    assert found["result"]["listing_variant.sku"] == "D-1-R"


async def test_orders_are_previewed_with_lines_and_addresses(api: httpx.AsyncClient) -> None:
    template = {
        "name": "Orders",
        "integration": "get_orders",
        "mappings": default_mappings("get_orders"),
    }
    record = {
        "bigcommerce_order": {"id": 7, "total_inc_tax": "20.00"},
        "bigcommerce_line_item": [{"id": 1, "sku": "A", "quantity": 2, "order_address_id": 5}],
        "bigcommerce_shipping_address": [{"id": 5, "city": "Malmö"}],
    }

    found = await preview(api, template, {"record": record})

    assert found["result"]["order.total_inc_tax"] == "20.00"
    assert found["result"]["line_item"][0]["sku"] == "A"
    assert found["result"]["shipping_address"][0]["city"] == "Malmö"


async def test_provenance_names_rules_and_sets(api: httpx.AsyncClient) -> None:
    made = await created(
        api, "/v1/mapping-sets", {"name": "B", "entries": [{"from": "ACM", "to": "Acme"}]}
    )
    ruled: Json = {
        "kind": "rules",
        "rules": [
            {
                "name": "known",
                "when": {"field": "bigcommerce_product.brand", "op": "exists"},
                "then": {
                    "kind": "mapping_set",
                    "source": "bigcommerce_product.brand",
                    "mapping_set_id": made["id"],
                },
            }
        ],
    }
    record = {"bigcommerce_product": {**DUCK, "brand": "ACM"}}

    found = await preview(api, import_body(listing__brand=ruled), {"record": record})

    field = found["fields"]["listing.brand"]
    assert (field["value"], field["kind"], field["rules"]) == ("Acme", "rules", ["1 known"])
    assert field["sets"] == [{"mapping_set_id": made["id"], "value": "ACM", "matched": True}]


async def test_targets_that_cannot_work_are_problems_and_the_others_are_shown(
    api: httpx.AsyncClient,
) -> None:
    template = import_body(
        listing__brand={
            "kind": "mapping_set",
            "source": "bigcommerce_product.brand",
            "mapping_set_id": "gone",
        }
    )
    template["mappings"]["listing.colour"] = {"kind": "empty"}

    found = await preview(api, template, {"record": {"bigcommerce_product": DUCK}})

    assert {item["field"] for item in found["problems"]} == {"listing.brand", "listing.colour"}
    assert found["result"]["listing.title"] == "Duck"


async def test_stopped_record_says_why(api: httpx.AsyncClient) -> None:
    step = {"do": "skip_record", "reason": "no toys"}
    mapping = {"kind": "field", "source": "bigcommerce_product.name", "steps": [step]}

    found = await preview(
        api, import_body(listing__title=mapping), {"record": {"bigcommerce_product": DUCK}}
    )

    assert (found["outcome"], found["reason"]) == ("skipped", "no toys")


async def test_unsaved_mappings_can_be_tried(api: httpx.AsyncClient) -> None:
    mappings = {"listing.title": {"kind": "value", "value": "Trial"}}

    found = await preview(
        api, import_body(), {"record": {"bigcommerce_product": DUCK}, "mappings": mappings}
    )
    broken = await preview(
        api, import_body("B"), {"record": {}, "mappings": {"listing.title": {"kind": "magic"}}}
    )

    assert found["result"] == {"listing.title": "Trial"}
    assert [item["field"] for item in broken["problems"]] == ["listing.title"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"record": {}, "external_id": "1"},
        {"records": []},
        {"records": [{}] * 1001},
        {"record": [1]},
        {"external_id": ""},
        {"record": {}, "other": 1},
        {"record": {"bigcommerce_product": {"price": float("inf")}}},
        {"records": [{"bigcommerce_product": _nested(500)}]},
    ],
    ids=["nothing", "two", "none", "many", "list", "blank", "unknown", "infinite", "deep"],
)
async def test_request_must_make_sense(api: httpx.AsyncClient, body: Json) -> None:
    made = await created(api, "/v1/templates", import_body())

    answer = await api.post(
        f"/v1/templates/{made['id']}/preview",
        content=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )

    assert answer.status_code == 422


async def test_live_record_is_mapped_in_the_stores_units(
    api: httpx.AsyncClient, live_records: RecordsOfTests
) -> None:
    live_records.records["77"] = LiveRecord({"bigcommerce_product": DUCK}, "lb", "in")
    channel = uuid4()

    found = await preview(api, import_body(), {"external_id": "77", "channel_id": str(channel)})

    assert found["result"]["listing.weight"].startswith("1.13")
    assert found["record"] == {"bigcommerce_product": {**DUCK, "price": "19.99", "weight": "2.5"}}
    assert live_records.asked == [(IntegrationType.IMPORT_LISTINGS, channel)]


async def test_unknown_live_record_is_not_found(api: httpx.AsyncClient) -> None:
    made = await created(api, "/v1/templates", import_body())
    path = f"/v1/templates/{made['id']}/preview"

    assert (await api.post(path, json={"external_id": "1"})).status_code == 404
    bad = {"external_id": "1", "channel_id": "nonsense"}
    assert (await api.post(path, json=bad)).status_code == 404


def expensive() -> Json:
    """Title with a prefix for dear things, none for cheap ones."""
    price = "bigcommerce_product.price"
    return {
        "kind": "rules",
        "rules": [
            {
                "name": "dear",
                "when": {"field": price, "op": "gt", "value": 100},
                "then": {
                    "kind": "field",
                    "source": "bigcommerce_product.name",
                    "steps": [{"do": "prefix", "text": "Luxury "}],
                },
            },
            {
                "name": "same",
                "when": {"field": price, "op": "gt", "value": 50},
                "then": {"kind": "field", "source": "bigcommerce_product.name"},
            },
        ],
        "otherwise": {"kind": "field", "source": "bigcommerce_product.name"},
    }


async def test_many_records_are_counted_by_rule(api: httpx.AsyncClient) -> None:
    prices = [10, 60, 70, 200, "dear"]
    records = [{"bigcommerce_product": {**DUCK, "price": price}} for price in prices]
    records[0]["bigcommerce_product"]["name"] = None

    found = await preview(api, import_body(listing__title=expensive()), {"records": records})

    assert found["counts"] == {
        "records": 5,
        "mapped": 5,
        "skipped": 0,
        "failed": 0,
        "with_errors": 2,
    }
    assert found["rules"] == [
        {
            "target": "listing.title",
            "evaluated": 5,
            "no_match": 2,
            "rules": [
                {"rule": "1 dear", "matched": 1, "changed": 1},
                {"rule": "2 same", "matched": 2, "changed": 0},
            ],
        }
    ]
    assert [item["index"] for item in found["worst"]] == [0, 4]
    assert found["worst"][0]["problems"][0]["field"] == "listing.title"
    assert {(item["field"], item["count"]) for item in found["problems"]} == {
        ("listing.title", 1),
        ("listing.list_price", 1),
    }


async def test_rules_of_variants_are_counted_per_variant(api: httpx.AsyncClient) -> None:
    ruled: Json = {
        "kind": "rules",
        "rules": [
            {
                "when": {"field": "bigcommerce_variant.price", "op": "gt", "value": 5},
                "then": {"kind": "ignore"},
            }
        ],
        "otherwise": {"kind": "field", "source": "bigcommerce_variant.price"},
    }
    record = {
        "bigcommerce_product": DUCK,
        "bigcommerce_variant": [{"sku": "a", "price": 1}, {"sku": "b", "price": 9}],
    }

    found = await preview(
        api, import_body(listing_variant__list_price=ruled), {"records": [record, record]}
    )

    assert found["rules"] == [
        {
            "target": "listing_variant.list_price",
            "evaluated": 4,
            "no_match": 2,
            "rules": [{"rule": "1", "matched": 2, "changed": 2}],
        }
    ]


async def test_unmatched_values_of_sets_are_counted(api: httpx.AsyncClient) -> None:
    made = await created(
        api, "/v1/mapping-sets", {"name": "B", "entries": [{"from": "ACM", "to": "Acme"}]}
    )
    mapping = {
        "kind": "mapping_set",
        "source": "bigcommerce_product.brand",
        "mapping_set_id": made["id"],
    }
    records = [
        {"bigcommerce_product": {**DUCK, "brand": brand}} for brand in ("ACM", "X", "X", "Y")
    ]

    found = await preview(api, import_body(listing__brand=mapping), {"records": records})

    assert found["unmatched"] == [
        {"mapping_set_id": made["id"], "value": "X", "count": 2},
        {"mapping_set_id": made["id"], "value": "Y", "count": 1},
    ]


async def test_previews_are_quick(api: httpx.AsyncClient, app: FastAPI) -> None:
    variant = {"sku": "v", "price": 3.5, "inventory_level": 4, "weight": 1}
    record = {
        "bigcommerce_product": {**DUCK, "description": "<p>Fun</p>" * 20, "brand": "Acme"},
        "bigcommerce_variant": [variant, variant, variant],
    }
    made = await created(api, "/v1/templates", import_body(listing__title=expensive()))
    path = f"/v1/templates/{made['id']}/preview"
    await api.post(path, json={"record": record})

    one = await _fastest(api, path, {"record": record})
    many = await _fastest(api, path, {"records": [record] * 1000})

    # Half a second and five seconds leave room for a busy machine; the benchmark has the numbers.
    assert one < 0.5
    assert many < 5


async def _fastest(api: httpx.AsyncClient, path: str, body: Json) -> float:
    taken = []
    for _ in range(3):
        started = time.perf_counter()
        answer = await api.post(path, json=body)
        taken.append(time.perf_counter() - started)
        assert answer.status_code == 200, answer.text
    return min(taken)

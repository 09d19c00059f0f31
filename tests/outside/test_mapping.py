"""Fields, templates, mapping sets, linter and preview; and what a template does to a run."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.outside import seed_fields
from tests.outside.lookalike.goods import stock_up
from tests.outside.lookalike.sales import sell
from tests.outside.lookalike.shop import Record
from tests.outside.merchant import Merchant
from tests.outside.problems import problem

TITLE = "listing.title"
NAME: Record = {"kind": "field", "source": "bigcommerce_product.name"}
TABLES = {
    "import_listings": seed_fields.IMPORT,
    "sync_listings": seed_fields.SYNC,
    "publish_listings": seed_fields.PUBLISH,
    "sync_orders": seed_fields.SHIP,
}
# Keys named in the contract itself.
KEYS = {
    "import_listings": (
        {"bigcommerce_product.name", "bigcommerce_variant.sku"},
        {"listing.title", "listing_variant.list_price"},
    ),
    "publish_listings": (
        {"listing.title", "listing_variant.quantity"},
        {"bigcommerce_product.name", "bigcommerce_variant.inventory_level"},
    ),
    "sync_listings": ({"listing_variant.quantity"}, {"bigcommerce_variant.inventory_level"}),
    "sync_orders": ({"shipment.tracking_number"}, {"bigcommerce_shipment.tracking_number"}),
}


def template_body(merchant: Merchant, **mappings: Any) -> Record:
    """A template like the default one, with some fields mapped otherwise."""
    rows = merchant.all("/v1/templates", integration="import_listings")
    working = rows[0]["mappings"]
    return {
        "name": f"T {uuid.uuid4()}",
        "integration": "import_listings",
        "mappings": {**working, **{key.replace("__", "."): row for key, row in mappings.items()}},
    }


@pytest.fixture
def mapper(merchant: Merchant) -> Merchant:
    """A merchant with a channel, and so with default templates."""
    stock_up(merchant.shop, 6)
    merchant.connect()
    return merchant


@pytest.mark.parametrize("kind", TABLES)
def test_every_field_of_the_tables_is_there(merchant: Merchant, kind: str) -> None:
    fields = merchant.get(f"/v1/fields/{kind}")
    for side, place in (("source", 0), ("target", 1)):
        labels = {field["label"] for field in fields[side]}
        wanted = {row[place] for row in TABLES[kind]}
        assert wanted <= labels, wanted - labels
        keys = {field["key"] for field in fields[side]}
        assert KEYS[kind][place] <= keys, KEYS[kind][place] - keys
        assert all({"key", "label", "group", "type"} <= set(field) for field in fields[side])
    assert all(
        isinstance(field["required"], bool) and "example" in field for field in fields["target"]
    )


def test_every_field_of_an_order_is_there(merchant: Merchant) -> None:
    fields = merchant.get("/v1/fields/get_orders")
    targets = {field["key"]: field for field in fields["target"]}
    assert set(seed_fields.ORDER_TARGETS) <= set(targets), set(seed_fields.ORDER_TARGETS) - set(
        targets
    )
    sources = {field["key"] for field in fields["source"]}
    assert set(seed_fields.ORDER_SOURCES) <= sources, set(seed_fields.ORDER_SOURCES) - sources
    required = {key for key in seed_fields.ORDER_TARGETS if targets[key]["required"]}
    assert required == seed_fields.ORDER_REQUIRED


def test_fields_of_an_unknown_type(merchant: Merchant) -> None:
    answer = merchant.http.get("/v1/fields/teleport")
    assert answer.status_code in (404, 422)
    problem(answer, answer.status_code)


def test_required_fields_are_marked(merchant: Merchant) -> None:
    for kind, labels in {
        "import_listings": {"Product Title", "Master SKU"},
        "sync_listings": {"Inventory Level", "Price"},
        "publish_listings": {"Name", "Weight", "Type", "Price"},
        "sync_orders": {"Tracking Number"},
    }.items():
        fields = merchant.get(f"/v1/fields/{kind}")["target"]
        assert {field["label"] for field in fields if field["required"]} == labels


def test_every_integration_has_a_working_default_template(mapper: Merchant) -> None:
    for kind in [*TABLES, "get_orders"]:
        rows = mapper.all("/v1/templates", integration=kind)
        assert rows, kind
        body = {key: rows[0][key] for key in ("name", "integration", "mappings")}
        problems = mapper.send("POST", "/v1/templates/lint", json=body)["problems"]
        assert [row for row in problems if row["severity"] == "error"] == []


def test_templates_come_and_go(mapper: Merchant, stranger: Merchant) -> None:
    body = template_body(mapper)
    made = mapper.send("POST", "/v1/templates", 201, json=body)
    path = f"/v1/templates/{made['id']}"
    assert mapper.get(path)["mappings"] == body["mappings"]
    renamed = mapper.send("PUT", path, json={**body, "name": f"N {uuid.uuid4()}"})
    assert renamed["name"] != body["name"]
    copy = mapper.send("POST", f"{path}/duplicate", 201)
    assert copy["id"] != made["id"]
    assert copy["mappings"] == body["mappings"]
    problem(stranger.http.get(path), 404)
    problem(stranger.http.put(path, json=body), 404)
    assert mapper.http.delete(path).status_code == 204
    problem(mapper.http.get(path), 404)


def test_a_template_in_use_is_protected(mapper: Merchant) -> None:
    made = mapper.send("POST", "/v1/templates", 201, json=template_body(mapper))
    path = f"/v1/channels/{mapper.channel_id}/integrations"
    mapper.send("PATCH", f"{path}/import_listings", json={"template_id": made["id"]})
    problem(mapper.http.delete(f"/v1/templates/{made['id']}"), 409)
    wrong = mapper.http.patch(f"{path}/get_orders", json={"template_id": made["id"]})
    problem(wrong, 422)


@pytest.mark.parametrize(
    "mapping",
    [
        {"kind": "magic"},
        {"kind": "field"},
        {"kind": "field", "source": "bigcommerce_product.nmae"},
        {"kind": "value"},
        {"kind": "mapping_set", "source": "bigcommerce_product.name"},
        {"kind": "rules", "rules": [{"when": {"field": "x", "op": "is"}, "then": NAME}]},
        {"kind": "empty"},
        {**NAME, "steps": [{"do": "explode"}]},
        {**NAME, "steps": [{"do": "regex_replace", "pattern": "(", "replacement": ""}]},
    ],
)
def test_bad_mappings_are_caught_before_any_run(mapper: Merchant, mapping: Record) -> None:
    body = template_body(mapper, listing__title=mapping)
    found = mapper.http.post("/v1/templates/lint", json=body)
    if found.status_code == 200:
        errors = [row for row in found.json()["problems"] if row["severity"] == "error"]
        assert any(TITLE in (row["field"] or "") for row in errors), found.text
        assert all(row["code"] and row["message"] for row in errors)
    else:
        assert TITLE in str(problem(found, 422)["errors"])
    made = mapper.http.post("/v1/templates", json=body)
    if made.status_code == 201:
        path = f"/v1/channels/{mapper.channel_id}/integrations/import_listings"
        attached = mapper.http.patch(path, json={"template_id": made.json()["id"]})
        problem(attached, 422, "template_has_errors")
    else:
        problem(made, 422)


def test_an_unmapped_required_field_is_an_error(mapper: Merchant) -> None:
    body = template_body(mapper)
    del body["mappings"][TITLE]
    problems = mapper.send("POST", "/v1/templates/lint", json=body)["problems"]
    assert any(row["field"] == TITLE and row["severity"] == "error" for row in problems)


def preview(mapper: Merchant, body: Record, **record: Any) -> Record:
    """Preview a new template."""
    made = mapper.send("POST", "/v1/templates", 201, json=body)
    shown: Record = mapper.send("POST", f"/v1/templates/{made['id']}/preview", json=record)
    assert set(shown) >= {"result", "problems"}
    return shown


def flat(value: Any, prefix: str = "") -> Record:
    """A result with its groups, by full keys whatever its shape."""
    if not isinstance(value, dict):
        return {prefix: value}
    parts: Record = {}
    for key, inner in value.items():
        name = f"{prefix}.{key}" if prefix else key
        deeper = isinstance(inner, dict) and "." not in key and not prefix
        parts |= flat(inner, name) if deeper else {name: inner}
    return parts


def titled(mapper: Merchant, mapping: Record, name: str = "Blue Tee") -> Any:
    """What a mapping makes of a product's name."""
    record = {
        "bigcommerce_product": {"name": name, "sku": "T-1", "price": 5, "weight": 1},
        "bigcommerce_variant": [{"sku": "T-1"}],
    }
    shown = preview(mapper, template_body(mapper, listing__title=mapping), record=record)
    return flat(shown["result"]).get(TITLE)


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        (NAME, "Blue Tee"),
        ({"kind": "value", "value": "Always"}, "Always"),
        ({**NAME, "steps": [{"do": "upper"}, {"do": "truncate", "length": 4}]}, "BLUE"),
        ({**NAME, "steps": [{"do": "replace", "from": "Blue", "to": "Red"}]}, "Red Tee"),
        (
            {
                "kind": "rules",
                "rules": [
                    {
                        "when": {
                            "all": [
                                {
                                    "field": "bigcommerce_product.name",
                                    "op": "contains",
                                    "value": "blue",
                                },
                                {
                                    "not": {
                                        "field": "bigcommerce_product.price",
                                        "op": "gt",
                                        "value": 10,
                                    }
                                },
                            ]
                        },
                        "then": {"kind": "value", "value": "Cheap and blue"},
                    }
                ],
                "otherwise": NAME,
            },
            "Cheap and blue",
        ),
        (
            {
                "kind": "rules",
                "rules": [
                    {
                        "when": {
                            "field": "bigcommerce_product.name",
                            "op": "contains",
                            "value": "blue",
                            "case_sensitive": True,
                        },
                        "then": {"kind": "value", "value": "never"},
                    }
                ],
                "otherwise": NAME,
            },
            "Blue Tee",
        ),
    ],
)
def test_preview_of_a_record(mapper: Merchant, mapping: Record, expected: str) -> None:
    assert titled(mapper, mapping) == expected


def test_preview_of_a_live_product(mapper: Merchant) -> None:
    product = mapper.shop.products[1]
    body = template_body(mapper, listing__title={**NAME, "steps": [{"do": "upper"}]})
    target = {"external_id": str(product["id"]), "channel_id": mapper.channel_id}
    shown = preview(mapper, body, **target)
    assert flat(shown["result"])[TITLE] == product["name"].upper()


def test_mapping_sets(mapper: Merchant, stranger: Merchant) -> None:
    body = {
        "name": f"Set {uuid.uuid4()}",
        "entries": [{"from": "Blue Tee", "to": "Blaues Hemd"}, {"from": "b", "to": "c"}],
    }
    made = mapper.send("POST", "/v1/mapping-sets", 201, json=body)
    path = f"/v1/mapping-sets/{made['id']}"
    assert mapper.get(path)["entries"] == body["entries"]
    use = {
        "kind": "mapping_set",
        "source": "bigcommerce_product.name",
        "mapping_set_id": made["id"],
        "no_match": "fallback",
        "fallback": "Something",
    }
    assert titled(mapper, use) == "Blaues Hemd"
    assert titled(mapper, use, "Red Tee") == "Something"
    through = {**use, "no_match": "pass_through"}
    del through["fallback"]
    assert titled(mapper, through, "Red Tee") == "Red Tee"
    problem(stranger.http.get(path), 404)
    problem(mapper.http.delete(path), 409)
    lonely = mapper.send(
        "POST", "/v1/mapping-sets", 201, json={**body, "name": f"Set {uuid.uuid4()}"}
    )
    changed = {"name": lonely["name"], "entries": [{"from": "x", "to": "y"}]}
    assert mapper.send("PUT", f"/v1/mapping-sets/{lonely['id']}", json=changed)["entries"] == [
        {"from": "x", "to": "y"}
    ]
    assert mapper.http.delete(f"/v1/mapping-sets/{lonely['id']}").status_code == 204


def test_a_template_rules_what_an_import_writes(mapper: Merchant) -> None:
    body = template_body(
        mapper,
        listing__title={**NAME, "steps": [{"do": "prefix", "text": "Mapped: "}]},
        listing__description={"kind": "ignore"},
        listing__brand={"kind": "empty"},
    )
    made = mapper.send("POST", "/v1/templates", 201, json=body)
    path = f"/v1/channels/{mapper.channel_id}/integrations/import_listings"
    mapper.send("PATCH", path, json={"template_id": made["id"]})
    mapper.run("import_listings")
    for row in mapper.all("/v1/listings", channel_id=mapper.channel_id):
        assert row["title"].startswith("Mapped: Lantern")
        assert row["description"] == ""
        assert row["brand"] == ""


def test_a_template_edited_during_a_run_changes_nothing_in_it(mapper: Merchant) -> None:
    stock_up(mapper.shop, 294, first=6)
    body = template_body(mapper, listing__title={**NAME, "steps": [{"do": "prefix", "text": "1"}]})
    made = mapper.send("POST", "/v1/templates", 201, json=body)
    path = f"/v1/channels/{mapper.channel_id}/integrations/import_listings"
    mapper.send("PATCH", path, json={"template_id": made["id"]})
    mapper.shop.behaviour.delay = 0.5
    run = mapper.start("import_listings")
    mapper.wait_for(run, {"running"})
    body["mappings"][TITLE] = {**NAME, "steps": [{"do": "prefix", "text": "2"}]}
    mapper.send("PUT", f"/v1/templates/{made['id']}", json=body)
    assert mapper.wait(run)["status"] == "succeeded"
    rows = mapper.all("/v1/listings", channel_id=mapper.channel_id)
    assert len(rows) == 300
    assert {row["title"][0] for row in rows} == {"1"}


def test_an_order_template(merchant: Merchant) -> None:
    sell(merchant.shop, 2)
    merchant.connect()
    rows = merchant.all("/v1/templates", integration="get_orders")
    mappings = {
        **rows[0]["mappings"],
        "order.customer_message": {"kind": "ignore"},
        "shipping_address.company": {"kind": "value", "value": "Care of us"},
    }
    body = {"name": f"O {uuid.uuid4()}", "integration": "get_orders", "mappings": mappings}
    made = merchant.send("POST", "/v1/templates", 201, json=body)
    path = f"/v1/channels/{merchant.channel_id}/integrations/get_orders"
    merchant.send("PATCH", path, json={"template_id": made["id"]})
    merchant.run("get_orders")
    for row in merchant.all("/v1/orders", channel_id=merchant.channel_id):
        assert row["order"].get("customer_message") is None
        assert row["line_items"][0]["shipping_address"]["company"] == "Care of us"

"""`POST /v1/templates/lint` and `GET /v1/fields/{type}`."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.channels.kinds import IntegrationType
from app.mapping.catalogue import describe
from tests.templates.conftest import Json, created, import_body

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "kind",
                    "source",
                    "value",
                    "rules",
                    "when",
                    "then",
                    "steps",
                    "do",
                    "field",
                    "op",
                    "x",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)
_kinds = st.sampled_from(["ignore", "empty", "field", "value", "mapping_set", "rules", "magic"])
_mappings = st.fixed_dictionaries(
    {"kind": _kinds},
    optional={
        "source": _json | st.just("bigcommerce_product.name"),
        "value": _json,
        "steps": st.lists(_json, max_size=3),
        "mapping_set_id": _json,
        "rules": st.lists(_json, max_size=3),
        "otherwise": _json,
    },
)
_targets = st.sampled_from(["listing.title", "listing.quantity", "listing_variant.sku", "x", ""])


async def lint(api: httpx.AsyncClient, body: object) -> list[Json]:
    """Lint a body that must be judged, whatever it is."""
    text = json.dumps(body).encode("utf-8", "replace")
    answer = await api.post(
        "/v1/templates/lint", content=text, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()["problems"]
    return found


async def test_good_template_has_no_problems(api: httpx.AsyncClient) -> None:
    body = import_body()

    assert await lint(api, body) == []
    del body["name"]
    assert await lint(api, body) == []


async def test_problem_has_field_severity_code_and_sentence(api: httpx.AsyncClient) -> None:
    found = await lint(api, import_body(listing__title=None))

    assert [item for item in found if item["field"] == "listing.title"]
    assert set(found[0]) == {"field", "severity", "code", "message"}
    assert found[0]["severity"] == "error"


async def test_unreadable_mapping_is_a_problem_of_its_target(api: httpx.AsyncClient) -> None:
    for bad in ({"kind": "magic"}, "name", None, {"kind": "value", "value": float("inf")}):
        found = await lint(api, import_body(listing__brand={}) | {"mappings": _with(bad)})

        assert [item["field"] for item in found if item["severity"] == "error"] == ["listing.brand"]


async def test_sets_are_found_in_the_account(api: httpx.AsyncClient) -> None:
    made = await created(
        api, "/v1/mapping-sets", {"name": "B", "entries": [{"from": "a", "to": "b"}]}
    )
    empty = await created(api, "/v1/mapping-sets", {"name": "Empty", "entries": []})

    def using(set_id: str) -> Json:
        return import_body(
            listing__brand={
                "kind": "mapping_set",
                "source": "bigcommerce_product.brand",
                "mapping_set_id": set_id,
            }
        )

    assert await lint(api, using(made["id"])) == []
    for bad in (empty["id"], "no-such-set"):
        assert {item["field"] for item in await lint(api, using(bad))} == {"listing.brand"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "integration"),
        ({"integration": "nonsense", "mappings": {}}, "integration"),
        ({"integration": ["x"], "mappings": {}}, "integration"),
        ({"integration": "link_listings", "mappings": {}}, "integration"),
        ({"integration": "get_orders"}, "mappings"),
        ({"integration": "get_orders", "mappings": [1]}, "mappings"),
        ({"integration": "get_orders", "mappings": {}, "colour": 1}, "colour"),
    ],
)
async def test_body_that_is_no_template_is_a_problem_too(
    api: httpx.AsyncClient, body: Json, field: str
) -> None:
    assert field in {item["field"] for item in await lint(api, body)}


async def test_too_much_is_a_problem_and_is_not_saved(api: httpx.AsyncClient) -> None:
    ignored = {"kind": "ignore"}
    many = {f"listing.custom_field:{number}": ignored for number in range(1001)}
    long = {"listing.title": {"kind": "value", "value": ["x" * 9_000] * 60}}

    for mappings in (many, long):
        body = {"name": "Large", "integration": "import_listings", "mappings": mappings}
        assert [item["field"] for item in await lint(api, body)] == [""]
        assert (await api.post("/v1/templates", json=body)).status_code == 422


async def test_body_that_is_no_object_is_refused(api: httpx.AsyncClient) -> None:
    assert (await api.post("/v1/templates/lint", json=[1])).status_code == 422
    headers = {"Content-Type": "application/json"}
    broken = await api.post("/v1/templates/lint", content=b"{", headers=headers)
    assert broken.status_code == 400


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(mappings=st.dictionaries(_targets, _mappings | _json, max_size=4))
async def test_anything_can_be_linted_and_nothing_crashes(
    api: httpx.AsyncClient, mappings: dict[str, Any]
) -> None:
    body = {"name": "Any", "integration": "import_listings", "mappings": mappings}
    text = json.dumps(body)
    if "\\u0000" in text or "\\ud" in text.lower():
        return  # refused at the door: no text that PostgreSQL could store

    found = await lint(api, body)
    answer = await api.post(
        "/v1/templates", content=text, headers={"Content-Type": "application/json"}
    )

    assert all(item["message"] for item in found)
    assert answer.status_code in {201, 422}
    if answer.status_code == 201:
        path = f"/v1/templates/{answer.json()['id']}"
        record = {"record": {"bigcommerce_product": {"name": "Duck", "inventory_level": 3}}}
        preview = await api.post(f"{path}/preview", json=record)
        assert preview.status_code == 200, preview.text
        assert (await api.delete(path)).status_code == 204


@pytest.mark.parametrize("kind", list(IntegrationType))
async def test_fields_are_those_of_the_catalogue(
    api: httpx.AsyncClient, kind: IntegrationType
) -> None:
    answer = await api.get(f"/v1/fields/{kind}")

    assert answer.status_code == 200
    assert answer.json() == describe(kind)
    if kind is IntegrationType.LINK_LISTINGS:
        assert answer.json() == {"source": [], "target": []}
    else:
        for field in answer.json()["target"]:
            assert {"key", "label", "group", "type", "required", "example"} <= field.keys()


async def test_fields_of_nothing_are_refused(api: httpx.AsyncClient) -> None:
    assert (await api.get("/v1/fields/nonsense")).status_code == 422


def _with(mapping: object) -> Json:
    return {**import_body()["mappings"], "listing.brand": mapping}

"""Templates over HTTP: create, read, change, copy, delete."""

from __future__ import annotations

import json
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from app.accounts.service import Scope, ensure_account
from app.core.resources import Resources
from tests.conftest import client_for, make_key
from tests.templates.conftest import Json, attach, created, import_body, new_channel


async def test_template_comes_back_as_it_was_sent(api: httpx.AsyncClient) -> None:
    body = import_body(" Toys ")

    made = await created(api, "/v1/templates", body)

    assert made["name"] == "Toys"
    assert made["integration"] == "import_listings"
    assert made["mappings"] == body["mappings"]
    assert (made["version"], made["is_default"], made["in_use_by"]) == (1, False, [])
    assert made["created_at"].endswith("Z")
    assert made["updated_at"].endswith("Z")
    assert (await api.get(f"/v1/templates/{made['id']}")).json() == made


async def test_list_filters_by_integration_and_pages(api: httpx.AsyncClient) -> None:
    ids = [(await created(api, "/v1/templates", import_body(f"T{n}")))["id"] for n in range(3)]
    orders = {"name": "T0", "integration": "get_orders", "mappings": {}}
    await created(api, "/v1/templates", orders)

    asked = {"integration": "import_listings", "limit": "2"}
    first = (await api.get("/v1/templates", params=asked)).json()
    asked["cursor"] = first["next_cursor"]
    second = (await api.get("/v1/templates", params=asked)).json()

    assert [item["id"] for item in first["data"] + second["data"]] == ids
    assert second["next_cursor"] is None
    assert len((await api.get("/v1/templates")).json()["data"]) == 4
    assert (await api.get("/v1/templates?integration=nonsense")).status_code == 422


async def test_names_are_unique_within_an_integration_whatever_the_case(
    api: httpx.AsyncClient,
) -> None:
    await created(api, "/v1/templates", import_body("Toys"))

    again = await api.post("/v1/templates", json=import_body("TOYS"))
    elsewhere = {"name": "toys", "integration": "get_orders", "mappings": {}}

    assert (again.status_code, again.json()["code"]) == (409, "name_taken")
    await created(api, "/v1/templates", elsewhere)


@pytest.mark.parametrize(
    "mapping",
    [
        {"kind": "magic"},
        {"source": "bigcommerce_product.name"},
        {"kind": "field"},
        {"kind": "field", "source": "bigcommerce_product.name", "colour": "red"},
        {"kind": "value", "value": {"nested": [float("nan")]}},
        {"kind": "rules", "rules": "none"},
        "name",
        None,
        [],
    ],
    ids=str,
)
async def test_unreadable_mapping_is_refused_with_its_target(
    api: httpx.AsyncClient, mapping: object
) -> None:
    body = import_body()
    body["mappings"]["listing.brand"] = mapping

    answer = await _post_raw(api, "/v1/templates", body)

    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
    assert [item["field"] for item in answer.json()["errors"]] == ["mappings.listing.brand"]
    assert (await api.get("/v1/templates")).json()["data"] == []


async def test_mapping_that_nests_without_end_is_refused(api: httpx.AsyncClient) -> None:
    deep: Json = {"kind": "ignore"}
    for _ in range(400):
        deep = {"kind": "rules", "rules": [], "otherwise": deep}

    answer = await api.post("/v1/templates", json=import_body(listing__brand=deep))

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "mappings.listing.brand"


async def test_questionable_template_is_saved_for_the_linter_to_judge(
    api: httpx.AsyncClient,
) -> None:
    await created(
        api,
        "/v1/templates",
        {
            "name": "Draft",
            "integration": "import_listings",
            "mappings": {"listing.colour": {"kind": "field", "source": "nowhere.at_all"}},
        },
    )


async def test_linking_has_no_templates(api: httpx.AsyncClient) -> None:
    body = {"name": "Links", "integration": "link_listings", "mappings": {}}

    answer = await api.post("/v1/templates", json=body)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "integration"


async def test_change_makes_a_version_only_when_the_mappings_differ(
    api: httpx.AsyncClient,
) -> None:
    body = import_body()
    made = await created(api, "/v1/templates", body)
    path = f"/v1/templates/{made['id']}"

    same = (await api.put(path, json=body)).json()
    renamed = (await api.put(path, json={**body, "name": "Wooden Toys"})).json()
    changed = (await api.put(path, json=import_body("Wooden Toys", listing__brand=None))).json()

    assert (same["version"], same["updated_at"]) == (1, made["updated_at"])
    assert (renamed["version"], renamed["name"]) == (1, "Wooden Toys")
    assert changed["version"] == 2
    assert "listing.brand" not in changed["mappings"]


async def test_template_stays_with_its_integration(api: httpx.AsyncClient) -> None:
    made = await created(api, "/v1/templates", import_body())

    answer = await api.put(
        f"/v1/templates/{made['id']}", json={**import_body(), "integration": "get_orders"}
    )

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "integration"


async def test_rename_to_a_taken_name_changes_nothing(api: httpx.AsyncClient) -> None:
    await created(api, "/v1/templates", import_body("One"))
    two = await created(api, "/v1/templates", import_body("Two"))

    answer = await api.put(f"/v1/templates/{two['id']}", json=import_body("one"))

    assert (answer.status_code, answer.json()["code"]) == (409, "name_taken")
    assert (await api.get(f"/v1/templates/{two['id']}")).json() == two


async def test_copies_count_their_names_on(api: httpx.AsyncClient) -> None:
    made = await created(api, "/v1/templates", import_body("Get Toys 9"))
    path = f"/v1/templates/{made['id']}/duplicate"

    names = [(await api.post(path)).json()["name"] for _ in range(2)]
    named = await api.post(path, json={"name": "Special"})
    clash = await api.post(path, json={"name": "special"})

    assert names == ["Get Toys 10", "Get Toys 11"]
    assert named.status_code == 201
    assert named.json()["mappings"] == made["mappings"]
    assert named.json()["version"] == 1
    assert clash.status_code == 409


async def test_deleted_template_is_gone(api: httpx.AsyncClient) -> None:
    made = await created(api, "/v1/templates", import_body())
    path = f"/v1/templates/{made['id']}"

    assert (await api.delete(path)).status_code == 204

    assert (await api.get(path)).status_code == 404
    assert (await api.delete(path)).status_code == 404


async def test_post_with_the_same_idempotency_key_creates_once(api: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "one"}

    first = await api.post("/v1/templates", json=import_body(), headers=headers)
    second = await api.post("/v1/templates", json=import_body(), headers=headers)

    assert first.json() == second.json()
    assert len((await api.get("/v1/templates")).json()["data"]) == 1


async def test_another_account_sees_nothing(
    api: httpx.AsyncClient, app: FastAPI, resources: Resources
) -> None:
    made = await created(api, "/v1/templates", import_body())
    path = f"/v1/templates/{made['id']}"
    async with resources.unit_of_work() as uow:
        other = await ensure_account(uow, "Somebody Else")
    channel = await new_channel(api)

    async with client_for(app, await make_key(resources, other, Scope.ADMIN)) as stranger:
        answers = [
            await stranger.get(path),
            await stranger.put(path, json=import_body()),
            await stranger.delete(path),
            await stranger.get(f"{path}/versions"),
            await stranger.get(f"{path}/export"),
            await stranger.post(f"{path}/preview", json={"record": {}}),
            await stranger.post(f"{path}/duplicate"),
            await stranger.post(f"{path}/default"),
            await stranger.post(f"{path}/versions/1/restore"),
        ]
        foreign = await stranger.post("/v1/templates", json=import_body())
        assert (await stranger.get("/v1/templates")).json()["data"] == [foreign.json()]

    assert {answer.status_code for answer in answers} == {404}
    refused = await attach(api, channel, "import_listings", foreign.json()["id"])
    assert refused.status_code == 404


async def test_reading_key_may_look_and_lint_but_not_change(
    api: httpx.AsyncClient, app: FastAPI, resources: Resources, account_id: object
) -> None:
    made = await created(api, "/v1/templates", import_body())
    async with resources.unit_of_work() as uow:
        account = await ensure_account(uow, "Harbour Goods")

    async with client_for(app, await make_key(resources, account, Scope.READ)) as reader:
        lint = await reader.post("/v1/templates/lint", json=import_body())
        look = await reader.get(f"/v1/templates/{made['id']}")
        refused = await reader.post("/v1/templates", json=import_body("More"))

    assert (lint.status_code, look.status_code, refused.status_code) == (200, 200, 403)


async def test_unknown_ids_are_not_found(api: httpx.AsyncClient) -> None:
    for unknown in (str(uuid4()), "nonsense", "1"):
        assert (await api.get(f"/v1/templates/{unknown}")).status_code == 404
        assert (await api.get(f"/v1/mapping-sets/{unknown}")).status_code == 404


async def test_every_change_is_in_the_audit_trail(api: httpx.AsyncClient) -> None:
    made = await created(api, "/v1/templates", import_body())
    path = f"/v1/templates/{made['id']}"
    await api.put(path, json=import_body("New", listing__brand=None))
    await api.post(f"{path}/versions/1/restore")
    await api.post(f"{path}/default")
    await api.delete(path)

    found = (await api.get(f"/v1/audit-events?entity=template&entity_id={made['id']}")).json()

    trail = {event["action"]: event["changes"] for event in found["data"]}
    assert list(trail) == ["delete", "make_default", "restore", "update", "create"]
    assert trail["update"] == {
        "name": {"from": "Toys", "to": "New"},
        "version": {"from": 1, "to": 2},
        "mappings": ["listing.brand"],
    }


async def _post_raw(api: httpx.AsyncClient, path: str, body: Json) -> httpx.Response:
    # httpx refuses to write NaN itself; other clients do not.
    return await api.post(
        path, content=json.dumps(body), headers={"Content-Type": "application/json"}
    )

"""Templates as files."""

from __future__ import annotations

import httpx
from fastapi import FastAPI

from app.accounts.service import Scope, ensure_account
from app.core.resources import Resources
from tests.conftest import client_for, make_key
from tests.templates.conftest import Json, created, import_body


async def with_set(api: httpx.AsyncClient, entries: list[Json]) -> Json:
    """Create a template that uses a set in a mapping and in a step."""
    made = await created(api, "/v1/mapping-sets", {"name": "Brands", "entries": entries})
    looked_up: Json = {
        "kind": "mapping_set",
        "source": "bigcommerce_product.brand",
        "mapping_set_id": made["id"],
    }
    step: Json = {
        "kind": "field",
        "source": "bigcommerce_product.name",
        "steps": [{"do": "lookup", "set": made["id"]}],
    }
    body = import_body(listing__brand=looked_up, listing__title=step)
    return await created(api, "/v1/templates", body)


async def test_file_carries_the_sets_and_works_in_another_account(
    api: httpx.AsyncClient, app: FastAPI, resources: Resources
) -> None:
    made = await with_set(api, [{"from": "ACM", "to": "Acme"}])
    file = (await api.get(f"/v1/templates/{made['id']}/export")).json()
    async with resources.unit_of_work() as uow:
        other = await ensure_account(uow, "Somebody Else")

    async with client_for(app, await make_key(resources, other, Scope.ADMIN)) as stranger:
        imported = await created(stranger, "/v1/templates/import", file)
        sets = (await stranger.get("/v1/mapping-sets")).json()["data"]
        preview = await stranger.post(
            f"/v1/templates/{imported['id']}/preview",
            json={"record": {"bigcommerce_product": {"name": "ACM", "sku": "A", "brand": "ACM"}}},
        )

    assert imported["name"] == "Toys"
    assert [item["name"] for item in sets] == ["Brands"]
    assert imported["mappings"]["listing.brand"]["mapping_set_id"] == sets[0]["id"]
    assert imported["mappings"]["listing.title"]["steps"][0]["set"] == sets[0]["id"]
    assert preview.json()["result"]["listing.brand"] == "Acme"
    assert preview.json()["result"]["listing.title"] == "Acme"


async def test_import_beside_the_original_takes_free_names(api: httpx.AsyncClient) -> None:
    made = await with_set(api, [{"from": "ACM", "to": "Acme"}])
    file = (await api.get(f"/v1/templates/{made['id']}/export")).json()

    same = await created(api, "/v1/templates/import", file)
    file["mapping_sets"][0]["entries"].append({"from": "B", "to": "Beta"})
    other = await created(api, "/v1/templates/import", file)

    sets = (await api.get("/v1/mapping-sets")).json()["data"]
    assert (same["name"], other["name"]) == ("Toys 2", "Toys 3")
    assert same["mappings"] == made["mappings"]
    assert [item["name"] for item in sets] == ["Brands", "Brands 2"]
    assert other["mappings"]["listing.brand"]["mapping_set_id"] == sets[1]["id"]


async def test_file_that_is_none_is_refused_and_nothing_is_created(
    api: httpx.AsyncClient,
) -> None:
    made = await with_set(api, [])
    file = (await api.get(f"/v1/templates/{made['id']}/export")).json()
    await api.delete(f"/v1/templates/{made['id']}")
    before = (await api.get("/v1/mapping-sets")).json()
    broken = {
        **file,
        "mapping_sets": [{**file["mapping_sets"][0], "name": "Another"}],
        "mappings": {"listing.title": {"kind": "magic"}},
    }

    answers = [
        await api.post("/v1/templates/import", json={**file, "format": "other/1"}),
        await api.post("/v1/templates/import", json={"name": "x"}),
        await api.post("/v1/templates/import", json=broken),
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert (await api.get("/v1/templates")).json()["data"] == []
    assert (await api.get("/v1/mapping-sets")).json() == before

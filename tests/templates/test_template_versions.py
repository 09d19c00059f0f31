"""Versions of a template, and what a run keeps of it."""

from __future__ import annotations

from uuid import UUID

import httpx
import pytest

from app.channels.kinds import IntegrationType
from app.core.errors import NotFound
from app.core.resources import Resources
from app.mapping.engine.context import Context
from app.mapping.records import evaluate_record
from app.templates.runs import compile_snapshot, take_snapshot, template_in_force
from tests.templates.conftest import Json, created, import_body


async def brand_by_set(api: httpx.AsyncClient) -> tuple[Json, Json]:
    """A set of brands, and the mapping that looks one up in it."""
    brands = await created(
        api, "/v1/mapping-sets", {"name": "Brands", "entries": [{"from": "ACM", "to": "Acme"}]}
    )
    return brands, {
        "kind": "mapping_set",
        "source": "bigcommerce_product.brand",
        "mapping_set_id": brands["id"],
    }


async def test_versions_are_kept_and_can_be_restored(api: httpx.AsyncClient) -> None:
    body = import_body()
    made = await created(api, "/v1/templates", body)
    path = f"/v1/templates/{made['id']}"
    await api.put(path, json=import_body(listing__brand=None))

    versions = (await api.get(f"{path}/versions")).json()["data"]
    old = (await api.get(f"{path}/versions/1")).json()
    restored = (await api.post(f"{path}/versions/1/restore")).json()
    unchanged = (await api.post(f"{path}/versions/3/restore")).json()

    assert [item["version"] for item in versions] == [2, 1]
    assert versions[0]["actor"].startswith("key:")
    assert old["mappings"] == body["mappings"]
    assert (restored["version"], restored["mappings"]) == (3, body["mappings"])
    assert unchanged["version"] == 3
    for missing in ("4", "0", "99999999999999999999", "last"):
        answer = await api.get(f"{path}/versions/{missing}")
        assert answer.status_code in {404, 422}


async def test_template_edited_during_a_run_changes_nothing_in_it(
    api: httpx.AsyncClient, resources: Resources, account_id: UUID
) -> None:
    brands, by_set = await brand_by_set(api)
    made = await created(api, "/v1/templates", import_body(listing__brand=by_set))
    async with resources.unit_of_work() as uow:
        snapshot = await take_snapshot(
            uow, account_id, UUID(made["id"]), IntegrationType.IMPORT_LISTINGS
        )

    await api.put(f"/v1/templates/{made['id']}", json=import_body(listing__title=None))
    await api.put(
        f"/v1/mapping-sets/{brands['id']}",
        json={"name": "Brands", "entries": [{"from": "ACM", "to": "Changed"}]},
    )

    assert snapshot is not None
    assert (snapshot["template_id"], snapshot["version"]) == (made["id"], 1)
    mapped = evaluate_record(
        compile_snapshot(snapshot),
        {"bigcommerce_product": {"name": "Duck", "sku": "D", "brand": "ACM"}},
        Context(resources.clock.now()),
    )
    assert mapped.once["listing"].values["listing.brand"] == "Acme"
    assert mapped.once["listing"].values["listing.title"] == "Duck"


async def test_run_without_a_template_takes_the_default(
    resources: Resources, account_id: UUID
) -> None:
    async with resources.unit_of_work() as uow:
        orders = await take_snapshot(uow, account_id, None, IntegrationType.GET_ORDERS)
        links = await take_snapshot(uow, account_id, None, IntegrationType.LINK_LISTINGS)

    assert orders is not None
    assert orders["name"] == "Get Orders 1"
    assert compile_snapshot(orders).integration == "get_orders"
    assert links is None


async def test_run_cannot_take_another_accounts_template(
    api: httpx.AsyncClient, resources: Resources
) -> None:
    made = await created(api, "/v1/templates", import_body())
    stranger = UUID("01900000-0000-7000-8000-000000000000")

    with pytest.raises(NotFound):
        async with resources.unit_of_work() as uow:
            await take_snapshot(uow, stranger, UUID(made["id"]), IntegrationType.IMPORT_LISTINGS)


async def test_template_in_force_is_the_latest_with_its_sets_as_they_are(
    api: httpx.AsyncClient, resources: Resources, account_id: UUID
) -> None:
    brands, by_set = await brand_by_set(api)
    body = import_body(listing__brand=by_set)
    made = await created(api, "/v1/templates", body)

    async def brand() -> object:
        async with resources.unit_of_work() as uow:
            kind = IntegrationType.IMPORT_LISTINGS
            template = await template_in_force(uow, account_id, UUID(made["id"]), kind)
        assert template is not None
        record = {"bigcommerce_product": {"name": "Duck", "sku": "D", "brand": "ACM"}}
        mapped = evaluate_record(template, record, Context(resources.clock.now()))
        return mapped.once["listing"].values["listing.brand"]

    assert [await brand(), await brand()] == ["Acme", "Acme"]
    await api.put(
        f"/v1/mapping-sets/{brands['id']}",
        json={"name": "Brands", "entries": [{"from": "ACM", "to": "Changed"}]},
    )
    assert await brand() == "Changed"
    body["mappings"]["listing.brand"] = {"kind": "value", "value": "Fixed"}
    await api.put(f"/v1/templates/{made['id']}", json=body)
    assert await brand() == "Fixed"

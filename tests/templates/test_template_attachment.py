"""Templates and channels: defaults, attaching, protection of what is in use."""

from __future__ import annotations

import asyncio
from uuid import UUID

import httpx
import pytest

from app.accounts.service import Principal, Scope
from app.channels.kinds import IntegrationType
from app.core.resources import Resources
from app.mapping.defaults import default_mappings
from app.mapping.lint import lint
from app.mapping.problems import errors_of
from app.templates.directory import Directory
from app.templates.service import delete_template, make_default
from tests.conftest import row_count
from tests.templates.conftest import Json, attach, created, import_body, new_channel

MAPPED = [kind for kind in IntegrationType if kind is not IntegrationType.LINK_LISTINGS]
BAD: Json = {"kind": "field", "source": "bigcommerce_product.no_such_field"}


async def test_every_new_integration_has_a_working_default_template(
    api: httpx.AsyncClient,
) -> None:
    channel = await new_channel(api)

    integrations = (await api.get(f"/v1/channels/{channel}/integrations")).json()["data"]
    templates = {item["id"]: item for item in (await api.get("/v1/templates")).json()["data"]}

    attached = {item["type"]: item["template_id"] for item in integrations}
    assert attached.pop("link_listings") is None
    assert {templates[item]["name"] for item in attached.values()} == {
        "Import Listings 1",
        "Sync Listings 1",
        "Publish Listings 1",
        "Get Orders 1",
        "Sync Orders 1",
    }
    for kind, template_id in attached.items():
        template = templates[template_id]
        assert template["is_default"]
        assert template["in_use_by"] == [{"channel_id": channel, "integration": kind}]
        assert template["mappings"] == default_mappings(kind)
        assert errors_of(lint(kind, template["name"], template["mappings"])) == []


async def test_channels_share_the_default_template(api: httpx.AsyncClient) -> None:
    first, second = await new_channel(api, "One"), await new_channel(api, "Two")

    templates = (await api.get("/v1/templates")).json()["data"]

    assert len(templates) == len(MAPPED)
    for template in templates:
        assert [use["channel_id"] for use in template["in_use_by"]] == sorted([first, second])


async def test_defaults_asked_for_at_the_same_time_are_made_once(
    resources: Resources, account_id: UUID
) -> None:
    async def ask() -> UUID | None:
        async with resources.unit_of_work() as uow:
            return await Directory().default_template(uow, account_id, IntegrationType.GET_ORDERS)

    found = await asyncio.gather(*(ask() for _ in range(8)))

    assert len(set(found)) == 1
    assert await row_count(resources, "mapping_templates") == 1
    assert await row_count(resources, "mapping_template_versions") == 1


async def test_default_takes_the_next_name_when_its_own_is_taken(api: httpx.AsyncClient) -> None:
    await created(api, "/v1/templates", import_body("import listings 1"))

    await new_channel(api)

    found = (await api.get("/v1/templates?integration=import_listings")).json()["data"]
    assert [item["name"] for item in found if item["is_default"]] == ["Import Listings 2"]


async def test_chosen_default_serves_new_channels(api: httpx.AsyncClient) -> None:
    await new_channel(api)
    made = await created(api, "/v1/templates", import_body())

    chosen = (await api.post(f"/v1/templates/{made['id']}/default")).json()
    channel = await new_channel(api, "Second")

    found = (await api.get(f"/v1/channels/{channel}/integrations/import_listings")).json()
    assert chosen["is_default"]
    assert found["template_id"] == made["id"]
    templates = (await api.get("/v1/templates?integration=import_listings")).json()["data"]
    assert [item["id"] for item in templates if item["is_default"]] == [made["id"]]


async def test_only_one_of_many_becomes_default(
    api: httpx.AsyncClient, resources: Resources, account_id: UUID
) -> None:
    caller = Principal(account_id, Scope.ADMIN, "key:test")
    ids = [
        UUID((await created(api, "/v1/templates", import_body(f"T{n}")))["id"]) for n in range(5)
    ]

    async def choose(template_id: UUID) -> None:
        async with resources.unit_of_work() as uow:
            await make_default(uow, caller, template_id)

    await asyncio.gather(*(choose(template_id) for template_id in ids))

    found = (await api.get("/v1/templates")).json()["data"]
    assert sum(item["is_default"] for item in found) == 1


async def test_null_attaches_the_default_again(api: httpx.AsyncClient) -> None:
    channel = await new_channel(api)
    made = await created(api, "/v1/templates", import_body())
    assert (await attach(api, channel, "import_listings", made["id"])).status_code == 200

    answer = await attach(api, channel, "import_listings", None)

    default = (await api.get("/v1/templates?integration=import_listings")).json()["data"][0]
    assert answer.json()["template_id"] == default["id"]


async def test_template_with_errors_cannot_be_attached(api: httpx.AsyncClient) -> None:
    channel = await new_channel(api)
    made = await created(api, "/v1/templates", import_body(listing__title=BAD))

    answer = await attach(api, channel, "import_listings", made["id"])

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "template_has_errors")
    assert "listing.title" in {item["field"] for item in problem["problems"]}
    assert problem["errors"][0]["field"] == "mappings.listing.title"
    assert "Toys" in problem["detail"]
    default = await api.post(f"/v1/templates/{made['id']}/default")
    assert default.json()["code"] == "template_has_errors"


async def test_template_of_another_integration_cannot_be_attached(api: httpx.AsyncClient) -> None:
    channel = await new_channel(api)
    made = await created(api, "/v1/templates", import_body())

    answer = await attach(api, channel, "get_orders", made["id"])
    linking = await attach(api, channel, "link_listings", made["id"])

    assert answer.json()["code"] == "template_of_other_integration"
    assert linking.json()["code"] == "template_of_other_integration"


async def test_attached_template_cannot_be_broken(api: httpx.AsyncClient) -> None:
    channel = await new_channel(api)
    made = await created(api, "/v1/templates", import_body())
    path = f"/v1/templates/{made['id']}"
    await attach(api, channel, "import_listings", made["id"])

    refused = await api.put(path, json=import_body(listing__title=BAD))
    after = (await api.get(path)).json()
    harmless = await api.put(path, json=import_body(listing__brand=None))

    assert (refused.status_code, refused.json()["code"]) == (422, "template_has_errors")
    assert (after["version"], after["mappings"]) == (1, made["mappings"])
    assert (harmless.status_code, harmless.json()["version"]) == (200, 2)


async def test_unattached_template_may_be_saved_with_errors(api: httpx.AsyncClient) -> None:
    made = await created(api, "/v1/templates", import_body())

    answer = await api.put(f"/v1/templates/{made['id']}", json=import_body(listing__title=BAD))

    assert (answer.status_code, answer.json()["version"]) == (200, 2)


async def test_bad_version_cannot_be_restored_where_it_would_run(api: httpx.AsyncClient) -> None:
    made = await created(api, "/v1/templates", import_body(listing__title=BAD))
    path = f"/v1/templates/{made['id']}"
    await api.put(path, json=import_body())
    await attach(api, await new_channel(api), "import_listings", made["id"])

    answer = await api.post(f"{path}/versions/1/restore")

    assert answer.json()["code"] == "template_has_errors"


async def test_template_in_use_cannot_be_deleted(api: httpx.AsyncClient) -> None:
    channel = await new_channel(api)
    made = await created(api, "/v1/templates", import_body())
    path = f"/v1/templates/{made['id']}"
    await attach(api, channel, "import_listings", made["id"])

    refused = await api.delete(path)
    await attach(api, channel, "import_listings", None)

    assert (refused.status_code, refused.json()["code"]) == (409, "template_in_use")
    assert refused.json()["in_use_by"] == [
        {"channel_id": channel, "integration": "import_listings"}
    ]
    assert (await api.delete(path)).status_code == 204


async def test_template_of_a_deleted_channel_can_be_deleted(api: httpx.AsyncClient) -> None:
    channel = await new_channel(api)
    made = await created(api, "/v1/templates", import_body())
    await attach(api, channel, "import_listings", made["id"])

    assert (await api.delete(f"/v1/channels/{channel}")).status_code == 204

    assert (await api.delete(f"/v1/templates/{made['id']}")).status_code == 204


@pytest.mark.parametrize("round_number", range(5))
async def test_attaching_and_deleting_at_once_ends_in_order(
    api: httpx.AsyncClient, resources: Resources, account_id: UUID, round_number: int
) -> None:
    channel = await new_channel(api)
    made = await created(api, "/v1/templates", import_body())
    caller = Principal(account_id, Scope.ADMIN, "key:test")

    async def delete() -> str:
        try:
            async with resources.unit_of_work() as uow:
                await delete_template(uow, caller, UUID(made["id"]))
        except Exception as error:
            return type(error).__name__
        return "deleted"

    attached, deleted = await asyncio.gather(
        attach(api, channel, "import_listings", made["id"]), delete()
    )

    assert (attached.status_code, deleted) in {(200, "TemplateInUse"), (404, "deleted")}

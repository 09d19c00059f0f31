"""A publish run is taken back: what it changed is put back, what it made is removed."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from sandbox.settings import SandboxSettings
from tests.flow.conftest import Service
from tests.flow.publishing import (
    add_listings,
    items,
    products_in_store,
    settings,
    toy,
    use_template,
)
from tests.flow.test_publish_updating import product_of, written
from tests.flow.undoing import change, exactly, meddle, metafields, undo, without_ids
from worker.schedule import forget_old

MORE = {
    "bigcommerce_product.metafield:specs.maker": {"kind": "field", "source": "listing.brand"},
    "bigcommerce_variant.dropship_fee": {"kind": "field", "source": "listing_variant.price"},
}


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    return SandboxSettings(
        products=3, orders=0, quota=100_000, retry_scale=0.01, multi_storefront=True
    )


async def rows(service: Service, table: str) -> int:
    async with service.resources.unit_of_work() as uow:
        return int(await uow.session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


async def refreshed(service: Service, pictures: str) -> tuple[str, list[str]]:
    """Products in the store, and listings that were edited in every way since."""
    channel_id = await service.connect()
    await use_template(service, channel_id, **MORE)
    urls = [f"{pictures}/good/{n}.jpg" for n in range(2)]
    contents = [toy(n, sizes=("S", "M"), images=urls) for n in range(2)]
    contents += [toy(n, sizes=(), images=urls) for n in range(2, 13)]
    contents[0]["variants"][0]["price"] = None
    ids = await add_listings(service, channel_id, *contents)
    await service.run(channel_id, "publish_listings")
    await settings(service, channel_id, overwrite=True)
    for place, listing_id in enumerate(ids):
        listing = (await service.api.get(f"/v1/listings/{listing_id}")).json()
        await change(
            service,
            listing_id,
            variants=[{"id": row["id"], "price": "31.5"} for row in listing["variants"]],
            title=f"New {place}",
            description=f"<p>{'Other words. ' * 40}</p>",
            brand="Other",
            categories=[["Toys", "Fresh"]],
            custom_fields=[{"name": "Material", "value": "Metal"}, {"name": "Age", "value": "3"}],
            images=[*urls, f"{pictures}/good/new.jpg"],
        )
    async with service.resources.unit_of_work() as uow:
        await uow.session.execute(text("UPDATE listing_variants SET weight = 2.25, mpn = 'M-1'"))
        await uow.session.execute(text("UPDATE listings SET weight = 2.25"))
    return channel_id, ids


async def test_an_update_is_undone_exactly(service: Service, pictures: str) -> None:
    channel_id, ids = await refreshed(service, pictures)
    before, notes = await exactly(service), await metafields(service)
    run = await service.run(channel_id, "publish_listings")
    assert (run["status"], run["counts"]["updated"]) == ("succeeded", 13), await items(service, run)
    changed = await exactly(service)
    assert sum(changed[number] != before[number] for number in before) == 13
    assert await metafields(service) != notes
    await service.store.forget_requests()
    predicted = await undo(service, run, mode="dry_run")
    assert await written(service) == {}
    assert await exactly(service) == changed
    foreseen = {item["subject_id"]: item["changes"] for item in await items(service, predicted)}
    names = {row["field"] for row in foreseen[ids[5]]}
    assert names >= {
        "bigcommerce_product.name",
        "bigcommerce_product.description",
        "bigcommerce_product.price",
        "bigcommerce_product.weight",
        "bigcommerce_product.brand_id",
        "bigcommerce_product.categories",
        "bigcommerce_product.custom_field:Material",
        "bigcommerce_product.custom_field:Age",
        "bigcommerce_product.images",
        "metafield:specs.maker",
    }
    await service.store.forget_requests()
    undone = await undo(service, run)
    assert (undone["status"], undone["counts"]) == ("succeeded", predicted["counts"])
    assert undone["counts"]["updated"] == 13
    assert undone["params"] == {"undo_of": run["id"]}
    done = {item["subject_id"]: item["changes"] for item in await items(service, undone)}
    assert done == foreseen
    assert await exactly(service) == before
    assert await metafields(service) == notes
    sent = await written(service)
    assert sent["PUT /v3/catalog/products"] == 2
    assert sent["PUT /v3/catalog/variants"] == 1
    assert sent["PUT /v3/catalog/products/metafields"] == 1
    assert sent["DELETE /v3/catalog/products/{product_id}/images/{image_id}"] == 13
    assert undone["requests"]["made"] <= predicted["requests"]["estimated"] + 3
    again = await undo(service, run)
    assert (again["counts"]["unchanged"], again["counts"]["updated"]) == (13, 0)


async def test_what_was_undone_is_published_again(service: Service, pictures: str) -> None:
    channel_id, _ = await refreshed(service, pictures)
    run = await service.run(channel_id, "publish_listings")
    changed = await exactly(service)
    await undo(service, run)
    again = await service.run(channel_id, "publish_listings")
    assert again["counts"]["updated"] == 13, await items(service, again)
    assert without_ids(await exactly(service)) == without_ids(changed)
    calm = await service.run(channel_id, "publish_listings")
    assert calm["counts"]["unchanged"] == 13, await items(service, calm)


async def test_what_an_update_removed_comes_back(service: Service, pictures: str) -> None:
    channel_id = await service.connect()
    urls = [f"{pictures}/good/{n}.jpg" for n in range(3)]
    ids = await add_listings(service, channel_id, *(toy(n, images=urls) for n in range(2)))
    await service.run(channel_id, "publish_listings")
    await settings(service, channel_id, overwrite=True)
    before = without_ids(await exactly(service))
    for listing_id in ids:
        await change(service, listing_id, images=urls[1:], custom_fields=[])
        await change(service, listing_id, custom_fields=[{"name": "Age", "value": "3"}])
    run = await service.run(channel_id, "publish_listings")
    assert run["counts"]["updated"] == 2
    assert without_ids(await exactly(service)) != before
    undone = await undo(service, run)
    assert undone["counts"]["updated"] == 2, await items(service, undone)
    assert without_ids(await exactly(service)) == before
    for listing_id in ids:
        await change(service, listing_id, images=urls[:1])
    await service.run(channel_id, "publish_listings")
    product = await product_of(service, "TOY-1")
    assert len(product["images"]) == 1
    assert [row["name"] for row in product["custom_fields"]] == ["Age"]


async def test_fields_that_somebody_changed_since_are_left_alone(
    service: Service, pictures: str
) -> None:
    channel_id, ids = await refreshed(service, pictures)
    before = await exactly(service)
    run = await service.run(channel_id, "publish_listings")
    product = await product_of(service, "TOY-1")
    size = product["variants"][0]
    await meddle(
        service,
        product["id"],
        fields={"name": "Mine now", "price": 77.5},
        variants=[{"id": size["id"], "fields": {"price": 3.25}}],
    )
    undone = await undo(service, run)
    assert (undone["status"], undone["counts"]["updated"]) == ("succeeded", 13)
    left = [item for item in await items(service, undone) if item["code"] == "changed_since"]
    assert [item["subject_id"] for item in left] == [ids[1]]
    assert left[0]["field"] == "bigcommerce_product.name"
    for word in ("name", "price"):
        assert f"changed {word} in the store since" in left[0]["message"]
    now = await exactly(service)
    mine = now[product["id"]]
    assert (mine["name"], mine["price"], mine["variants"][0]["price"]) == (
        "Mine now",
        "77.5",
        "3.25",
    )
    was = before[product["id"]]
    for name in ("description", "weight", "brand_id", "categories", "custom_fields", "images"):
        assert mine[name] == was[name]
    assert mine["variants"][1]["price"] == was["variants"][1]["price"]
    assert {k: v for k, v in now.items() if k != product["id"]} == {
        k: v for k, v in before.items() if k != product["id"]
    }
    again = await undo(service, run)
    assert (again["counts"]["unchanged"], again["counts"]["skipped"]) == (12, 1)
    assert await exactly(service) == now


async def test_variants_that_were_added_are_removed_with_their_values(service: Service) -> None:
    channel_id = await service.connect()
    ids = await add_listings(service, channel_id, toy(1, sizes=("S", "M")))
    await service.run(channel_id, "publish_listings")
    await settings(service, channel_id, overwrite=True)
    before = await exactly(service)
    number = next(iter(before.keys() - {r["id"] for r in (await products_in_store(service))[:3]}))
    options = await options_of(service, number)
    async with service.resources.unit_of_work() as uow:
        await uow.session.execute(
            text("""
                INSERT INTO listing_variants
                    (id, account_id, channel_id, listing_id, sku, options, price, quantity,
                     position)
                SELECT gen_random_uuid(), account_id, channel_id, id, 'TOY-1-' || size,
                       jsonb_build_object('Size', size), 30, 4, 5
                FROM listings, unnest(ARRAY['L', 'XL']) AS size WHERE id = CAST(:id AS uuid)
            """),
            {"id": ids[0]},
        )
    run = await service.run(channel_id, "publish_listings")
    assert run["counts"]["updated"] == 1, await items(service, run)
    assert len((await product_of(service, "TOY-1"))["variants"]) == 4
    undone = await undo(service, run)
    assert undone["counts"]["updated"] == 1, await items(service, undone)
    assert await exactly(service) == before
    assert await options_of(service, number) == options
    listing = (await service.api.get(f"/v1/listings/{ids[0]}")).json()
    known = {row["sku"]: row["external_id"] for row in listing["variants"]}
    assert (known["TOY-1-L"], known["TOY-1-XL"]) == (None, None)
    assert None not in (known["TOY-1-S"], known["TOY-1-M"])
    again = await service.run(channel_id, "publish_listings")
    assert again["counts"]["updated"] == 1
    assert len((await product_of(service, "TOY-1"))["variants"]) == 4


async def options_of(service: Service, number: int) -> Any:
    answer = await service.store.control.get(
        f"/stores/{service.store.settings.store_hash}/v3/catalog/products/{number}/options",
        headers={"X-Auth-Token": service.store.settings.token(), "Accept": "application/json"},
    )
    return answer.json()["data"]


async def test_a_variants_picture_comes_back_from_its_source(
    service: Service, pictures: str
) -> None:
    channel_id = await service.connect()
    content = toy(1, sizes=("S", "M"))
    content["variants"][0]["image"] = f"{pictures}/good/s.jpg"
    ids = await add_listings(service, channel_id, content)
    await service.run(channel_id, "publish_listings")
    await settings(service, channel_id, overwrite=True)
    async with service.resources.unit_of_work() as uow:
        await uow.session.execute(
            text("UPDATE listing_variants SET image = :url"), {"url": f"{pictures}/good/new.jpg"}
        )
    run = await service.run(channel_id, "publish_listings")
    item = next(iter(await items(service, await undo(service, run, mode="dry_run"))))
    by_field = {row["field"]: row["to"] for row in item["changes"]}
    assert by_field["bigcommerce_variant[TOY-1-S].image_url"] == f"{pictures}/good/s.jpg"
    undone = await undo(service, run)
    told = (await items(service, undone))[0]
    assert (told["outcome"], told["code"]) == ("updated", "value_stays")
    assert told["field"] == "bigcommerce_variant[TOY-1-M].image_url"
    again = (await items(service, await undo(service, run)))[0]
    assert (again["outcome"], again["code"]) == ("skipped", "value_stays")
    assert ids


async def test_a_creation_is_undone_and_published_again(service: Service, pictures: str) -> None:
    channel_id = await service.connect()
    await use_template(service, channel_id, **MORE)
    before = await exactly(service)
    urls = [f"{pictures}/good/{n}.jpg" for n in range(2)]
    ids = await add_listings(
        service,
        channel_id,
        *(toy(n, sizes=("S", "M"), images=urls if n < 8 else []) for n in range(260)),
    )
    run = await service.run(channel_id, "publish_listings")
    assert run["counts"]["created"] == 260
    made = {
        row["sku"]: row["id"]
        for row in await products_in_store(service)
        if row["sku"].startswith("TOY-")
    }
    await service.store.forget_requests()
    predicted = await undo(service, run, mode="dry_run")
    assert await written(service) == {}
    item = next(row for row in await items(service, predicted) if row["subject_id"] == ids[7])
    assert item["changes"] == [
        {"field": "bigcommerce_product.id", "from": made["TOY-7"], "to": None}
    ]
    undone = await undo(service, run)
    assert undone["counts"] == predicted["counts"], (await items(service, undone))[:3]
    assert undone["counts"]["updated"] == 260
    assert await written(service) == {"DELETE /v3/catalog/products": 2}
    assert undone["requests"]["made"] <= predicted["requests"]["estimated"]
    assert await exactly(service) == before
    listing = (await service.api.get(f"/v1/listings/{ids[7]}")).json()
    assert (listing["health"], listing["external_id"]) == ("not_listed", None)
    assert (listing["link_status"], listing["pending"]) == ("unlinked", None)
    assert {row["external_id"] for row in listing["variants"]} == {None}
    assert await rows(service, "listing_images") == 0
    assert await rows(service, "listing_publications") == 0
    again = await undo(service, run)
    assert (again["counts"]["unchanged"], again["counts"]["updated"]) == (260, 0)
    some = ids[:5]
    run = await service.run(channel_id, "publish_listings", params={"listing_ids": some})
    assert run["counts"]["created"] == 5
    toys = [r for r in await products_in_store(service) if r["sku"].startswith("TOY-")]
    assert [len(row["images"]) for row in toys] == [2] * 5
    assert Counter(row[3] for row in await metafields(service)) == {"maker": 5, "dropship_fee": 10}
    assert {row["id"] for row in toys}.isdisjoint(made.values())


async def test_a_product_that_somebody_works_with_is_not_deleted(service: Service) -> None:
    channel_id = await service.connect()
    ids = await add_listings(service, channel_id, *(toy(n, sizes=("S",)) for n in range(6)))
    run = await service.run(channel_id, "publish_listings")
    products = {row["sku"]: row for row in await products_in_store(service)}
    await meddle(service, products["TOY-1"]["id"], fields={"description": "Better"})
    await meddle(service, products["TOY-2"]["id"], fields={"total_sold": 1})
    size = products["TOY-3"]["variants"][0]
    order = {"lines": [{"variant_id": size["id"], "quantity": 1}], "status_id": 11}
    assert (await service.store.control.post("/sandbox/orders", json=order)).is_success
    counters = {"view_count": 12, "date_modified": "2031-01-01T00:00:00+00:00"}
    await meddle(service, products["TOY-4"]["id"], fields=counters)
    await service.store.control.delete(f"/sandbox/products/{products['TOY-5']['id']}")
    undone = await undo(service, run)
    found = {item["subject_id"]: item for item in await items(service, undone)}
    assert {place: found[ids[place]]["code"] for place in range(6)} == {
        0: None,
        1: "changed_since",
        2: "sold_since",
        3: "sold_since",
        4: None,
        5: "not_in_store",
    }
    assert "description" in found[ids[1]]["message"]
    assert (undone["counts"]["updated"], undone["counts"]["skipped"]) == (2, 4)
    left = {row["sku"] for row in await products_in_store(service)}
    assert {sku for sku in left if sku.startswith("TOY-")} == {"TOY-1", "TOY-2", "TOY-3"}
    kept = (await service.api.get(f"/v1/listings/{ids[1]}")).json()
    assert (kept["health"], kept["external_id"]) == ("listed", str(products["TOY-1"]["id"]))


async def test_runs_are_undone_from_the_last_to_the_first(service: Service, pictures: str) -> None:
    channel_id = await service.connect()
    before = await exactly(service)
    urls = [f"{pictures}/good/{n}.jpg" for n in range(2)]
    ids = await add_listings(service, channel_id, toy(1, images=urls))
    first = await service.run(channel_id, "publish_listings")
    await settings(service, channel_id, overwrite=True)
    await change(service, ids[0], title="Second", images=urls[:1], custom_fields=[])
    second = await service.run(channel_id, "publish_listings")
    assert second["counts"]["updated"] == 1
    early = await items(service, await undo(service, first))
    assert [(item["outcome"], item["code"]) for item in early] == [("skipped", "changed_since")]
    assert (await undo(service, second))["counts"]["updated"] == 1
    assert (await undo(service, first))["counts"]["updated"] == 1
    assert await exactly(service) == before


async def test_one_poisoned_product_does_not_fail_its_batch(
    service: Service, pictures: str
) -> None:
    channel_id, ids = await refreshed(service, pictures)
    run = await service.run(channel_id, "publish_listings")
    other = (await products_in_store(service))[0]
    await meddle(service, other["id"], fields={"name": "Toy 6"})
    undone = await undo(service, run)
    assert undone["status"] == "completed_with_errors"
    assert (undone["counts"]["updated"], undone["counts"]["failed"]) == (12, 1)
    failed = (await items(service, undone, outcome="failed"))[0]
    assert (failed["subject_id"], failed["code"]) == (ids[6], "name_duplicate")
    assert failed["field"] == "bigcommerce_product.name"
    assert f"product {other['id']}" in failed["message"]
    await meddle(service, other["id"], fields={"name": "Free again"})
    answer = await service.api.post(f"/v1/runs/{undone['id']}/retry")
    retried = await service.finish(answer.json()["id"])
    assert (retried["counts"]["updated"], retried["progress"]["total"]) == (1, 1)
    assert (await product_of(service, "TOY-6"))["name"] == "Toy 6"


async def test_what_arrived_of_a_failed_update_is_undone_too(service: Service) -> None:
    channel_id = await service.connect()
    ids = await add_listings(service, channel_id, *(toy(n, sizes=("S", "M")) for n in range(2)))
    await service.run(channel_id, "publish_listings")
    await settings(service, channel_id, overwrite=True)
    before = await exactly(service)
    listing = (await service.api.get(f"/v1/listings/{ids[0]}")).json()
    taken = [{"id": listing["variants"][0]["id"], "sku": "TOY-1-M"}]
    await change(service, ids[0], title="Half way", variants=taken)
    run = await service.run(channel_id, "publish_listings")
    assert (run["counts"]["failed"], run["counts"]["unchanged"]) == (1, 1)
    assert (await product_of(service, "TOY-0"))["name"] == "Half way"
    undone = await undo(service, run)
    assert (undone["status"], undone["counts"]["updated"]) == ("succeeded", 1)
    assert await exactly(service) == before


async def test_a_refused_creation_has_nothing_to_undo(service: Service) -> None:
    channel_id = await service.connect()
    taken = (await products_in_store(service))[0]["name"]
    await add_listings(service, channel_id, toy(1, title=taken), toy(2))
    run = await service.run(channel_id, "publish_listings")
    assert (run["counts"]["created"], run["counts"]["failed"]) == (1, 1)
    undone = await undo(service, run)
    assert (undone["progress"]["total"], undone["counts"]["updated"]) == (1, 1)


async def test_an_approved_undo_does_what_it_foresaw(service: Service) -> None:
    channel_id = await service.connect()
    ids = await add_listings(service, channel_id, *(toy(n) for n in range(3)))
    run = await service.run(channel_id, "publish_listings")
    plan = await undo(service, run, mode="dry_run")
    chosen = [row["id"] for row in await items(service, plan) if row["subject_id"] != ids[0]]
    body = {"plan_run_id": plan["id"], "item_ids": chosen}
    answer = await service.api.post("/v1/runs", json=body)
    assert answer.status_code == 202, answer.text
    done = await service.finish(answer.json()["id"])
    assert (done["counts"]["updated"], done["progress"]["total"]) == (2, 2)
    left = {row["sku"] for row in await products_in_store(service)}
    assert {sku for sku in left if sku.startswith("TOY-")} == {"TOY-0"}


async def test_a_metafield_that_nobody_remembered_gets_its_old_value_back(
    service: Service,
) -> None:
    channel_id = await service.connect()
    await use_template(service, channel_id, **MORE)
    ids = await add_listings(service, channel_id, *(toy(n, sizes=("S",)) for n in range(3)))
    await service.run(channel_id, "publish_listings")
    await settings(service, channel_id, overwrite=True)
    before = await metafields(service)
    async with service.resources.unit_of_work() as uow:
        await uow.session.execute(text("DELETE FROM listing_publications"))
    for listing_id in ids:
        await change(service, listing_id, brand="Other")
    run = await service.run(channel_id, "publish_listings")
    assert run["counts"]["updated"] == 3
    assert await metafields(service) != before
    await undo(service, run)
    assert await metafields(service) == before
    run = await service.run(channel_id, "publish_listings")
    assert run["counts"]["updated"] == 3
    assert {row[4] for row in await metafields(service) if row[3] == "maker"} == {"Other"}


async def test_a_listing_that_was_hidden_is_shown_again(service: Service) -> None:
    channel_id = await service.connect()
    ids = await add_listings(service, channel_id, toy(1), toy(2))
    await service.run(channel_id, "publish_listings")
    await settings(service, channel_id, overwrite=True)
    before = await exactly(service)
    answer = await service.api.post(f"/v1/listings/{ids[0]}/status", json={"to": "hidden"})
    assert answer.is_success, answer.text
    run = await service.run(channel_id, "publish_listings")
    assert run["counts"]["updated"] == 1, await items(service, run)
    assert (await service.api.get(f"/v1/listings/{ids[0]}")).json()["health"] == "hidden"
    await undo(service, run)
    assert await exactly(service) == before
    assert (await service.api.get(f"/v1/listings/{ids[0]}")).json()["health"] == "listed"


async def test_what_cannot_be_undone_is_refused(service: Service) -> None:
    channel_id = await service.connect()
    await add_listings(service, channel_id, toy(1), toy(2, price=Decimal("-1")))
    dry = await service.run(channel_id, "publish_listings", mode="dry_run")
    answer = await service.api.post(f"/v1/runs/{dry['id']}/undo")
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_undo")
    run = await service.run(channel_id, "publish_listings")
    undone = await undo(service, run)
    answer = await service.api.post(f"/v1/runs/{undone['id']}/undo")
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_undo")
    assert "Publish the listings again" in answer.json()["detail"]


async def test_old_publications_are_forgotten(service: Service) -> None:
    channel_id = await service.connect()
    await add_listings(service, channel_id, toy(1))
    run = await service.run(channel_id, "publish_listings")
    async with service.resources.unit_of_work() as uow:
        await uow.session.execute(
            text("UPDATE publication_traces SET created_at = created_at - interval '91 days'")
        )
        await forget_old(uow)
    undone = await undo(service, run)
    assert (undone["status"], undone["progress"]["total"]) == ("succeeded", 0)
    log = (await service.api.get(f"/v1/runs/{undone['id']}/log")).json()["data"]
    assert "nothing_to_undo" in {line["code"] for line in log}
    assert await product_of(service, "TOY-1")

"""Lists that a template adds to: what the store has besides stays, what is there is not doubled."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.settings import SandboxSettings
from tests.flow.conftest import Service
from tests.flow.publishing import (
    add_listings,
    in_store,
    items,
    products_in_store,
    settings,
    toy,
    use_template,
)


@pytest.fixture
def sandbox_settings() -> SandboxSettings:
    return SandboxSettings(products=3, orders=0, quota=100_000, retry_scale=0.01)


def adding(source: str) -> dict[str, Any]:
    return {"kind": "field", "source": source, "list_mode": "add"}


async def categories_of(service: Service, product: dict[str, Any]) -> set[str]:
    rows = (await in_store(service, "/v3/catalog/trees/categories", limit=250))["data"]
    names = {row["category_id"]: row["name"] for row in rows}
    return {names[number] for number in product["categories"]}


async def test_lists_that_are_added_to_keep_what_was_sent_before(
    service: Service, pictures: str
) -> None:
    channel_id = await service.connect()
    urls = [f"{pictures}/good/{number}.jpg" for number in range(3)]
    (listing_id,) = await add_listings(
        service, channel_id, toy(1, images=urls[:2], categories=[["Toys"]])
    )
    await use_template(
        service,
        channel_id,
        **{
            "bigcommerce_product.categories": adding("listing.category_path"),
            "bigcommerce_product.images": adding("listing.image"),
            "bigcommerce_product.custom_fields": adding("listing.custom_field"),
        },
    )
    await settings(service, channel_id, overwrite=True)
    run = await service.run(channel_id, "publish_listings")
    assert run["counts"]["created"] == 1, await items(service, run)
    change = {
        "images": urls[2:],
        "categories": [["Gifts"]],
        "custom_fields": [{"name": "Age", "value": "3"}],
    }
    await service.api.patch(f"/v1/listings/{listing_id}", json=change)
    run = await service.run(channel_id, "publish_listings")
    assert run["counts"]["updated"] == 1, await items(service, run)
    product = next(row for row in await products_in_store(service) if row["sku"] == "TOY-1")
    assert len(product["images"]) == 3
    assert await categories_of(service, product) == {"Toys", "Gifts"}
    assert {row["name"] for row in product["custom_fields"]} == {"Material", "Age"}
    run = await service.run(channel_id, "publish_listings")
    assert run["counts"]["unchanged"] == 1, await items(service, run)


async def test_a_field_by_name_alone_leaves_the_others_and_goes_when_it_is_blank(
    service: Service,
) -> None:
    channel_id = await service.connect()
    (listing_id,) = await add_listings(
        service, channel_id, toy(1, custom_fields=[{"name": "Age", "value": "3"}])
    )
    await settings(service, channel_id, overwrite=True)
    await service.run(channel_id, "publish_listings")
    await use_template(
        service,
        channel_id,
        **{
            "bigcommerce_product.custom_fields": {"kind": "ignore"},
            "bigcommerce_product.metafields_or_custom_fields": {"kind": "ignore"},
            "bigcommerce_product.custom_field:Maker": {"kind": "field", "source": "listing.brand"},
        },
    )
    run = await service.run(channel_id, "publish_listings")
    assert run["counts"]["updated"] == 1, await items(service, run)

    async def fields() -> dict[str, str]:
        product = next(row for row in await products_in_store(service) if row["sku"] == "TOY-1")
        return {row["name"]: row["value"] for row in product["custom_fields"]}

    assert await fields() == {"Age": "3", "Maker": "Acme"}
    await service.api.patch(f"/v1/listings/{listing_id}", json={"brand": ""})
    run = await service.run(channel_id, "publish_listings")
    assert run["counts"]["updated"] == 1, await items(service, run)
    assert await fields() == {"Age": "3"}

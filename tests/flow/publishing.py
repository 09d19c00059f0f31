"""Listings that are not in the store yet, and pictures to publish with them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from app.channels.models import Channel
from app.core.ids import new_id
from app.listings.models import Listing, ListingVariant
from app.mapping.defaults import default_mappings
from tests.flow.conftest import Service

SIZES = ("S", "M", "L", "XL", "XXL")


def toy(number: int, *, sizes: tuple[str, ...] = SIZES, **values: Any) -> dict[str, Any]:
    """A listing with a variant per size, or without options when there are no sizes."""
    return {
        "sku": f"TOY-{number}",
        "title": f"Toy {number}",
        "description": "<p>Fun</p>",
        "brand": "Acme",
        "categories": [["Toys", "Educational"], ["Toys", f"Shelf {number % 7}"]],
        "images": [],
        "custom_fields": [{"name": "Material", "value": "Wood"}],
        "price": Decimal("19.99"),
        "weight": Decimal("0.5"),
        "currency": "USD",
        "variants": [
            {
                "sku": f"TOY-{number}-{size}",
                "options": {"Size": size},
                "price": Decimal("19.99") + place,
                "quantity": 5 + place,
                "weight": Decimal("0.5"),
            }
            for place, size in enumerate(sizes)
        ]
        or [{"sku": f"TOY-{number}", "quantity": 3, "price": Decimal("19.99")}],
        **values,
    }


async def add_listings(service: Service, channel_id: str, *contents: dict[str, Any]) -> list[str]:
    """Write listings as building makes them; returns their ids."""
    ids = []
    async with service.resources.unit_of_work() as uow:
        channel = await uow.session.get_one(Channel, UUID(channel_id))
        owner = {"account_id": channel.account_id, "channel_id": channel.id}
        for content in contents:
            values = dict(content)
            variants = values.pop("variants")
            listing = Listing(id=new_id(), **owner, **values)
            uow.session.add(listing)
            await uow.session.flush()
            for place, variant in enumerate(variants):
                uow.session.add(
                    ListingVariant(
                        id=new_id(), listing_id=listing.id, position=place, **owner, **variant
                    )
                )
            ids.append(str(listing.id))
    return ids


async def in_store(service: Service, address: str, **params: Any) -> Any:
    """Ask the store's API directly, as nobody of ours would."""
    answer = await service.store.control.get(
        f"/stores/{service.store.settings.store_hash}{address}",
        params=params,
        headers={"X-Auth-Token": service.store.settings.token(), "Accept": "application/json"},
    )
    return answer.json() if answer.content else []


async def products_in_store(service: Service) -> list[dict[str, Any]]:
    """Every product of the store with what belongs to it."""
    found: list[dict[str, Any]] = []
    page = 1
    while True:
        answer = await in_store(
            service,
            "/v3/catalog/products",
            limit=250,
            page=page,
            include="variants,images,custom_fields",
        )
        found += answer["data"]
        if page >= answer["meta"]["pagination"]["total_pages"]:
            return found
        page += 1


async def faults(service: Service, *rules: dict[str, Any]) -> None:
    """Make the store misbehave."""
    answer = await service.store.control.post("/sandbox/faults", json=list(rules))
    assert answer.status_code == 200, answer.text


async def behave(service: Service) -> None:
    """Make the store behave again."""
    await service.store.control.delete("/sandbox/faults")


async def settings(service: Service, channel_id: str, **changes: Any) -> None:
    """Change settings of Publish Listings."""
    answer = await service.api.patch(
        f"/v1/channels/{channel_id}/integrations/publish_listings", json={"settings": changes}
    )
    assert answer.status_code == 200, answer.text


async def items(service: Service, run: dict[str, Any], **params: Any) -> list[dict[str, Any]]:
    """Items of a run."""
    return await service.all(f"/v1/runs/{run['id']}/items", **params)


async def use_template(service: Service, channel_id: str, **more: dict[str, Any]) -> None:
    """Publish by the default template with some mappings more."""
    body = {
        "name": "With more",
        "integration": "publish_listings",
        "mappings": {**default_mappings("publish_listings"), **more},
    }
    answer = await service.api.post("/v1/templates", json=body)
    assert answer.status_code == 201, answer.text
    answer = await service.api.patch(
        f"/v1/channels/{channel_id}/integrations/publish_listings",
        json={"template_id": answer.json()["id"]},
    )
    assert answer.status_code == 200, answer.text

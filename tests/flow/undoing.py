"""Taking publications back, and looking at what is left in the store."""

from __future__ import annotations

import json
from typing import Any

from tests.flow.conftest import Service
from tests.flow.publishing import in_store

MOVING = ("date_modified", "date_created")


async def exactly(service: Service) -> dict[int, dict[str, Any]]:
    """Every product as the store writes it, numbers by their digits; dates are left out."""
    answer = await service.store.control.get(
        f"/stores/{service.store.settings.store_hash}/v3/catalog/products",
        params={"limit": 250, "include": "variants,images,custom_fields"},
        headers={"X-Auth-Token": service.store.settings.token(), "Accept": "application/json"},
    )
    rows = json.loads(answer.text, parse_float=str, parse_int=str)["data"]
    for row in rows:
        for part in (row, *row["images"]):
            for name in MOVING:
                part.pop(name, None)
    return {int(row["id"]): row for row in rows}


def without_ids(products: dict[int, dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Products without the ids and addresses that pictures and custom fields are given anew."""
    return {
        number: {
            **row,
            "images": sorted((one["sort_order"], one["is_thumbnail"]) for one in row["images"]),
            "custom_fields": sorted((one["name"], one["value"]) for one in row["custom_fields"]),
        }
        for number, row in products.items()
    }


async def metafields(service: Service) -> list[tuple[Any, ...]]:
    """Metafields of products and variants."""
    found: list[tuple[Any, ...]] = []
    for owner in ("products", "variants"):
        answer = await in_store(service, f"/v3/catalog/{owner}/metafields", limit=250)
        found += [
            (owner, row["resource_id"], row["namespace"], row["key"], row["value"])
            for row in answer["data"]
        ]
    return sorted(found)


async def ask_undo(service: Service, run: dict[str, Any], **body: Any) -> str:
    """Ask for a run to be taken back; returns the id of the run that does."""
    answer = await service.api.post(f"/v1/runs/{run['id']}/undo", json=body or None)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


async def undo(service: Service, run: dict[str, Any], **body: Any) -> dict[str, Any]:
    """Take a run back, and wait until that is done."""
    return await service.finish(await ask_undo(service, run, **body))


async def change(service: Service, listing_id: str, **values: Any) -> None:
    """Edit a listing."""
    answer = await service.api.patch(f"/v1/listings/{listing_id}", json=values)
    assert answer.status_code == 200, answer.text


async def meddle(service: Service, product_id: int | str, **body: Any) -> None:
    """Change a product in the store as somebody else would."""
    answer = await service.store.control.patch(f"/sandbox/products/{product_id}", json=body)
    assert answer.is_success, answer.text

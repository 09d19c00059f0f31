"""Worlds for Publish Listings: listings of which much may be wrong, some in the store already."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app.listings.models import Listing, ListingVariant
from benchmarks.foresight.rows import add_listings, is_ours
from benchmarks.foresight.worlds import World

MONEY = ("0", "0.01", "5", "19.99", "7.12345", "1234.5", "99999.99")
SIZES = ("S", "M", "L", "XL", "XXL")


def _images(world: World) -> list[str]:
    host = world.pictures
    known = [f"{host}/good/{number}.jpg" for number in range(5)]
    bad = [f"{host}/gone/1.jpg", f"{host}/page/1.jpg", "no address", "ftp://there/1.jpg"]
    return world.rng.sample([*known, *bad], world.rng.choice((0, 1, 1, 2, 3, 4)))


def _custom_fields(world: World) -> list[dict[str, str]]:
    return world.rng.choice(
        [
            [],
            [{"name": "Material", "value": "Wood"}],
            [{"name": "Material", "value": "Wood"}, {"name": "Age", "value": "3+"}],
            [{"name": "Material", "value": "Wood"}, {"name": "Material", "value": "Steel"}],
            [{"name": "Long", "value": "y" * 260}],
            [{"name": "Blank", "value": " "}],
        ]
    )


def _content(world: World, number: int) -> dict[str, Any]:
    """A listing; most are good."""
    rng = world.rng
    sizes = rng.choice([(), (), ("S",), SIZES[:2], SIZES[:3], SIZES])
    titles = [f"Toy {number}"] * 12 + ["Same name", "same NAME", "", "x" * 300, "Foreign 3"]
    categories: list[list[list[str]]] = [
        *([], [["Toys"]], [["Toys", "Wood"]], [["Toys", "Wood"], ["Gifts", f"S {number % 7}"]]),
        *([["A", "B", "C", "D", "E"]], [["G" * 60]], [["Toys", " wood "], ["toys", "Wood"]]),
    ]
    content: dict[str, Any] = {
        "sku": "SAME-SKU" if rng.random() < 0.02 else f"P{number:05d}",
        "title": rng.choice(titles),
        "description": rng.choice(("<p>Fun</p>", "", "Plain & simple", f"<b>{number}</b>")),
        "brand": rng.choice(("", "Acme", "acme ", "Other", f"Brand {number % 9}")),
        "categories": rng.choice(categories),
        "images": _images(world),
        "custom_fields": _custom_fields(world),
        "price": rng.choice((None, *(Decimal(text) for text in MONEY))),
        "weight": rng.choice((Decimal("0.5"),) * 12 + (Decimal("12.3456"), None)),
        "upc": rng.choice((None, "123456789012", "not digits")),
        "msrp": rng.choice((None, None, Decimal("25"))),
        "width": rng.choice((None, Decimal("2.54"), Decimal("10"))),
        "health": "paused" if rng.random() < 0.03 else "not_listed",
    }
    content["variants"] = [
        _variant(world, content, place, size) for place, size in enumerate(sizes or ("",))
    ]
    return content


def _variant(world: World, content: Mapping[str, Any], place: int, size: str) -> dict[str, Any]:
    rng = world.rng
    variant: dict[str, Any] = {
        "sku": f"{content['sku']}-{size}" if size else content["sku"],
        "options": {"Size": size} if size else {},
        "price": rng.choice((None, Decimal("19.99"), Decimal(20) + place, content["price"])),
        "quantity": rng.choice((None, 0, 1, 7, 100)),
        "weight": rng.choice((None, None, content["weight"], Decimal("0.75"))),
        "image": rng.choice((None, None, None, *_images(world)[:1])),
    }
    chance = rng.random()
    if chance < 0.01 and size:
        variant["sku"] = None
    elif chance < 0.02 and size:
        variant["options"] = {"Size": "S"}
    elif chance < 0.03 and size:
        variant["options"] = {"Colour": "Red"}
    elif chance < 0.04:
        variant["sku"] = "FOREIGN-2"
    return variant


async def build(world: World) -> None:
    """Products of others that an import knows, and listings that are new."""
    await _foreign(world)
    await add_listings(world, [_content(world, number) for number in range(world.size)])


async def lenient(world: World) -> None:
    """The same with every setting that forgives."""
    await build(world)
    await world.settings(
        "publish_listings",
        long_title="truncate",
        long_attributes="truncate",
        images="parent_and_first_variant",
        category_depth=5,
        max_variants=3,
    )
    await world.template(
        "publish_listings",
        **{
            "bigcommerce_product.metafield:specs.origin": {"kind": "value", "value": "Vienna"},
            "bigcommerce_variant.metafield:specs.code": {
                "kind": "field",
                "source": "listing_variant.sku",
            },
        },
    )


async def overwriting(world: World) -> None:
    """Half of the listings are in the store; they, and the store's products, have moved on."""
    await _foreign(world)
    half = world.size // 2
    await add_listings(world, [_content(world, number) for number in range(half)])
    await world.settings("publish_listings", long_title="truncate", long_attributes="skip")
    run = await world.on.run(world.channel, "publish_listings")
    if run["status"] not in ("succeeded", "completed_with_errors"):
        raise RuntimeError(str(run))
    await _edit(world)
    await _edit_store(world)
    await add_listings(world, [_content(world, number) for number in range(half, world.size)], half)
    await world.settings("publish_listings", overwrite=True)


async def overwriting_in_part(world: World) -> None:
    """The same, with names kept, fewer pictures and deeper categories."""
    await overwriting(world)
    await world.settings(
        "publish_listings",
        override_name=False,
        images="first_parent_only",
        category_depth=2,
    )


async def by_rules(world: World) -> None:
    """Listings built from products of ours, whose prices and quantities are made by rules."""
    rng = world.rng
    products = []
    for number in range(world.size):
        content = _content(world, number)
        body: dict[str, Any] = {
            "sku": f"P{number:05d}",
            "title": f"Toy {number}",
            "description": content["description"],
            "brand": content["brand"],
            "categories": content["categories"],
            "images": [url for url in content["images"] if url.startswith("http")],
            "weight": rng.choice(("0.5", "0.5", "0.5", None)),
            **_prices(world),
        }
        if len(content["variants"]) > 1:
            body["variants"] = [
                {
                    "sku": f"P{number:05d}-{size}",
                    "options": {"Size": size},
                    "quantity": rng.choice((0, 1, 3, 50)),
                    **_prices(world),
                }
                for size in SIZES[: len(content["variants"])]
            ]
        else:
            body["quantity"] = rng.choice((0, 1, 3, 50))
        products.append(body)
    await world.put_products(products)
    body = {"channel_id": world.channel, "product_skus": [row["sku"] for row in products]}
    (await world.on.api.post("/v1/listings/build", json=body)).raise_for_status()
    await world.rule(
        "pricing",
        "Markup",
        {
            "base": {"kind": "markup", "percent": "30", "on": "cost"},
            "rounding": {"mode": "ending", "value": "0.95"},
            "guards": {"not_below_map": True, "not_above_msrp": True},
        },
    )
    await world.rule("quantity", "Careful", {"buffer": 1, "cap": 20})


def _prices(world: World) -> dict[str, Any]:
    rng = world.rng
    return {
        name: rng.choice(("5", "9.5", "19.99", "100"))
        for name, share in (("price", 0.9), ("cost", 0.8), ("msrp", 0.3), ("map", 0.3))
        if rng.random() < share
    }


async def _foreign(world: World) -> None:
    for number in range(6):
        await world.product(
            {
                "name": f"Foreign {number}",
                "sku": f"FOREIGN-{number}",
                "type": "physical",
                "weight": 1,
                "price": 9.5,
                "is_visible": True,
            }
        )
    await world.settings("import_listings", scope="listings")
    await world.on.run(world.channel, "import_listings")


async def _edit(world: World) -> None:
    """Our side moves on: texts, prices, pictures, brands, categories and a variant more."""
    rng = world.rng
    async with world.on.resources.unit_of_work() as uow:
        rows = await uow.session.execute(
            select(Listing.id, Listing.account_id, Listing.channel_id)
            .where(Listing.external_number.is_not(None))
            .order_by(Listing.id)
        )
        for place, (found, account_id, channel_id) in enumerate(rows.all()):
            if rng.random() < 0.3:
                continue
            fresh = _content(world, place)
            names = rng.sample(
                ("description", "brand", "categories", "images", "custom_fields", "msrp", "upc"),
                rng.choice((1, 2, 4)),
            )
            values = {name: fresh[name] for name in names}
            if rng.random() < 0.3 and is_ours(str(found)):
                # Never one new name for two: which of them the store takes is the store's affair.
                values["title"] = rng.choice((f"New toy {place}", "Foreign 1"))
            await uow.session.execute(
                update(Listing)
                .where(Listing.id == found)
                .values(**values, version=Listing.version + 1)
            )
            if rng.random() < 0.3:
                await uow.session.execute(
                    update(ListingVariant)
                    .where(ListingVariant.listing_id == found)
                    .values(price=rng.choice((Decimal("31.5"), Decimal("19.99"))), quantity=9)
                )
            if rng.random() < 0.15 and found.int < 1 << 64:
                await _add_variant(
                    world, uow, found, {"account_id": account_id, "channel_id": channel_id}
                )


async def _add_variant(world: World, uow: Any, found: UUID, owner: Mapping[str, Any]) -> None:
    last = await uow.session.scalar(
        select(ListingVariant)
        .where(ListingVariant.listing_id == found)
        .order_by(ListingVariant.position.desc())
        .limit(1)
    )
    if last is None or not last.options:
        return
    uow.session.add(
        ListingVariant(
            id=UUID(int=found.int + 500),
            listing_id=found,
            sku=f"{last.sku}-MORE",
            options=dict.fromkeys(last.options, "More"),
            price=Decimal("3.5"),
            quantity=2,
            position=last.position + 1,
            **owner,
        )
    )


async def _edit_store(world: World) -> None:
    """The merchant moves on, too."""
    rng = world.rng
    products = await world.in_store("/v3/catalog/products", include="variants")
    # Several are made at a time, so their ids say nothing.
    for product in sorted(products, key=lambda row: str(row["name"])):
        chance = rng.random()
        if chance < 0.1:
            await world.change_product(product["id"], {"fields": {"price": 77.5}})
        elif chance < 0.2:
            await world.change_product(product["id"], {"fields": {"description": "Mine"}})
        elif chance < 0.25:
            await world.change_product(product["id"], {"fields": {"categories": []}})
        elif chance < 0.3:
            row = rng.choice(product["variants"])
            body = {"variants": [{"id": row["id"], "fields": {"price": 55.25}}]}
            await world.change_product(product["id"], body)


BUILDS: dict[str, Callable[[World], Awaitable[None]]] = {
    "strict": build,
    "lenient": lenient,
    "overwrite": overwriting,
    "overwrite in part": overwriting_in_part,
    "rules": by_rules,
}

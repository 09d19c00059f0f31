"""Every field of a listing against what the store holds."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.outside.lookalike.goods import BRANDS, CATEGORIES, make_product, stock_up
from tests.outside.lookalike.shop import Record, Shop
from tests.outside.merchant import Merchant

KILOGRAMS = {"Pounds": "0.45359237", "Ounces": "0.028349523125", "Grams": "0.001"}
CENTIMETERS = {"Inches": "2.54", "Centimeters": "1"}
AMOUNT = 40


def path_of(category_id: int) -> list[str]:
    """Names from the top down to a category."""
    parents = {key: (parent, name) for key, parent, name in CATEGORIES}
    path: list[str] = []
    while category_id:
        category_id, name = parents[category_id]
        path.insert(0, name)
    return path


def same(shown: str | None, expected: object, factor: str = "1") -> bool:
    """Whether a decimal text is this number in another unit, to four significant places."""
    if expected is None or shown is None:
        return expected is None and shown is None
    wanted = Decimal(str(expected)) * Decimal(factor)
    return abs(Decimal(shown) - wanted) <= max(Decimal("0.00001"), wanted * Decimal("0.0001"))


def check_measures(row: Record, product: Record, variant: Record, shop: Shop) -> None:
    """Weight in kilograms and dimensions in centimetres; null on a variant inherits."""
    kilograms, centimeters = KILOGRAMS[shop.weight_units], CENTIMETERS[shop.dimension_units]
    for name, source, factor in [
        ("weight", "weight", kilograms),
        ("length", "depth", centimeters),
        ("width", "width", centimeters),
        ("height", "height", centimeters),
    ]:
        own = variant[source]
        expected = product[source] if own is None else own
        assert same(row[name], expected, factor), (name, row[name], expected)


@pytest.mark.parametrize(
    ("weight_units", "dimension_units"), [("Pounds", "Inches"), ("Grams", "Centimeters")]
)
def test_every_field(merchant: Merchant, weight_units: str, dimension_units: str) -> None:
    shop = merchant.shop
    shop.weight_units, shop.dimension_units = weight_units, dimension_units
    stock_up(shop, AMOUNT)
    merchant.connect()
    run = merchant.run("import_listings")
    assert run["counts"] == {
        "created": AMOUNT,
        "updated": 0,
        "unchanged": 0,
        "skipped": 0,
        "failed": 0,
    }
    assert (run["progress"]["done"], run["progress"]["total"]) == (AMOUNT, AMOUNT)
    assert run["requests"]["made"] == len(shop.log)
    rows = merchant.all("/v1/listings", channel_id=merchant.channel_id)
    listings = {row["external_id"]: row for row in rows}
    assert len(listings) == len(rows) == AMOUNT
    for product in shop.products:
        check_listing(listings[str(product["id"])], product, shop)


def check_listing(listing: Record, product: Record, shop: Shop) -> None:
    """One listing against its product."""
    assert listing["title"] == product["name"]
    assert listing["sku"] == product["sku"]
    assert listing["description"] == product["description"]
    brands = {300 + number: name for number, name in enumerate(BRANDS)}
    assert (listing["brand"] or "") == brands.get(product["brand_id"], "")
    paths = sorted(path_of(key) for key in product["categories"])
    assert sorted(listing["categories"]) == paths
    images = sorted(product["images"], key=lambda image: int(image["sort_order"]))
    assert len(listing["images"]) == len(images)
    for shown, image in zip(listing["images"], images, strict=True):
        assert shown in image.values()
    fields = [{"name": row["name"], "value": row["value"]} for row in product["custom_fields"]]
    assert listing["custom_fields"] == fields
    assert listing["health"] == ("listed" if product["is_visible"] else "hidden")
    assert listing["link_status"] == "linked"
    assert listing["pending"] is None
    variants = {row["external_id"]: row for row in listing["variants"]}
    assert len(variants) == len(product["variants"])
    for variant in product["variants"]:
        check_variant(variants[str(variant["id"])], product, variant, shop)


def check_variant(row: Record, product: Record, variant: Record, shop: Shop) -> None:
    """One variant against the store's; null prices inherit."""
    assert row["sku"] == variant["sku"]
    price = product["price"] if variant["price"] is None else variant["price"]
    assert same(row["price"], price)
    assert row["quantity"] == variant["inventory_level"]
    options = {value["option_display_name"]: value["label"] for value in variant["option_values"]}
    assert row["options"] == options
    assert (row["image"] or "") == variant["image_url"]
    if not variant["option_values"]:
        assert (row["upc"] or "") == product["upc"]
        assert (row["mpn"] or "") == product.get("mpn", "")
    check_measures(row, product, variant, shop)


def test_listings_are_found_by_sku_and_health(merchant: Merchant) -> None:
    stock_up(merchant.shop, 8)
    merchant.connect()
    merchant.run("import_listings")
    channel = merchant.channel_id
    found = merchant.all("/v1/listings", channel_id=channel, sku="LAN-00002")
    assert [row["sku"] for row in found] == ["LAN-00002"]
    by_variant = merchant.all("/v1/listings", channel_id=channel, sku="LAN-00001-RL")
    assert [row["sku"] for row in by_variant] == ["LAN-00001"]
    hidden = merchant.all("/v1/listings", channel_id=channel, health="hidden")
    assert [row["sku"] for row in hidden] == ["LAN-00006"]
    assert merchant.all("/v1/listings", channel_id=channel, linked="false") == []
    assert len(merchant.all("/v1/listings", channel_id=channel, linked="true")) == 8
    one = merchant.get(f"/v1/listings/{found[0]['id']}")
    assert one == found[0]
    products = merchant.all("/v1/products", sku="LAN-00001-RL")
    assert [row["sku"] for row in products] == ["LAN-00001"]


def test_listings_only_makes_no_products(merchant: Merchant) -> None:
    stock_up(merchant.shop, 4, first=90_000)
    merchant.connect()
    path = f"/v1/channels/{merchant.channel_id}/integrations/import_listings"
    merchant.send(
        "PATCH", path, json={"settings": {"scope": "listings", "pause_new_listings": True}}
    )
    merchant.run("import_listings")
    rows = merchant.all("/v1/listings", channel_id=merchant.channel_id)
    assert {row["link_status"] for row in rows} == {"unlinked"}
    assert {row["health"] for row in rows} == {"paused"}
    assert merchant.all("/v1/products", sku="LAN-90000") == []


def test_the_master_sku_may_be_another_field(merchant: Merchant) -> None:
    stock_up(merchant.shop, 3, first=80_001)
    merchant.connect()
    path = f"/v1/channels/{merchant.channel_id}/integrations/import_listings"
    merchant.send("PATCH", path, json={"settings": {"master_sku_field": "mpn"}})
    merchant.run("import_listings")
    products = merchant.all("/v1/products", sku="M80001")
    assert [row["sku"] for row in products] == ["M80001"]


def test_changes_arrive_and_nothing_else_moves(merchant: Merchant) -> None:
    shop = merchant.shop
    stock_up(shop, 12)
    merchant.connect()
    merchant.run("import_listings")
    changed = shop.products[3]
    changed.update(name="Renamed", price=5.5, date_modified="2026-11-23T10:00:00+00:00")
    shop.products += [make_product(40)]
    run = merchant.run("import_listings", full=True)
    assert (run["counts"]["created"], run["counts"]["updated"]) == (1, 1)
    assert run["counts"]["unchanged"] == 11
    items = merchant.all(f"/v1/runs/{run['id']}/items", outcome="updated")
    assert [(item["entity"], item["external_id"]) for item in items] == [
        ("listing", str(changed["id"]))
    ]
    rows = merchant.all("/v1/listings", channel_id=merchant.channel_id)
    assert {row["title"] for row in rows if row["external_id"] == str(changed["id"])} == {"Renamed"}


def test_a_deleted_product_is_delisted(merchant: Merchant) -> None:
    shop = merchant.shop
    stock_up(shop, 6)
    merchant.connect()
    merchant.run("import_listings")
    gone = shop.products.pop(2)
    merchant.run("import_listings", full=True)
    rows = merchant.all("/v1/listings", channel_id=merchant.channel_id, health="delisted")
    assert [(row["external_id"], row["attention"]) for row in rows] == [
        (str(gone["id"]), ["deleted_in_store"])
    ]
    shop.products.append(gone)
    merchant.run("import_listings", full=True)
    rows = merchant.all("/v1/listings", channel_id=merchant.channel_id, health="delisted")
    assert rows == []


def test_odd_products_do_not_stop_the_others(merchant: Merchant) -> None:
    shop = merchant.shop
    stock_up(shop, 9)
    shop.products[2]["sku"] = shop.products[2]["variants"][0]["sku"] = ""
    shop.products[4]["variants"][0]["sku"] = None
    shop.products[5]["variants"] = []
    shop.products[6]["images"] = None
    shop.products[6]["custom_fields"] = None
    shop.products[7]["variants"][1]["sku"] = shop.products[7]["variants"][0]["sku"]
    shop.products[8]["inventory_level"] = -4
    shop.products[8]["variants"][0]["inventory_level"] = 3_000_000_000
    merchant.connect()
    run = merchant.wait(merchant.start("import_listings"))
    assert run["status"] in ("succeeded", "completed_with_errors"), run
    counts = run["counts"]
    assert sum(counts.values()) == 9
    for item in merchant.all(f"/v1/runs/{run['id']}/items", outcome="failed"):
        assert item["code"]
        assert item["message"]
    rows = merchant.all("/v1/listings", channel_id=merchant.channel_id)
    found = {row["external_id"] for row in rows}
    for number in (0, 1, 3):
        assert str(shop.products[number]["id"]) in found


@pytest.mark.parametrize("keyset", ["works", "refused", "ignored"])
def test_any_way_of_paging(merchant: Merchant, keyset: str) -> None:
    stock_up(merchant.shop, 510)
    merchant.connect()
    merchant.shop.behaviour.keyset = keyset  # type: ignore[assignment]  # one of its literals
    run = merchant.run("import_listings", full=True)
    rows = merchant.all("/v1/listings", channel_id=merchant.channel_id)
    assert len(rows) == len({row["external_id"] for row in rows}) == 510
    assert run["counts"]["created"] == 510
    assert len(merchant.shop.log) <= 12, [f"{e.path} {e.query}" for e in merchant.shop.log]

"""Fills a store's catalogue: every product follows from its number alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.outside.lookalike.shop import Record, Shop

EPOCH = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
BRANDS = ["Möwe & Sohn", "Kay Nine", "ACME / West", "Tide"]
# Names by parent; the fourth level is one deeper than most importers go.
CATEGORIES = [
    (21, 0, "Toys"),
    (22, 21, "Educational"),
    (23, 22, "Building > Sets"),
    (24, 23, "Wood"),
    (40, 0, "Garden"),
    (41, 40, "Lamps"),
]
PLACES: list[list[int]] = [[24], [22, 41], [], [40], [21, 23]]


def stock_up(shop: Shop, amount: int, first: int = 0) -> None:
    """Add products; brands and categories come with the first of them."""
    if not shop.brands:
        shop.brands = [
            {"id": 300 + number, "name": name, "page_title": None, "meta_keywords": [""]}
            for number, name in enumerate(BRANDS)
        ]
        shop.categories = [
            {"id": key, "parent_id": parent, "name": name, "description": None}
            for key, parent, name in CATEGORIES
        ]
    shop.products += [make_product(number) for number in range(first, first + amount)]


def stamp(number: int) -> str:
    """An ISO date of v3, each product a minute later than the one before."""
    return (EPOCH + timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def make_product(number: int) -> Record:
    """One product: every third has options, every fifth some oddity."""
    product_id = 1000 + 7 * number
    has_options = number % 3 == 1
    product: Record = {
        "id": product_id,
        "name": f"Lantern {number:05d} “Größe”",
        "type": "digital" if number % 11 == 5 else "physical",
        "sku": f"LAN-{number:05d}",
        "description": f"<p>Burns <b>{number}</b> hours &amp; more</p>",
        # Text where the specification promises a number.
        "weight": "2.5" if number % 5 == 2 else 1.25 + number % 4,
        "width": 10 if number % 5 != 3 else None,
        "depth": 4.5,
        "height": 2,
        "price": 19.99 + number % 50,
        "cost_price": 0 if number % 2 else 7.5,
        "retail_price": 0,
        "sale_price": 0,
        "map_price": 0,
        "calculated_price": 19.99 + number % 50,
        "tax_class_id": 0,
        "categories": PLACES[number % 5],
        # One brand is gone from the brand list.
        "brand_id": [300, 301, 0, 302, 9999][number % 5],
        "inventory_level": 12 + number % 30,
        "inventory_warning_level": 0,
        "inventory_tracking": "variant" if has_options else "product",
        "is_visible": number % 7 != 6,
        "availability": "available",
        "condition": "New",
        "upc": f"4006381{number:05d}" if number % 4 else "",
        "mpn": f"M{number}",
        "gtin": "",
        "date_created": stamp(number),
        "date_modified": stamp(number),
        "base_variant_id": None if has_options else product_id * 10,
        "custom_fields": [
            {"id": product_id, "name": "Material", "value": "Brass"},
            {"id": product_id + 1, "name": "Origin", "value": f"Dock {number % 9}"},
        ][: number % 3],
        "images": [_image(product_id, place) for place in reversed(range(number % 4))],
        "variants": _variants(number, product_id) if has_options else [_base(number, product_id)],
        "newly_invented": {"deep": [None, 1]},
        "reviews_count": "0",
    }
    if number % 5 == 4:
        # Not every store answers every field.
        for name in ("mpn", "map_price", "availability_description", "condition"):
            product.pop(name, None)
    return product


def _image(product_id: int, place: int) -> Record:
    path = f"https://cdn.kontor.example/s-1/products/{product_id}/{place}"
    return {
        "id": product_id * 10 + place,
        "product_id": product_id,
        "is_thumbnail": place == 0,
        "sort_order": place,
        "description": None,
        "image_file": f"p/{product_id}-{place}.jpg",
        "url_zoom": f"{path}.1280.jpg",
        "url_standard": f"{path}.386.jpg",
        "url_thumbnail": f"{path}.220.jpg",
        "url_tiny": f"{path}.44.jpg",
    }


def _bare_variant(variant_id: int, product_id: int) -> Record:
    nulls = ["price", "cost_price", "sale_price", "retail_price", "weight", "width", "height"]
    return {
        "id": variant_id,
        "product_id": product_id,
        **dict.fromkeys([*nulls, "depth", "map_price"]),
        "calculated_price": 1,
        "purchasing_disabled": False,
        "purchasing_disabled_message": "",
        "image_url": "",
        "mpn": "",
        "gtin": "",
        "upc": "",
        "inventory_warning_level": 0,
        "bin_picking_number": "",
        "x_new": None,
    }


def _base(number: int, product_id: int) -> Record:
    return {
        **_bare_variant(product_id * 10, product_id),
        "sku": f"LAN-{number:05d}",
        "sku_id": None,
        "inventory_level": 12 + number % 30,
        "option_values": [],
    }


def _variants(number: int, product_id: int) -> list[Record]:
    rows = []
    for place, (color, size) in enumerate([("Red", "S"), ("Red", "L"), ("Blue", "S")]):
        own_price = 25.5 + number % 10 if place == 1 else None
        values = [("Color", 71, color), ("Size", 72, size)]
        row = {
            **_bare_variant(product_id * 10 + place, product_id),
            "sku": f"LAN-{number:05d}-{color[0]}{size}",
            "sku_id": product_id * 10 + place,
            "price": own_price,
            "weight": 3.5 if place == 2 else None,
            "inventory_level": 3 + place,
            "image_url": f"https://cdn.kontor.example/v/{product_id}.jpg" if place == 0 else "",
            "option_values": [
                {
                    "id": option * 100 + place,
                    "label": label,
                    "option_id": option,
                    "option_display_name": name,
                }
                for name, option, label in values
            ],
        }
        rows.append(row)
    return rows

"""Seeded products: simple ones, options, digital, untracked, without SKU, negative stock."""

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sandbox.clock import iso
from sandbox.errors import JSON
from sandbox.seed.words import ADJECTIVES, BRANDS, COLOURS, NOUNS, SIZES
from sandbox.store.catalog import create_product
from sandbox.store.records import Product
from sandbox.store.store import DEFAULT_CHANNEL, Store

DESCRIPTION = (
    "<h2>{name}</h2><p>Made for <em>long days</em> outside &amp; short trips in town.</p>"
    "<ul><li>Tested on the trail</li><li>Repairable for life</li></ul>"
    '<p>Care: <a href="/care">wash cold</a>.</p>'
)


class ProductSeed:
    """Makes `products` products with about `target_variants` variants between them."""

    def __init__(self, store: Store, rng: random.Random, leaves: dict[str, int]) -> None:
        self._store = store
        self._rng = rng
        self._leaves = leaves

    def run(self) -> None:
        """Create the whole catalogue."""
        settings = self._store.settings
        counts = self._variant_counts(settings.products, settings.target_variants())
        for index, count in enumerate(counts):
            product = create_product(self._store, self._body(index, count))
            product.channels = [DEFAULT_CHANNEL]
            self._afterthoughts(index, product)

    def _variant_counts(self, products: int, target: int) -> list[int]:
        """1 means a simple product; the others share what is left, a few have up to 60."""
        rng = self._rng
        weights = [
            0.0 if rng.random() < 0.5 else rng.choice((2, 3, 4, 6, 8)) for _ in range(products)
        ]
        for index in range(7, products, 97):
            weights[index] = 60.0
        spare = target - sum(1 for weight in weights if not weight)
        total = sum(weights)
        if not total:
            return [1] * products
        scale = max(0.0, spare / total)
        return [min(60, max(2, round(weight * scale))) if weight else 1 for weight in weights]

    def _body(self, index: int, count: int) -> JSON:
        rng = self._rng
        noun, leaf, weight, kind = NOUNS[index % len(NOUNS)]
        name = f"{ADJECTIVES[(index // len(NOUNS)) % len(ADJECTIVES)]} {noun}"
        name = name if index < len(NOUNS) * len(ADJECTIVES) else f"{name} No. {index}"
        code = f"{noun[:3].upper()}-{index:05d}"
        price = round(rng.uniform(5, 400), 2)
        digital = kind == "media"
        modified = self._store.clock.now() - timedelta(hours=rng.randint(2, 24 * 200))
        categories = [self._leaves[leaf]]
        if rng.random() < 0.1:
            categories.append(self._leaves["Sale"])
        body: JSON = {
            "name": name,
            "type": "digital" if digital else "physical",
            "sku": "" if index % 41 == 40 else code,
            "description": DESCRIPTION.format(name=name),
            "weight": weight,
            "width": 0 if digital else round(rng.uniform(1, 30), 2),
            "height": 0 if digital else round(rng.uniform(1, 30), 2),
            "depth": 0 if digital else round(rng.uniform(1, 30), 2),
            **self._prices(price),
            "categories": categories,
            "is_visible": rng.random() < 0.93,
            "availability": "disabled" if index % 53 == 52 else "available",
            "condition": "Used" if index % 61 == 60 else "New",
            **self._identifiers(index),
            "search_keywords": f"{noun.lower()}, outdoor",
            "page_title": name,
            "total_sold": rng.randint(0, 500),
            "date_created": iso(modified - timedelta(days=90)),
            "date_modified": iso(modified),
            "images": self._images(index, name),
            "custom_fields": self._custom_fields(kind),
        }
        if index % 13 != 12:
            body["brand_name"] = BRANDS[index % len(BRANDS)]
        self._stock(body, index, count, digital)
        if count > 1:
            body["variants"] = self._variants(index, code, count, price, kind)
        return body

    def _prices(self, price: float) -> JSON:
        rng = self._rng
        return {
            "price": price,
            "cost_price": round(price * 0.55, 2),
            "retail_price": round(price * 1.2, 2) if rng.random() < 0.5 else 0,
            "sale_price": round(price * 0.85, 2) if rng.random() < 0.15 else 0,
            "map_price": round(price * 0.8, 2) if rng.random() < 0.2 else 0,
        }

    def _identifiers(self, index: int) -> JSON:
        rng = self._rng
        return {
            "upc": f"{400_000_000_000 + index:012d}" if rng.random() < 0.6 else "",
            "gtin": f"{4_000_000_000_000 + index:013d}" if rng.random() < 0.3 else "",
            "mpn": f"MPN{index:06d}" if rng.random() < 0.5 else "",
            "warranty": "2 years" if rng.random() < 0.2 else "",
            "bin_picking_number": f"A{index % 40:02d}-{index % 7}",
        }

    def _stock(self, body: JSON, index: int, count: int, digital: bool) -> None:
        if digital or index % 17 == 16:
            body["inventory_tracking"] = "none"
        elif count > 1 and index % 19 != 18:
            body["inventory_tracking"] = "variant"
        else:
            body["inventory_tracking"] = "product"
            body["inventory_level"] = 0 if index % 11 == 10 else self._rng.randint(1, 250)
            body["inventory_warning_level"] = 5

    def _images(self, index: int, name: str) -> list[JSON]:
        count = index % 5 if index % 23 else 0
        return [
            {"is_thumbnail": number == 0, "sort_order": number, "description": f"{name} {number}"}
            for number in range(count)
        ]

    def _custom_fields(self, kind: str) -> list[JSON]:
        fields = [{"name": "Material", "value": self._rng.choice(("Cotton", "Wool", "Nylon"))}]
        if kind == "plain":
            fields.append({"name": "Age", "value": "8+"})
        if self._rng.random() < 0.3:
            fields.append({"name": "Origin", "value": "Portugal"})
        return fields if self._rng.random() < 0.7 else []

    def _variants(self, index: int, code: str, count: int, price: float, kind: str) -> list[JSON]:
        rng = self._rng
        combos: Sequence[tuple[str, ...]]
        if kind == "apparel" or count > len(COLOURS):
            combos = [(colour, size) for colour in COLOURS for size in SIZES][:count]
        else:
            combos = [(colour,) for colour in COLOURS][:count]
        names = ("Color", "Size")
        rows: list[JSON] = []
        for number, combo in enumerate(combos):
            own_price = rng.random() < 0.4
            row: dict[str, Any] = {
                # Edits of options in the control panel leave variants without a SKU (FACTS 8.27).
                "sku": ""
                if number == len(combos) - 1 and (index % 37 == 36 or index % 97 == 7)
                else f"{code}-{number:02d}",
                "price": round(price + number, 2) if own_price else None,
                "cost_price": round(price * 0.5, 2) if own_price else None,
                "weight": round(1 + number * 0.1, 2) if rng.random() < 0.2 else None,
                "upc": f"{500_000_000_000 + index * 100 + number:012d}"
                if rng.random() < 0.5
                else "",
                "inventory_level": 0 if rng.random() < 0.1 else rng.randint(1, 90),
                "inventory_warning_level": 3,
                "purchasing_disabled": rng.random() < 0.02,
                "bin_picking_number": f"V{number:02d}",
                "option_values": [
                    {"option_display_name": name, "label": label}
                    for name, label in zip(names, combo, strict=False)
                ],
            }
            rows.append(row)
        if index % 29 == 28:
            rows[0]["inventory_level"] = -3
        return rows

    def _afterthoughts(self, index: int, product: Product) -> None:
        """Things that cannot come inline: modifiers, videos, metafields."""
        if index % 31 == 30:
            product.modifiers.append(_gift_message(self._store, product.id))
        if index % 43 == 42:
            product.videos.append(_video(self._store, product.id))


def _gift_message(store: Store, product_id: int) -> JSON:
    return {
        "id": store.next_id("option", first=100),
        "product_id": product_id,
        "name": f"Gift-message{product_id}",
        "display_name": "Gift message",
        "type": "text",
        "required": False,
        "sort_order": 0,
        "config": {"text_characters_limited": False, "text_min_length": 0, "text_max_length": 0},
        "option_values": [],
    }


def _video(store: Store, product_id: int) -> JSON:
    return {
        "id": store.next_id("video"),
        "product_id": product_id,
        "title": "In use",
        "description": "",
        "sort_order": 0,
        "type": "youtube",
        "video_id": "dQw4w9WgXcQ",
        "length": "03:32",
    }

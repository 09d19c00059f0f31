"""The template engine on one core, and previews through the API."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table

from app.local.services import LocalServices
from app.mapping.defaults import default_mappings
from app.mapping.engine.compile import compile_template
from app.mapping.engine.context import Context
from app.mapping.engine.evaluate import evaluate
from app.mapping.lint import lint
from app.mapping.records import evaluate_record, take_apart
from benchmarks.stage import Stage, services, stage

VARIANTS = 5
ROUNDS = 3


def measure(console: Console) -> None:
    """Print the engine's pace and the time that previews take."""
    table = Table(title="Mapping (processor time of one core)")
    for column in ("what", "measured", "asked for"):
        table.add_column(column, justify="right")
    _engine(table)
    with services() as started:
        asyncio.run(_previews(table, started))
    console.print(table)


def product_record() -> dict[str, Any]:
    """A product of a store in pounds and inches, with what the default template maps."""
    parent = {
        "id": 77,
        "name": "Luxury Toy",
        "sku": "TOY",
        "description": "<p>Fun</p>",
        "price": Decimal("19.99"),
        "inventory_level": 100,
        "upc": "123456789012",
        "weight": Decimal("2.5"),
        "width": 12,
        "height": 10,
        "depth": 15,
        "images": [{"url_zoom": "https://img.example/b.jpg", "is_thumbnail": True}],
        "categories": [["Toys", "Educational"]],
        "brand": "Acme",
        "custom_fields": [{"id": 1, "name": "Material", "value": "Wood"}],
        "type": "physical",
        "cost_price": 5,
        "condition": "New",
        "is_visible": True,
    }
    variants = [
        {
            "id": number,
            "sku": f"TOY-{number}",
            "price": Decimal("21.99"),
            "inventory_level": 50,
            "upc": "123456789013",
            "mpn": "M",
            "image_url": "https://img.example/c.jpg",
            "weight": Decimal("2.5"),
            "width": Decimal(12),
            "height": Decimal(10),
            "depth": Decimal(15),
            "option_values": [{"id": 1, "label": "Blue", "option_display_name": "Color"}],
        }
        for number in range(VARIANTS)
    ]
    return {"bigcommerce_product": parent, "bigcommerce_variant": variants}


def _engine(table: Table) -> None:
    template = compile_template("import_listings", default_mappings("import_listings"))
    context = Context(datetime(2026, 1, 1, tzinfo=UTC), "Pounds", "Inches")
    record = product_record()
    sources = take_apart("import_listings", record)
    flat = {**sources.base, **sources.entries["bigcommerce_variant"][0]}
    one = _pace(lambda: evaluate(template, flat, context, group="listing_variant"), 10_000)
    whole = _pace(lambda: evaluate_record(template, record, context), 1_000) * VARIANTS
    table.add_row("variant records a second", f"{one:,.0f}", "20,000")
    table.add_row("variants a second, in whole products", f"{whole:,.0f}", "")
    mappings = default_mappings("get_orders")
    seconds = 1 / _pace(lambda: lint("get_orders", "Orders", mappings), 50)
    table.add_row("linting a template", f"{seconds * 1000:.1f} ms", "")


def _pace(work: Callable[[], object], times: int) -> float:
    """Calls a second of processor time, the best of some rounds."""
    best = 0.0
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(times):
            work()
        best = max(best, times / (time.process_time() - began))
    return best


async def _previews(table: Table, started: LocalServices) -> None:
    async with stage(started, products=1, orders=0) as on:
        await on.connect()
        found = await on.api.get("/v1/templates", params={"integration": "import_listings"})
        address = f"/v1/templates/{found.json()['data'][0]['id']}/preview"
        record = _as_json(product_record())
        one = await _seconds(on, address, {"record": record})
        many = await _seconds(on, address, {"records": [record] * 1_000})
        table.add_row("preview of one record", f"{one * 1000:.0f} ms", "100 ms")
        table.add_row("preview of 1,000 records", f"{many:.2f} s", "2 s")


async def _seconds(on: Stage, address: str, body: dict[str, Any]) -> float:
    best = 1e9
    for _ in range(ROUNDS):
        began = time.perf_counter()
        (await on.api.post(address, json=body)).raise_for_status()
        best = min(best, time.perf_counter() - began)
    return best


def _as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    return str(value) if isinstance(value, Decimal) else value

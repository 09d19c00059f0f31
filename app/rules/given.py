"""Records that a caller gives to try a rule on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.mapping.values import as_text, decimal_or_none, exact
from app.rules.ports import ListingSubject, OrderSubject
from app.rules.prices import VariantFacts, category_names
from app.rules.quantities import StockFacts


def given_order(raw: Mapping[str, Any]) -> OrderSubject:
    """An order nested as conditions read it."""
    record = _exact(raw)
    order = record.get("order")
    own = order if isinstance(order, Mapping) else {}
    currency = as_text(own.get("currency_code")) or None
    return OrderSubject(as_text(own.get("id")), record, currency=currency)


def given_listing(raw: Mapping[str, Any]) -> ListingSubject:
    """A listing and its variant: what the variant leaves open is the listing's."""
    record = _exact(raw)
    own = {**_group(record, "listing"), **_group(record, "listing_variant")}
    paths = own.get("categories") or own.get("category_path") or ()
    quantity = decimal_or_none(own.get("quantity"))
    return ListingSubject(
        VariantFacts(
            sku=as_text(own.get("sku")),
            list_price=decimal_or_none(own.get("list_price", own.get("price"))),
            sale_price=decimal_or_none(own.get("sale_price")),
            msrp=decimal_or_none(own.get("msrp")),
            map=decimal_or_none(own.get("map")),
            cost=decimal_or_none(own.get("estimated_cost", own.get("cost"))),
            brand=as_text(own.get("brand")),
            categories=category_names(
                [as_text(name) for name in path] for path in paths if isinstance(path, list)
            ),
            record=record,
        ),
        StockFacts({} if quantity is None else {"default": int(quantity)}),
        health=as_text(own.get("health")) or "not_listed",
        currency=as_text(own.get("currency")) or None,
    )


def _group(record: Mapping[str, Any], name: str) -> dict[str, Any]:
    content = record.get(name)
    if isinstance(content, list):
        content = content[0] if content else None
    return content if isinstance(content, dict) else {}


def _exact(record: Mapping[str, Any]) -> dict[str, Any]:
    found = exact(record)
    assert isinstance(found, dict)  # noqa: S101 - of an object comes an object
    return found

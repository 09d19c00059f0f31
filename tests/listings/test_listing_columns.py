"""Ignored keys stay, blank ones clear, and nothing else changes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from app.listings.columns import BLANK_LISTING, LISTING_COLUMNS, merged

FULL: Final[dict[str, Any]] = {
    "title": "Toy",
    "master_sku": "TOY-1",
    "description": "Fun",
    "brand": "Acme",
    "list_price": Decimal("19.99"),
    "estimated_cost": Decimal("10"),
    "quantity": 5,
    "upc": "123",
    "weight": Decimal("2.5"),
    "images": ["https://img.example/1.jpg"],
    "category_path": [["Toys"]],
    "custom_fields": [{"name": "Age", "value": "3+"}],
    "page_title": "Best",
}
STORED: Final = merged(None, BLANK_LISTING, LISTING_COLUMNS, FULL)

blanks: st.SearchStrategy[Any] = st.sampled_from([None, "", []])
choices = st.dictionaries(st.sampled_from(sorted(FULL)), blanks)


@given(choices)
def test_blank_keys_clear_and_absent_keys_stay(given_values: dict[str, Any]) -> None:
    row = merged(STORED, BLANK_LISTING, LISTING_COLUMNS, given_values)
    for key in FULL:
        if key == "page_title":
            assert (key in row["extra"]) == (key not in given_values)
            continue
        column = LISTING_COLUMNS[key]
        expected = BLANK_LISTING[column] if key in given_values else STORED[column]
        assert row[column] == expected


@given(choices)
def test_merging_twice_is_merging_once(given_values: dict[str, Any]) -> None:
    once = merged(STORED, BLANK_LISTING, LISTING_COLUMNS, given_values)
    assert merged(once, BLANK_LISTING, LISTING_COLUMNS, given_values) == once


def test_what_is_stored_is_not_touched() -> None:
    before = {**STORED, "extra": dict(STORED["extra"])}
    merged(STORED, BLANK_LISTING, LISTING_COLUMNS, {"page_title": "", "condition": "New"})
    assert before == STORED

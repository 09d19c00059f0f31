"""Values of the store as a trace keeps them."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bigcommerce.models.catalog import Product
from app.bigcommerce.shapes import build, decode
from app.integrations.publishing.marks import (
    creation_changes_since,
    creation_left,
    keep,
    mark,
    restore,
)
from app.listings.traces import joined

ENCODER = msgspec.json.Encoder(decimal_format="number")
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(exclude_characters="\x00", codec="utf-8"), max_size=300)
    | st.decimals(0, 10**9, allow_nan=False, places=4)
)


@given(SCALARS | st.lists(SCALARS) | st.dictionaries(st.sampled_from("abc"), SCALARS))
def test_a_value_comes_back_to_the_byte(value: Any) -> None:
    sent = ENCODER.encode(value)
    kept = json.loads(json.dumps(keep(decode(sent))))
    assert ENCODER.encode(restore(kept)) == sent
    assert mark(restore(kept)) == mark(decode(sent))


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (Decimal("19.90"), Decimal("19.9"), True),
        (20, Decimal("20.00"), True),
        ([3, 1, 2], [1, 2, 3], True),
        ("x" * 201, "x" * 202, False),
        (None, 0, False),
        (True, 1, False),
        ("1", "1.0", False),
    ],
)
def test_marks_tell_values_apart(one: object, other: object, *, equal: bool) -> None:
    assert (mark(one) == mark(other)) is equal


def made(**changes: Any) -> Product:
    body: dict[str, Any] = {
        "id": 7,
        "name": "Toy",
        "price": 5,
        "description": "<p>Fun</p>",
        "view_count": 1,
        "date_modified": "2030-01-01T00:00:00Z",
        "images": [{"id": 1}, {"id": 2}],
        "custom_fields": [{"id": 3, "name": "Age", "value": "3"}],
        "variants": [{"id": 9, "sku": "S", "price": 5, "inventory_level": 4}],
        **changes,
    }
    return build(decode(json.dumps(body).encode()), Product)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, []),
        ({"view_count": 9, "date_modified": "2031-01-01T00:00:00Z", "total_sold": 2}, []),
        ({"price": 5.0}, []),
        ({"something_new": "x"}, []),
        ({"images": [{"id": 2}, {"id": 1}]}, []),
        ({"images": [{"id": 1}, {"id": 5}]}, []),
        ({"images": [{"id": 1}, {"id": 6}]}, ["images"]),
        ({"images": [{"id": 1}]}, ["images"]),
        ({"custom_fields": [{"id": 8, "name": "Age", "value": "3"}]}, []),
        ({"custom_fields": []}, ["custom_fields"]),
        ({"variants": [{"id": 9, "sku": "S", "price": 5, "inventory_level": 1}]}, []),
        ({"variants": [{"id": 9, "sku": "S", "price": 6}]}, ["variants"]),
        ({"variants": []}, ["variants"]),
        ({"name": "Mine", "price": 6}, ["name", "price"]),
    ],
)
def test_what_somebody_changed_is_told_from_what_moves_by_itself(
    changes: dict[str, Any], told: list[str]
) -> None:
    left = json.loads(json.dumps(creation_left(made(), [])))
    assert creation_changes_since(left, made(**changes), [5]) == told


def test_what_was_found_first_counts() -> None:
    first = {"product": {"name": "A"}, "rows": [1]}
    second = {"product": {"name": "B", "price": 2}, "rows": [2], "more": True}
    assert joined(first, second) == {
        "product": {"name": "A", "price": 2},
        "rows": [1],
        "more": True,
    }
    assert joined({}, second) == second

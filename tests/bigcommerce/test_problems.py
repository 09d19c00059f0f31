from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bigcommerce.problems import read_problems

OVERSHIPPED = [
    {
        "status": 400,
        "message": "The field 'quantity' is invalid.",
        "details": {
            "invalid_reason": "The quantity specified is greater than the quantity of the "
            "product that is available to ship.",
            "available_quantity": 0,
            "order_product_id": 14,
        },
    }
]


@pytest.mark.parametrize(
    ("status", "body", "code", "field"),
    [
        (409, {"title": "t", "errors": {"name": "The product name is a duplicate"}},
         "name_duplicate", "name"),
        (409, {"title": "t", "errors": {"sku": "The product sku is a duplicate"}},
         "sku_duplicate", "sku"),
        (409, {"title": "The product sku is a duplicate", "errors": {}}, "sku_duplicate", ""),
        (409, {"status": 409, "code": 22010, "title": "Something reworded"},
         "variant_exists", ""),
        (409, {"title": "Variant with the same option values set exists"}, "variant_exists", ""),
        (422, {"title": "The field 'image_url' is invalid."}, "image_invalid", "image_url"),
        (422, {"title": "Missing Required Fields"}, "field_missing", ""),
        (422, {"title": "JSON data is missing or invalid",
               "errors": {"destination": "error.path.missing."}}, "field_missing", "destination"),
        (422, {"title": "The product is currently associated with an option set, please remove "
               "it before editing an option or modifier."}, "option_set", ""),
        (422, {"title": "The filter(s): xyz are not valid filter parameter(s)."},
         "filter_unknown", ""),
        (422, {"title": "Max batch size allowed is 10"}, "batch_too_large", ""),
        (413, {"title": "maximum items allowed in the array is 50"}, "batch_too_large", ""),
        (422, {"title": "Item 4 requires absolute adjustment before relative"},
         "absolute_first", ""),
        (422, {"title": "Item with variant_id 106 is tracked by product, please update stock by "
               "product id"}, "tracked_by_product", ""),
        (400, [{"status": 400, "message": "The field 'x' is not supported by this resource."}],
         "field_unsupported", "x"),
        (400, [{"status": 400, "message": "The field 'product_id' cannot be written to. Please "
                "remove it from your request before trying again."}],
         "field_read_only", "product_id"),
        (404, [{"status": 404, "message": "The requested resource was not found."}],
         "not_found", ""),
        (400, OVERSHIPPED, "quantity_unavailable", "quantity"),
        (418, {"title": "odd"}, "http_418", ""),
    ],
)  # fmt: skip
def test_codes(status: int, body: Any, code: str, field: str) -> None:
    problem, *others = read_problems(body, status)
    assert (problem.code, problem.field, others) == (code, field, [])


def test_details_are_kept() -> None:
    (problem,) = read_problems(OVERSHIPPED, 400)
    assert problem.details["available_quantity"] == 0
    assert problem.details["order_product_id"] == 14


def test_batch_errors_are_flattened() -> None:
    body = {
        "batch_errors": [
            {"status": 422, "title": "a", "errors": {"0.data": "bad"}},
            {"status": 409, "title": "b", "errors": {}},
        ]
    }
    assert [(p.field, p.message, p.code) for p in read_problems(body, 422)] == [
        ("0.data", "bad", "http_422"),
        ("", "b", "http_409"),
    ]


def test_lists_of_messages_under_a_field() -> None:
    body = {"status": 422, "errors": {"items": ["one", "two"]}}
    assert [p.message for p in read_problems(body, 422)] == ["one", "two"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["errors", "status", "title", "code", "message", "details", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(JSON, st.integers(100, 599))
def test_any_body_is_read(body: object, status: int) -> None:
    for problem in read_problems(body, status):
        assert problem.message
        assert len(problem.message) <= 500

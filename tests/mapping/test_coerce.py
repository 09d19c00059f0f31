"""Values in the type of their target: missing, null, blank, cleared, and what does not fit."""

import math
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.mapping.engine.compile import compile_template
from app.mapping.engine.evaluate import evaluate
from app.mapping.records import evaluate_record
from tests.mapping.engine import context, run, value

NAME = "bigcommerce_product.name"


def test_floats_of_json_mean_their_text() -> None:
    assert value({"kind": "value", "value": 0.1}, {}, target="listing.list_price") == Decimal("0.1")
    mapping = {"kind": "field", "source": "bigcommerce_product.price"}
    template = compile_template("import_listings", {"listing.list_price": mapping})
    record = {"bigcommerce_product": {"price": 19.99}}
    mapped = evaluate_record(template, record, context())
    assert mapped.nested()["listing"] == {"list_price": Decimal("19.99")}
    for bad in (math.nan, math.inf):
        result = evaluate(template, {"bigcommerce_product.price": Decimal(bad)}, context())
        assert [problem.code for problem in result.problems] == ["not_a_number"]


def test_missing_null_blank_and_cleared_are_told_apart() -> None:
    mapping = {"kind": "field", "source": NAME}
    assert run(mapping, {}).values == {}
    assert run(mapping, {NAME: None}).values == {"listing.brand": None}
    assert run(mapping, {NAME: ""}).values == {"listing.brand": ""}
    cleared = run({"kind": "empty"}, {})
    assert cleared.values == {"listing.brand": ""}
    assert cleared.cleared == {"listing.brand"}
    price = run({"kind": "empty"}, {}, target="listing.list_price")
    assert price.values == {"listing.list_price": None}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("bigcommerce_variant.price", None),
        ("bigcommerce_variant.sale_price", Decimal(0)),
        ("bigcommerce_product.custom_fields", []),
        ("bigcommerce_product.description", ""),
        ("bigcommerce_product.is_featured", False),
        ("bigcommerce_product.categories", []),
        ("bigcommerce_variant.option", {}),
        ("bigcommerce_variant.inventory_level", 0),
    ],
)
def test_the_stores_empty_values(target: str, expected: object) -> None:
    result = run({"kind": "empty"}, {}, integration="publish_listings", target=target)
    assert result.values == {target: expected}


def test_our_gaps_never_clear_the_store() -> None:
    mapping = {"kind": "field", "source": "listing.description"}
    target = "bigcommerce_product.description"
    options = {"integration": "publish_listings", "target": target}
    assert run(mapping, {"listing.description": None}, **options).values == {}  # type: ignore[arg-type]  # texts only
    upc = {"kind": "field", "source": "listing.upc"}
    assert (
        run(
            upc,
            {"listing.upc": ""},
            integration="publish_listings",
            target="bigcommerce_product.upc",
        ).values
        == {}
    )


@pytest.mark.parametrize(
    "record", [{}, {"bigcommerce_line_item.quantity": None}, {"bigcommerce_line_item.quantity": ""}]
)
def test_a_line_without_quantity_is_a_problem_in_words(record: dict[str, object]) -> None:
    mapping = {"kind": "field", "source": "bigcommerce_line_item.quantity"}
    template = compile_template("get_orders", {"line_item.quantity": mapping}, name="Get Orders 1")
    result = evaluate(template, record, context(), record_id="order 250, line 3")
    assert [problem.code for problem in result.problems] == ["required_missing"]
    sentence = result.problems[0].sentence()
    for part in ("Get Orders 1", "line_item.quantity", "order 250, line 3", "Quantity", "Fill in"):
        assert part in sentence
    assert not result.ok


@pytest.mark.parametrize(
    ("target", "start", "code"),
    [
        ("bigcommerce_product.name", "x" * 251, "too_long"),
        ("bigcommerce_product.price", "-1", "too_small"),
        ("bigcommerce_product.price", "cheap", "not_a_number"),
        ("bigcommerce_product.type", "service", "not_in_enumeration"),
        ("bigcommerce_product.is_visible", "perhaps", "not_a_boolean"),
        ("bigcommerce_product.sort_order", "1.5", "not_an_integer"),
        ("bigcommerce_product.sort_order", 2**31, "too_large"),
        ("bigcommerce_product.categories", [23], "categories_unresolved"),
        ("bigcommerce_variant.image", "toy.jpg", "not_a_url"),
        ("bigcommerce_product.price", "1e400", "not_a_number"),
    ],
)
def test_values_that_do_not_fit(target: str, start: object, code: str) -> None:
    mapping = {"kind": "value", "value": start}
    result = run(mapping, {}, integration="publish_listings", target=target)
    assert [problem.code for problem in result.problems] == [code]
    assert (target in result.values) is code.startswith("too_")


@pytest.mark.parametrize(
    ("target", "start", "expected"),
    [
        ("listing.quantity", "5.0000", 5),
        ("listing.quantity", " 7 ", 7),
        ("listing.list_price", "19.99995", Decimal("20.0000")),
        ("listing.list_price", "", None),
        ("listing.title", Decimal("1E+2"), "100"),
        ("listing.title", True, "true"),
        (
            "listing.images",
            "https://a/1.png https://a/2.png",
            ["https://a/1.png", "https://a/2.png"],
        ),
        (
            "listing.images",
            [
                {"url_standard": "https://a/2", "sort_order": 0},
                {"url_zoom": "https://a/1", "is_thumbnail": True, "sort_order": 5},
            ],
            ["https://a/1", "https://a/2"],
        ),
        ("listing.category_path", "Toys > Educational; Sale", [["Toys", "Educational"], ["Sale"]]),
        ("listing.category_path", ["Toys > Educational"], [["Toys", "Educational"]]),
        ("listing.category_path", [["Toys", "Educational"]], [["Toys", "Educational"]]),
        (
            "listing.custom_fields",
            [{"id": 3, "name": "Material", "value": "Wood"}, {"name": "Empty", "value": ""}],
            [{"name": "Material", "value": "Wood"}],
        ),
        ("listing.custom_fields", {"Size": 3}, [{"name": "Size", "value": "3"}]),
        (
            "listing.custom_fields",
            "Color: Blue; Size: S",
            [{"name": "Color", "value": "Blue"}, {"name": "Size", "value": "S"}],
        ),
        (
            "listing_variant.options",
            [{"id": 1, "option_id": 2, "label": "Blue", "option_display_name": "Color"}],
            {"Color": "Blue"},
        ),
        ("listing_variant.options", "Color: Blue", {"Color": "Blue"}),
    ],
)
def test_coercion(target: str, start: object, expected: object) -> None:
    assert value({"kind": "value", "value": start}, {}, target=target) == expected


def test_dates_are_aware_utc() -> None:
    mapping = {"kind": "field", "source": "bigcommerce_order.date_created"}
    options = {"integration": "get_orders", "target": "order.date_created"}
    for text in (
        "Wed, 10 Jan 2018 21:05:30 +0000",
        "2018-01-10T21:05:30Z",
        "2018-01-10T22:05:30+01:00",
    ):
        assert value(mapping, {"bigcommerce_order.date_created": text}, **options) == datetime(
            2018, 1, 10, 21, 5, 30, tzinfo=UTC
        )

"""Truth tables of the comparators, missing values included."""

from decimal import Decimal

import pytest

from app.mapping.conditions import duration_of
from app.mapping.errors import TemplateInvalid
from app.mapping.rule_conditions import condition_test, subject_record
from tests.mapping.engine import NOW, context, holds

TITLE, PRICE, STOCK = "listing.title", "listing_variant.list_price", "listing_variant.quantity"
IMAGES, PATH = "listing.image", "listing.category_path"
ABSENT = object()

NEGATIONS = ["not_equals", "not_contains", "not_in"]
POSITIVES = [
    ("equals", "x"),
    ("contains", "x"),
    ("starts_with", "x"),
    ("ends_with", "x"),
    ("matches", ".*"),
    ("in", ["x"]),
    ("gt", 0),
    ("gte", 0),
    ("lt", 9),
    ("lte", 9),
    ("between", [0, 9]),
]


@pytest.mark.parametrize(("op", "operand"), POSITIVES)
@pytest.mark.parametrize("start", [ABSENT, None])
def test_a_comparison_with_a_missing_value_is_false_and_its_negation_true(
    op: str, operand: object, start: object
) -> None:
    record = {} if start is ABSENT else {TITLE: start}
    condition = {"field": TITLE, "op": op, "value": operand}
    assert holds(condition, record) is False
    assert holds({"not": condition}, record) is True


@pytest.mark.parametrize("op", NEGATIONS)
@pytest.mark.parametrize("record", [{}, {TITLE: None}])
def test_negated_comparators_hold_for_missing_values(op: str, record: dict[str, object]) -> None:
    operand: object = ["x"] if op == "not_in" else "x"
    assert holds({"field": TITLE, "op": op, "value": operand}, record) is True


@pytest.mark.parametrize("op", ["older_than", "within_last"])
def test_ages_of_missing_dates_are_false(op: str) -> None:
    condition = {"field": "order.date_created", "op": op, "value": "1d"}
    assert condition_test(condition, "order")({}, context()) is False


@pytest.mark.parametrize(
    ("record", "exists", "is_empty"),
    [
        ({}, False, True),
        ({TITLE: None}, False, True),
        ({TITLE: ""}, True, True),
        ({TITLE: "  "}, True, True),
        ({TITLE: []}, True, True),
        ({TITLE: "x"}, True, False),
        ({TITLE: 0}, True, False),
        ({TITLE: False}, True, False),
    ],
)
def test_presence_and_emptiness(record: dict[str, object], exists: bool, is_empty: bool) -> None:
    assert holds({"field": TITLE, "op": "exists"}, record) is exists
    assert holds({"field": TITLE, "op": "is_empty"}, record) is is_empty


@pytest.mark.parametrize(
    ("field", "start", "op", "operand", "expected"),
    [
        (TITLE, "Toy", "equals", "toy", True),
        (TITLE, "Toy", "not_equals", "toy", False),
        (TITLE, "Luxury Toy Set", "contains", "TOY", True),
        (TITLE, "Luxury Toy Set", "not_contains", "TOY", False),
        (TITLE, "Luxury Toy Set", "starts_with", "lux", True),
        (TITLE, "Luxury Toy Set", "ends_with", "set", True),
        (TITLE, "Luxury Toy Set", "ends_with", "toy", False),
        (TITLE, "Luxury Toy Set", "matches", r"^lux\w+ toy", True),
        (TITLE, "Luxury Toy Set", "matches", "^toy", False),
        (TITLE, "b", "in", ["A", "B"], True),
        (TITLE, "c", "in", ["A", "B"], False),
        (TITLE, "c", "not_in", ["A", "B"], True),
        (TITLE, "012", "equals", "12", False),
        (TITLE, "", "equals", "", True),
        (PRICE, "25.0000", "equals", 25, True),
        (PRICE, "25.0000", "equals", "25", True),
        (PRICE, Decimal("25.01"), "not_equals", 25, True),
        (PRICE, Decimal("25"), "in", ["24", "25.0"], True),
        (PRICE, "9", "gt", "10", False),
        (PRICE, "10", "gt", 9, True),
        (PRICE, "10", "gte", 10, True),
        (PRICE, "10", "lt", 10, False),
        (PRICE, "10", "lte", 10, True),
        (PRICE, "10.0001", "lte", 10, False),
        (PRICE, 5, "between", [5, 10], True),
        (PRICE, 10, "between", [5, 10], True),
        (PRICE, Decimal("10.01"), "between", [5, 10], False),
        (PRICE, 0.1, "equals", 0.1, True),
        (PRICE, "abc", "gt", 1, False),
        (STOCK, 3, "equals", "three", False),
        ("listing_variant.unknown", True, "equals", "yes", True),
        (IMAGES, ["https://a/1.png", "https://a/2.jpg"], "contains", ".jpg", True),
        (IMAGES, ["https://a/1.png"], "not_contains", ".jpg", True),
        (PATH, [["Toys", "Educational"]], "equals", "toys > educational", True),
    ],
)
def test_comparators(field: str, start: object, op: str, operand: object, expected: bool) -> None:
    if field.endswith("unknown"):
        field = "listing.health"
        start = "yes"
    assert holds({"field": field, "op": op, "value": operand}, {field: start}) is expected


@pytest.mark.parametrize(
    ("op", "operand", "expected"),
    [
        ("equals", "toy", False),
        ("equals", "Toy", True),
        ("contains", "O", False),
        ("starts_with", "t", False),
        ("ends_with", "Y", False),
        ("matches", "toy", False),
        ("in", ["toy"], False),
        ("not_equals", "toy", True),
    ],
)
def test_case_counts_when_asked(op: str, operand: object, expected: bool) -> None:
    condition = {"field": TITLE, "op": op, "value": operand, "case_sensitive": True}
    assert holds(condition, {TITLE: "Toy"}) is expected


@pytest.mark.parametrize(
    ("op", "record", "expected"),
    [
        ("gt", {PRICE: "20", "listing_variant.map": "15"}, True),
        ("lt", {PRICE: "20", "listing_variant.map": "15"}, False),
        ("equals", {PRICE: "15.00", "listing_variant.map": 15}, True),
        ("gt", {PRICE: "20", "listing_variant.map": None}, False),
        ("equals", {PRICE: "20"}, False),
        ("not_equals", {PRICE: "20"}, True),
    ],
)
def test_another_field_as_operand(op: str, record: dict[str, object], expected: bool) -> None:
    condition = {"field": PRICE, "op": op, "value": {"field": "listing_variant.map"}}
    assert holds(condition, record) is expected


@pytest.mark.parametrize(
    ("date", "op", "operand", "expected"),
    [
        ("2026-06-14T11:59:59Z", "older_than", "1d", True),
        ("2026-06-14T12:00:01Z", "older_than", "24h", False),
        ("2026-06-14T12:00:01Z", "within_last", 1, True),
        ("2026-06-14T11:59:59Z", "within_last", {"days": 1}, False),
        ("2026-06-16T00:00:00Z", "within_last", "2d", False),
        ("Sun, 14 Jun 2026 12:00:00 +0000", "within_last", "P2D", True),
        ("2026-06-14", "lt", "2026-06-15", True),
        ("2026-06-14T23:00:00-05:00", "gt", "2026-06-15T03:00:00Z", True),
        ("2026-06-14", "between", ["2026-06-01", "2026-06-30"], True),
        ("not a date", "older_than", "1d", False),
    ],
)
def test_dates(date: str, op: str, operand: object, expected: bool) -> None:
    condition = {"field": "order.date_created", "op": op, "value": operand}
    assert condition_test(condition, "order")({"order.date_created": date}, context()) is expected


def test_groups_and_list_quantifiers() -> None:
    record = {TITLE: "Toy", STOCK: 3, IMAGES: ["a.png", "b.png", "c.jpg"]}
    toy = {"field": TITLE, "op": "equals", "value": "toy"}
    many = {"field": STOCK, "op": "gt", "value": 10}
    assert holds({"all": [toy, {"not": many}]}, record)
    assert holds({"any": [many, toy]}, record)
    assert not holds({"all": [toy, many]}, record)
    assert holds({"all": []}, record)
    assert not holds({"any": []}, record)
    png = {"field": IMAGES, "op": "ends_with", "value": "png"}
    assert holds(png, record)
    assert not holds({**png, "match": "all"}, record)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("14d", 14 * 86_400),
        ("36h", 36 * 3_600),
        ("30m", 1_800),
        ("2w", 14 * 86_400),
        ("1.5d", 129_600),
        (3, 3 * 86_400),
        ("3", 3 * 86_400),
        ("P1DT2H", 93_600),
        ("soon", None),
        (True, None),
        ("P", None),
        ("-1d", None),
    ],
)
def test_lengths_of_time(text: object, seconds: int | None) -> None:
    found = duration_of(text)
    assert (None if found is None else found.total_seconds()) == seconds


@pytest.mark.parametrize(
    "condition",
    [
        {"field": TITLE, "op": "like", "value": "x"},
        {"field": TITLE, "op": "matches", "value": "("},
        {"field": TITLE, "op": "matches", "value": 3},
        {"field": TITLE, "op": "between", "value": [1]},
        {"field": TITLE, "op": "in", "value": "x"},
        {"field": TITLE, "op": "older_than", "value": "soon"},
        {"field": "listing.nonsense", "op": "exists"},
        {"field": TITLE, "op": "exists", "extra": 1},
        {"op": "exists"},
        {"all": [{"field": TITLE}]},
        "title is x",
        None,
    ],
)
def test_bad_conditions_are_refused_with_a_sentence(condition: object) -> None:
    with pytest.raises(TemplateInvalid) as refused:
        condition_test(condition, "listing", name="My rule")
    assert refused.value.message.endswith((".", "”"))
    assert "My rule" in str(refused.value)


def test_deep_conditions_are_refused() -> None:
    condition: dict[str, object] = {"field": TITLE, "op": "exists"}
    for _ in range(500):
        condition = {"not": condition}
    with pytest.raises(TemplateInvalid):
        condition_test(condition, "listing")


def test_conditions_about_orders_see_line_and_address() -> None:
    order = {
        "order": {"total_inc_tax": "250.00", "date_created": NOW},
        "billing_address": {"country_iso_2": "US"},
        "line_items": [
            {"sku": "A", "quantity": 2, "shipping_address": {"state_code": "CA"}},
            {"sku": "B", "quantity": 1, "shipping_address": {"state_code": "NY"}},
        ],
    }
    sources = subject_record("order", order)
    big = condition_test({"field": "order.total_inc_tax", "op": "gt", "value": 200}, "order")
    assert big(sources.root(), context())
    state = condition_test(
        {"field": "shipping_address.state_code", "op": "equals", "value": "NY"}, "order"
    )
    lines = [{**sources.base, **line} for line in sources.entries["line_item"]]
    assert [state(line, context()) for line in lines] == [False, True]

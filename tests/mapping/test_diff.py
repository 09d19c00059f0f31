"""Differences, exact conversions, values as text."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.mapping import currency, units
from app.mapping.defaults import NAMES, default_mappings, default_name
from app.mapping.diff import as_json, diff, merged, same
from app.mapping.engine.compile import compile_template
from app.mapping.errors import FieldFailure
from app.mapping.values import as_decimal, as_text, exact

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("19.9900", Decimal("19.99"), True),
        (Decimal("19.990"), "19.99", True),
        (20, Decimal(20), True),
        (20, Decimal("20.01"), False),
        (None, None, True),
        (None, "", False),
        (None, 0, False),
        (True, 1, False),
        (False, False, True),
        ("a", "A", False),
        (NOON, "2026-01-01T13:00:00+01:00", True),
        (NOON, NOON.astimezone(timezone(timedelta(hours=3))), True),
        (["a", "b"], ["b", "a"], False),
        (["a"], ["a"], True),
        (
            [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
            [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}],
            True,
        ),
        ([{"name": "A", "value": "1"}], [{"name": "A", "value": "2"}], False),
        ({"Color": "Blue"}, {"Color": "Blue"}, True),
        ({"Color": "Blue"}, {"Size": "Blue"}, False),
        ("abc", 5, False),
    ],
)
def test_sameness(old: object, new: object, expected: bool) -> None:
    assert same(old, new) is expected


def test_only_what_the_new_record_mentions_can_change() -> None:
    old = {"price": "19.9900", "name": "Toy", "upc": "1"}
    changes = diff(old, {"price": Decimal("21.5"), "name": "Toy", "sku": "T", "mpn": None})
    assert [change.as_dict() for change in changes] == [
        {"field": "price", "from": "19.9900", "to": "21.5"},
        {"field": "sku", "from": None, "to": "T"},
    ]


def test_lists_are_completed_when_asked() -> None:
    old = {"custom_fields": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}
    new = {"custom_fields": [{"name": "B", "value": "3"}, {"name": "C", "value": "4"}]}
    (change,) = diff(old, new, added={"custom_fields"})
    assert change.new == [
        {"name": "A", "value": "1"},
        {"name": "B", "value": "3"},
        {"name": "C", "value": "4"},
    ]
    assert (
        diff(old, {"custom_fields": [{"name": "A", "value": "1"}]}, added={"custom_fields"}) == []
    )
    assert merged(["a"], ["b", "a"]) == ["a", "b"]
    assert merged(None, ["b"]) == ["b"]
    assert merged({"x": 1}, {"y": 2}) == {"x": 1, "y": 2}


values = (
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.text(max_size=5)
    | st.decimals(
        allow_nan=False, allow_infinity=False, places=2, min_value=-(10**6), max_value=10**6
    )
)
records = st.dictionaries(st.text(max_size=3), values | st.lists(values, max_size=3), max_size=5)


@given(records, records)
def test_applying_a_difference_leaves_none(old: dict[str, object], new: dict[str, object]) -> None:
    assert diff(new, new) == []
    applied = {**old, **{change.field: change.new for change in diff(old, new)}}
    assert diff(applied, new) == []


def test_json_of_values() -> None:
    assert as_json({"a": Decimal("1E+2"), "b": [NOON], "c": ("x", 1)}) == {
        "a": "100",
        "b": ["2026-01-01T12:00:00Z"],
        "c": ["x", 1],
    }


@given(
    st.decimals(0, 10**6, places=4),
    st.sampled_from(sorted(units.GRAMS)),
    st.sampled_from(sorted(units.GRAMS)),
)
def test_units_there_and_back(amount: Decimal, one: str, other: str) -> None:
    there = units.convert(amount, one, other, places=12)
    assert abs(units.convert(there, other, one, places=12) - amount) < Decimal("0.001")


def test_units_in_every_spelling_of_the_store() -> None:
    spellings = {
        "Ounces": "oz",
        "Pounds": "lb",
        "Grams": "g",
        "Kilograms": "kg",
        "Tonnes": "t",
        "LBS": "lb",
        "KGS": "kg",
        "Inches": "in",
        "Centimeters": "cm",
        "stone": None,
    }
    assert {name: units.unit_of(name) for name in spellings} == spellings
    with pytest.raises(FieldFailure, match="cannot be converted"):
        units.convert(Decimal(1), "kg", "cm")


@given(
    st.lists(st.decimals(0, 10**5, places=2), min_size=1, max_size=12),
    st.decimals("0.01", 200, places=6),
    st.sampled_from([0, 2, 3]),
)
def test_converted_lines_add_up_to_the_converted_sum(
    amounts: list[Decimal], rate: Decimal, places: int
) -> None:
    lines = currency.convert_lines(amounts, rate, places)
    assert sum(lines) == currency.convert(sum(amounts, Decimal(0)), rate, places)
    largest = max(range(len(amounts)), key=lambda n: (amounts[n], -n))
    for index, line in enumerate(lines):
        if index != largest:
            assert line == currency.convert(amounts[index], rate, places)


def test_minor_units_and_half_even() -> None:
    assert [currency.minor_units(code) for code in ("USD", "jpy", "KWD")] == [2, 0, 3]
    assert currency.convert(Decimal("0.125"), Decimal(1), 2) == Decimal("0.12")
    assert currency.convert_lines([], Decimal(1), 2) == []


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e31", "1e-40", "", "1,5", "0x10"])
def test_what_is_not_a_usable_number(text: str) -> None:
    with pytest.raises(FieldFailure):
        as_decimal(text)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_becomes_the_decimal_of_its_text(number: float) -> None:
    found = exact({"a": [number]})
    assert found == {"a": [Decimal(repr(number))]}


def test_text_of_values() -> None:
    assert as_text(Decimal("1E+3")) == "1000"
    assert as_text([1, True, None, "x"]) == "1, true, , x"
    assert as_text({"Color": "Blue"}) == "Color: Blue"


@pytest.mark.parametrize("integration", sorted(NAMES))
def test_default_templates_compile_and_are_fresh(integration: str) -> None:
    mappings = default_mappings(integration)
    assert compile_template(integration, mappings, name=default_name(integration)).groups
    mappings.clear()
    assert default_mappings(integration)
    assert default_mappings("link_listings") == {}
    assert default_name("link_listings") == ""

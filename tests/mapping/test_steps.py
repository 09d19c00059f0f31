"""Every step, as a table."""

from collections.abc import Mapping
from decimal import Decimal

import pytest

from app.mapping.currency import AppliedRate, RateTable
from app.mapping.engine.compile import compile_template
from app.mapping.engine.evaluate import Evaluated
from app.mapping.errors import TemplateInvalid
from app.mapping.sets import mapping_set
from tests.mapping.engine import NOW, context, run, stepped, value

PRICE = "listing.list_price"


@pytest.mark.parametrize(
    ("start", "step", "expected"),
    [
        ("Blue toy", {"do": "upper"}, "BLUE TOY"),
        ("Blue TOY", {"do": "lower"}, "blue toy"),
        ("the boss's TOY", {"do": "title"}, "The Boss's Toy"),
        ("A TOY. FOR ALL! 3 YEARS", {"do": "sentence"}, "A toy. For all! 3 years"),
        ("  toy ", {"do": "trim"}, "toy"),
        ("toy", {"do": "prefix", "text": "A "}, "A toy"),
        ("toy", {"do": "suffix", "value": "!"}, "toy!"),
        ("a.b.c", {"do": "replace", "find": ".", "with": "-"}, "a-b-c"),
        ("ToyTOY", {"do": "replace", "find": "toy", "with": "x", "case_sensitive": False}, "xx"),
        ("ToyTOY", {"do": "replace", "from": "TOY", "to": r"\1"}, "Toy\\1"),
        ("AB-12", {"do": "regex_replace", "pattern": r"(\w+)-(\d+)", "with": r"\2\1"}, "12AB"),
        ("aAa", {"do": "regex_replace", "pattern": "a", "with": "", "case_sensitive": False}, ""),
        ("abcdef", {"do": "truncate", "length": 3}, "abc"),
        ("abcdef", {"do": "truncate", "length": 4, "ellipsis": "…"}, "abc…"),
        ("blue toy set", {"do": "truncate", "length": 10, "words": True}, "blue toy"),
        ("blue toy set", {"do": "truncate", "length": 8, "words": True}, "blue toy"),
        ("abc", {"do": "truncate", "length": 3}, "abc"),
        ("<p>A &amp; B</p><p>C<br>D</p>", {"do": "strip_html"}, "A & B\nC\nD"),
        ("<script>x()</script>ok<style>p{}</style>", {"do": "strip_html"}, "ok"),
        ("a, b ,c", {"do": "split", "separator": ",", "index": 1}, "b"),
        ("a|b", {"do": "split", "separator": "|", "index": -1}, "b"),
        ("", {"do": "default", "value": "none"}, "none"),
        ("x", {"do": "default", "value": "none"}, "x"),
    ],
)
def test_text_steps(start: object, step: dict[str, object], expected: str) -> None:
    assert stepped(start, step) == expected


@pytest.mark.parametrize(
    ("start", "step", "expected"),
    [
        ("10", {"do": "add", "value": 0.1}, "10.1"),
        ("10", {"do": "subtract", "value": "2.5"}, "7.5"),
        ("19.99", {"do": "multiply", "by": 1.1}, "21.989"),
        ("10", {"do": "divide", "value": 4}, "2.5"),
        ("2.345", {"do": "round", "places": 2}, "2.34"),
        ("2.345", {"do": "round", "places": 2, "mode": "half_up"}, "2.35"),
        ("2.341", {"do": "round", "places": 2, "mode": "up"}, "2.35"),
        ("1234", {"do": "round", "places": -2}, "1200"),
        ("12.10", {"do": "round_up_to", "ending": 0.99}, "12.99"),
        ("12.99", {"do": "round_up_to", "ending": "0.99"}, "12.99"),
        ("12.991", {"do": "round_up_to", "to": ".99"}, "13.99"),
        ("12.10", {"do": "round_up_to", "ending": 9.99}, "19.99"),
        ("101", {"do": "round_up_to", "ending": 95}, "195"),
        ("12.01", {"do": "round_up_to", "step": 0.05}, "12.05"),
        ("5", {"do": "clamp", "min": 10}, "10"),
        ("50", {"do": "clamp", "min": 10, "max": 20}, "20"),
        ("15", {"do": "clamp", "min": 10, "max": 20}, "15"),
    ],
)
def test_number_steps(start: object, step: dict[str, object], expected: str) -> None:
    assert stepped(start, step, target=PRICE) == Decimal(expected)


STEPS_FOR_MISSING = [
    {"do": "upper"},
    {"do": "trim"},
    {"do": "strip_html"},
    {"do": "prefix", "text": "x"},
    {"do": "replace", "find": "a"},
    {"do": "regex_replace", "pattern": "a"},
    {"do": "truncate", "length": 3},
    {"do": "split"},
    {"do": "join"},
    {"do": "add", "value": 1},
    {"do": "round"},
    {"do": "round_up_to", "ending": 0.99},
    {"do": "clamp", "min": 1},
    {"do": "convert_unit", "from": "lb", "to": "kg"},
    {"do": "convert_currency", "from": "EUR", "to": "USD", "rate": 2},
]


@pytest.mark.parametrize("step", STEPS_FOR_MISSING, ids=lambda step: str(step["do"]))
def test_steps_leave_missing_values_missing(step: dict[str, object]) -> None:
    mapping = {"kind": "field", "source": "bigcommerce_product.name", "steps": [step]}
    assert run(mapping, {}).values == {}
    assert run(mapping, {"bigcommerce_product.name": None}).values == {"listing.brand": None}


def test_fields_fill_gaps_and_join() -> None:
    record = {"bigcommerce_product.mpn": "M-1", "bigcommerce_product.sku": "TOY"}
    first = {
        "do": "first_non_empty",
        "fields": ["bigcommerce_product.upc", "bigcommerce_product.mpn"],
    }
    assert (
        value({"kind": "field", "source": "bigcommerce_product.gtin", "steps": [first]}, record)
        == "M-1"
    )
    join = {
        "do": "join",
        "separator": "-",
        "fields": ["bigcommerce_product.upc", "bigcommerce_product.sku"],
    }
    assert (
        value({"kind": "field", "source": "bigcommerce_product.mpn", "steps": [join]}, record)
        == "M-1-TOY"
    )
    assert (
        value({"kind": "value", "value": ["a", "", "b"], "steps": [{"do": "join"}]}, record)
        == "a b"
    )


def test_arithmetic_with_other_fields() -> None:
    mapping = {
        "kind": "field",
        "source": "bigcommerce_product.cost_price",
        "steps": [{"do": "add", "value": {"field": "bigcommerce_product.map_price"}}],
    }
    record: dict[str, object] = {
        "bigcommerce_product.cost_price": "10.10",
        "bigcommerce_product.map_price": "0.20",
    }
    assert value(mapping, record, target=PRICE) == Decimal("10.30")
    del record["bigcommerce_product.map_price"]
    failed = run(mapping, record, target=PRICE)
    assert failed.values == {}
    assert [problem.code for problem in failed.problems] == ["operand_missing"]
    assert "MAP Price" in failed.problems[0].message


@pytest.mark.parametrize(
    ("source", "target", "amount", "expected"),
    [
        ("lb", "kg", "2.5", "1.133981"),
        ("Pounds", "kilograms", "1", "0.453592"),
        ("oz", "g", "1", "28.349523"),
        ("t", "kg", "0.5", "500"),
        ("in", "cm", "10", "25.4"),
        ("Inches", "Centimeters", "1", "2.54"),
        ("ft", "m", "1", "0.3048"),
        ("mm", "cm", "15", "1.5"),
        ("kg", "kg", "2.50", "2.50"),
    ],
)
def test_units(source: str, target: str, amount: str, expected: str) -> None:
    kind = "listing.weight" if target.lower()[0] in "kg" else "listing.length"
    step = {"do": "convert_unit", "from": source, "to": target}
    assert stepped(amount, step, target=kind) == Decimal(expected)


def test_the_stores_unit_comes_from_the_context() -> None:
    mapping = {
        "kind": "field",
        "source": "bigcommerce_product.weight",
        "steps": [{"do": "convert_unit", "from": "store", "to": "kg"}],
    }
    record = {"bigcommerce_product.weight": "1"}
    options = {"target": "listing.weight"}
    pounds = run(mapping, record, around=context("LBS"), **options)  # type: ignore[arg-type]  # texts only
    assert pounds.values == {"listing.weight": Decimal("0.453592")}
    unknown = run(mapping, record, around=context(None), **options)  # type: ignore[arg-type]  # texts only
    assert [problem.code for problem in unknown.problems] == ["store_unit_unknown"]


def convert(
    step: Mapping[str, object], record: dict[str, object], table: RateTable | None = None
) -> Evaluated:
    mapping = {"kind": "field", "source": "bigcommerce_order.total_inc_tax", "steps": [step]}
    return run(
        mapping,
        {"bigcommerce_order.total_inc_tax": "10.25", **record},
        integration="get_orders",
        target="order.total_inc_tax",
        around=context(rates=table),
    )


def test_currency_conversion_records_rate_and_source() -> None:
    fixed = convert({"do": "convert_currency", "from": "EUR", "to": "USD", "rate": 1.1}, {})
    assert fixed.values["order.total_inc_tax"] == Decimal("11.28")
    assert fixed.provenance["order.total_inc_tax"].rates == (
        AppliedRate("EUR", "USD", Decimal("1.1"), "fixed_rule", NOW),
    )
    payload = convert(
        {
            "do": "convert_currency",
            "from": {"field": "bigcommerce_order.currency_code"},
            "to": {"field": "bigcommerce_order.store_default_currency_code"},
            "rate": {"field": "bigcommerce_order.currency_exchange_rate"},
            "inverse": True,
        },
        {
            "bigcommerce_order.currency_code": "EUR",
            "bigcommerce_order.store_default_currency_code": "JPY",
            "bigcommerce_order.currency_exchange_rate": "0.0100000000",
        },
    )
    assert payload.values["order.total_inc_tax"] == Decimal("1025")
    assert payload.provenance["order.total_inc_tax"].rates[0].source == "order_payload"
    table = RateTable({("USD", "EUR"): Decimal("0.5")}, NOW)
    listed = convert({"do": "convert_currency", "from": "EUR", "to": "USD"}, {}, table)
    assert listed.values["order.total_inc_tax"] == Decimal("20.50")
    assert listed.provenance["order.total_inc_tax"].rates == (
        AppliedRate("EUR", "USD", Decimal(2), "table", NOW),
    )


def test_currency_is_never_converted_silently() -> None:
    same = convert({"do": "convert_currency", "from": "USD", "to": "usd"}, {})
    assert same.values["order.total_inc_tax"] == Decimal("10.25")
    assert same.provenance["order.total_inc_tax"].rates == ()
    for step in (
        {"do": "convert_currency", "from": "EUR", "to": "USD"},
        {"do": "convert_currency", "to": "USD"},
        {"do": "convert_currency", "from": "EUR", "to": "USD", "rate": 0},
    ):
        failed = convert(step, {})
        assert failed.values == {}
        assert failed.problems[0].code in {"rate_missing", "currency_unknown", "rate_invalid"}


SETS = {"c": mapping_set("c", "Colours", [{"from": "RED", "to": "Rot"}])}


@pytest.mark.parametrize(
    ("policy", "start", "expected", "codes"),
    [
        ({"no_match": "pass_through"}, "RED", "Rot", []),
        ({"no_match": "pass_through"}, "blue", "blue", []),
        ({"no_match": "fallback", "fallback": "Bunt"}, "blue", "Bunt", []),
        ({"no_match": "fallback", "fallback": "Bunt"}, None, "Bunt", []),
        ({"no_match": "fail"}, "blue", None, ["not_in_mapping_set"]),
        ({"no_match": "fail"}, " red ", None, ["not_in_mapping_set"]),
        ({"no_match": "fail", "trim": True, "ignore_case": True}, " red ", "Rot", []),
        ({"no_match": "pass_through"}, None, None, []),
    ],
)
def test_mapping_sets(
    policy: dict[str, object], start: object, expected: object, codes: list[str]
) -> None:
    mapping = {
        "kind": "mapping_set",
        "source": "bigcommerce_product.name",
        "mapping_set_id": "c",
        **policy,
    }
    result = run(mapping, {"bigcommerce_product.name": start}, sets=SETS)
    assert result.values.get("listing.brand") == expected
    assert [problem.code for problem in result.problems] == codes


def test_unmatched_values_can_be_counted() -> None:
    step = {"do": "lookup", "mapping_set_id": "c"}
    mapping = {"kind": "field", "source": "bigcommerce_product.name", "steps": [step]}
    result = run(mapping, {"bigcommerce_product.name": "blue"}, sets=SETS)
    assert [(use.mapping_set_id, use.value) for use in result.unmatched] == [("c", "blue")]
    hit = run(mapping, {"bigcommerce_product.name": "RED"}, sets=SETS)
    assert hit.unmatched == []
    assert hit.provenance["listing.brand"].sets[0].matched


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ({"do": "divide", "value": {"field": "bigcommerce_product.price"}}, "division_by_zero"),
        ({"do": "multiply", "value": 2}, "not_a_number"),
        (
            {"do": "clamp", "min": {"field": "bigcommerce_product.weight"}, "max": 1},
            "not_a_number",
        ),
    ],
)
def test_steps_that_fail_a_field(step: dict[str, object], code: str) -> None:
    start: object = "abc" if code == "not_a_number" else 5
    mapping = {"kind": "field", "source": "bigcommerce_product.name", "steps": [step]}
    record = {"bigcommerce_product.name": start, "bigcommerce_product.price": 0}
    result = run(mapping, record, target=PRICE)
    assert [problem.code for problem in result.problems] == [code]
    assert result.values == {}


def test_bounds_from_fields_can_conflict() -> None:
    step = {"do": "clamp", "min": {"field": "bigcommerce_product.weight"}, "max": 1}
    mapping = {"kind": "value", "value": 3, "steps": [step]}
    result = run(mapping, {"bigcommerce_product.weight": 2}, target=PRICE)
    assert [problem.code for problem in result.problems] == ["bounds_conflict"]


@pytest.mark.parametrize("do", ["skip_record", "fail"])
def test_a_step_can_stop_the_record(do: str) -> None:
    mapping = {
        "kind": "rules",
        "rules": [
            {
                "when": {"field": "bigcommerce_product.price", "op": "equals", "value": 0},
                "then": {"kind": "value", "value": "", "steps": [{"do": do, "reason": "Free"}]},
            }
        ],
        "otherwise": {"kind": "value", "value": "x"},
    }
    stopped = run(mapping, {"bigcommerce_product.price": "0.0000"})
    assert stopped.outcome == {"skip_record": "skipped", "fail": "failed"}[do]
    assert stopped.reason == "Free"
    assert stopped.values == {}
    assert not stopped.ok
    assert run(mapping, {"bigcommerce_product.price": 1}).ok


def test_patterns_take_linear_time_and_texts_are_bounded() -> None:
    step = {"do": "regex_replace", "pattern": "(a+)+$", "with": "x"}
    assert stepped("a" * 5_000 + "b", step) == "a" * 5_000 + "b"
    grow = {"do": "replace", "find": "a", "with": "a" * 1_000}
    mapping = {"kind": "value", "value": "a" * 1_000, "steps": [grow]}
    assert run(mapping, {}).problems[0].code == "too_large"


@pytest.mark.parametrize(
    "step",
    [
        {"do": "explode"},
        {"do": "upper", "twice": True},
        {"do": "regex_replace", "pattern": "("},
        {"do": "regex_replace", "pattern": "a", "with": r"\3"},
        {"do": "regex_replace", "pattern": "a" * 600},
        {"do": "round_up_to"},
        {"do": "round_up_to", "ending": 0.99, "step": 5},
        {"do": "convert_unit", "from": "stone", "to": "kg"},
        {"do": "convert_unit", "from": "kg", "to": "cm"},
        {"do": "lookup", "mapping_set_id": "none"},
        {"do": "truncate", "length": 0},
        {"upper": True},
    ],
)
def test_bad_steps_are_refused_with_template_and_field(step: dict[str, object]) -> None:
    mapping = {"kind": "field", "source": "bigcommerce_product.name", "steps": [step]}
    with pytest.raises(TemplateInvalid) as refused:
        compile_template("import_listings", {"listing.brand": mapping}, name="Mine")
    assert (refused.value.template, refused.value.field) == ("Mine", "listing.brand")

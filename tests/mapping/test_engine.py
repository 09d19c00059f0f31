"""The engine's promises: ignore against empty, nulls, rules, purity, exact numbers."""

import copy
import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.mapping.catalogue import CATALOGUES
from app.mapping.catalogue.fields import UNCLEARABLE
from app.mapping.engine.compile import compile_template
from app.mapping.engine.evaluate import evaluate, explain
from app.mapping.errors import TemplateInvalid
from app.mapping.records import evaluate_record
from tests.mapping.engine import NOW, context, run, value

NAME = "bigcommerce_product.name"
INTEGRATIONS = ["import_listings", "sync_listings", "publish_listings", "get_orders", "sync_orders"]

json_scalars: st.SearchStrategy[object] = (
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False, width=32)
    | st.text(max_size=20)
    | st.sampled_from(["19.99", "0", "-1", "2026-01-01", "Color: Blue", "https://a/b.png", ""])
)
json_values: st.SearchStrategy[object] = st.recursive(
    json_scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "value", "url", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
mapping_kinds = st.sampled_from(["ignore", "empty", "field", "value", "rules"])


def floats_in(found: object) -> Iterator[float]:
    if isinstance(found, float):
        yield found
    elif isinstance(found, Mapping):
        for item in found.values():
            yield from floats_in(item)
    elif isinstance(found, list | tuple | set | frozenset):
        for item in found:
            yield from floats_in(item)


@st.composite
def templates(draw: st.DrawFn) -> tuple[str, dict[str, dict[str, object]]]:
    """An integration with a mapping of a random kind for each of its targets."""
    integration = draw(st.sampled_from(INTEGRATIONS))
    catalogue = CATALOGUES[integration]
    sources = [field.key for field in catalogue.sources.fields]
    mappings: dict[str, dict[str, object]] = {}
    for field in catalogue.targets.fields:
        kind = draw(mapping_kinds)
        source: dict[str, object] = {"kind": "field", "source": draw(st.sampled_from(sources))}
        when = {"field": source["source"], "op": "exists"}
        choices: dict[str, dict[str, object]] = {
            "ignore": {"kind": "ignore"},
            "empty": {"kind": "empty"},
            "field": source,
            "value": {"kind": "value", "value": draw(json_values)},
            "rules": {
                "kind": "rules",
                "rules": [{"when": when, "then": source}],
                "otherwise": {"kind": "empty"},
            },
        }
        mappings[field.key] = choices[kind]
    return integration, mappings


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, dict[str, dict[str, object]], dict[str, object]]:
    integration, mappings = draw(templates())
    keys = [field.key for field in CATALOGUES[integration].sources.fields]
    record: dict[str, object] = draw(
        st.dictionaries(st.sampled_from(keys), json_values, max_size=12)
    )
    return integration, mappings, record


@settings(max_examples=60, deadline=None)
@given(cases())
def test_ignore_never_appears_and_empty_always_does(
    case: tuple[str, dict[str, dict[str, object]], dict[str, object]],
) -> None:
    integration, mappings, record = case
    result = evaluate(compile_template(integration, mappings), record, context())
    for key, mapping in mappings.items():
        field = CATALOGUES[integration].target(key)
        assert field is not None
        if mapping["kind"] == "ignore":
            assert key not in result.values
            assert key not in result.cleared
        if mapping["kind"] == "empty":
            if field.required or field.empty is UNCLEARABLE:
                assert key not in result.values
                assert any(problem.field == key for problem in result.problems)
            else:
                assert key in result.cleared
                assert result.values[key] in ("", 0, False, [], {}, None)
    assert result.cleared <= result.values.keys()
    assert result.values.keys() == result.provenance.keys()


@settings(max_examples=60, deadline=None)
@given(cases())
def test_evaluation_is_deterministic_and_changes_nothing_it_is_given(
    case: tuple[str, dict[str, dict[str, object]], dict[str, object]],
) -> None:
    integration, mappings, record = case
    before = copy.deepcopy((mappings, record))
    template = compile_template(integration, mappings)
    first = evaluate(template, record, context())
    again = evaluate(template, record, context())
    other = evaluate(compile_template(integration, mappings), record, context())
    assert first == again == other
    assert (mappings, record) == before
    for produced in first.values.values():
        if isinstance(produced, list):
            produced.append("spoilt")
        elif isinstance(produced, dict):
            produced["spoilt"] = "spoilt"
    assert (mappings, record) == before
    assert evaluate(template, record, context()) == again


@settings(max_examples=60, deadline=None)
@given(cases())
def test_no_result_contains_a_float(
    case: tuple[str, dict[str, dict[str, object]], dict[str, object]],
) -> None:
    integration, mappings, record = case
    result = evaluate(compile_template(integration, mappings), record, context())
    assert list(floats_in(result.values)) == []


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.dictionaries(st.sampled_from(["name", "sku", "price"]), json_values), max_size=3)
)
def test_whole_records_of_any_shape_are_mapped_without_floats(
    variants: list[dict[str, object]],
) -> None:
    catalogue = CATALOGUES["import_listings"]
    mappings = {
        field.key: {"kind": "field", "source": "bigcommerce_variant.price"}
        for field in catalogue.targets.fields
    }
    template = compile_template("import_listings", mappings)
    record = {"bigcommerce_product": {"name": "x"}, "bigcommerce_variant": variants}
    mapped = evaluate_record(template, record, context())
    assert list(floats_in(mapped.nested())) == []
    assert len(mapped.repeated["listing_variant"]) == len(variants)


@given(st.decimals(-(10**9), 10**9, places=4), st.decimals(-(10**6), 10**6, places=4))
def test_arithmetic_is_exact(amount: Decimal, other: Decimal) -> None:
    steps = [{"do": "add", "value": str(other)}, {"do": "subtract", "value": str(other)}]
    mapping = {"kind": "value", "value": str(amount), "steps": steps}
    assert value(mapping, {}, target="listing.list_price") == amount


@given(st.decimals(0, 10**7, places=4), st.integers(0, 99))
def test_rounding_up_to_an_ending_is_least_and_idempotent(amount: Decimal, cents: int) -> None:
    step = {"do": "round_up_to", "ending": str(Decimal(cents) / 100)}
    once = value(
        {"kind": "value", "value": str(amount), "steps": [step]}, {}, target="listing.list_price"
    )
    twice = value(
        {"kind": "value", "value": str(amount), "steps": [step, step]},
        {},
        target="listing.list_price",
    )
    assert isinstance(once, Decimal)
    assert once == twice
    assert amount <= once < amount + 1
    assert once % 1 == Decimal(cents) / 100


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


def test_rules_take_the_first_that_holds() -> None:
    price = "bigcommerce_product.price"
    mapping = {
        "kind": "rules",
        "rules": [
            {
                "when": {"field": price, "op": "gte", "value": 100},
                "name": "dear",
                "then": {"kind": "value", "value": "A"},
            },
            {
                "when": {"field": price, "op": "gte", "value": 10},
                "then": {"kind": "value", "value": "B"},
            },
            {"enabled": False, "then": {"kind": "value", "value": "C"}},
        ],
        "otherwise": {"kind": "field", "source": NAME},
    }
    assert value(mapping, {price: 150}) == "A"
    assert value(mapping, {price: 50}) == "B"
    assert value(mapping, {price: 5, NAME: "D"}) == "D"
    assert run(mapping, {price: 150}).provenance["listing.brand"].rules == ("1 dear",)
    assert run(mapping, {price: 5, NAME: "D"}).provenance["listing.brand"].rules == ("otherwise",)
    del mapping["otherwise"]
    assert run(mapping, {price: 5}).values == {}


def test_rules_in_order_work_on_the_result_so_far_or_on_the_original() -> None:
    plus = {"kind": "field", "source": "@previous", "steps": [{"do": "add", "value": 1}]}
    double = {"kind": "field", "source": "@previous", "steps": [{"do": "multiply", "value": 2}]}
    start = {"kind": "field", "source": "bigcommerce_product.price"}
    record = {"bigcommerce_product.price": "10"}

    def result(*rules: dict[str, object]) -> object:
        mapping = {"kind": "rules", "apply": "all", "start": start, "rules": list(rules)}
        return value(mapping, record, target="listing.list_price")

    assert result({"then": plus}, {"then": double}) == 22
    assert result({"then": plus}, {"then": double, "input": "original"}) == 20
    above = {"field": "@previous", "op": "gt", "value": 10}
    assert result({"then": plus}, {"when": above, "then": double}) == 22
    assert result({"when": above, "then": double}, {"then": plus}) == 11
    assert result({"when": above, "then": double}) == 10
    original = {"kind": "field", "source": "@original"}
    assert result({"then": plus}, {"then": original}) == 10


def test_a_rule_can_ignore_or_clear() -> None:
    when = {"field": NAME, "op": "equals", "value": "x"}
    for then in ("ignore", "empty"):
        mapping = {
            "kind": "rules",
            "rules": [{"when": when, "then": {"kind": then}}],
            "otherwise": {"kind": "field", "source": NAME},
        }
        result = run(mapping, {NAME: "x"})
        assert result.values == ({"listing.brand": ""} if then == "empty" else {})
        assert run(mapping, {NAME: "y"}).values == {"listing.brand": "y"}


def test_fields_by_name_are_read_from_the_stores_lists() -> None:
    record = {
        "bigcommerce_product.custom_fields": [{"id": 1, "name": "Material", "value": "Wood"}],
        "bigcommerce_product.metafields": [{"namespace": "specs", "key": "color", "value": "red"}],
        "bigcommerce_variant.options": [{"option_display_name": "Color", "label": "Blue"}],
    }
    for source, expected in (
        ("bigcommerce_product.custom_field:Material", "Wood"),
        ("bigcommerce_product.custom_field:material", "Wood"),
        ("bigcommerce_product.metafield:specs.color", "red"),
        ("bigcommerce_variant.option:Color", "Blue"),
    ):
        assert value({"kind": "field", "source": source}, record) == expected
    missing = {"kind": "field", "source": "bigcommerce_product.custom_field:Size"}
    assert run(missing, record).values == {}


def test_explaining_a_value_names_every_step() -> None:
    mapping = {
        "kind": "field",
        "source": NAME,
        "steps": [{"do": "trim"}, {"do": "upper"}],
    }
    template = compile_template("import_listings", {"listing.title": mapping})
    why = explain(template, {NAME: " toy "}, context(), "listing.product_title")
    assert why is None
    why = explain(template, {NAME: " toy "}, context(), "listing.title")
    assert why is not None
    assert [(step.what, step.value) for step in why.trace] == [
        ("read BigCommerce Product – Name", " toy "),
        ("trim", "toy"),
        ("upper", "TOY"),
    ]
    assert (why.value, why.present) == ("TOY", True)
    assert why.provenance is not None
    assert (why.provenance.source, why.provenance.steps) == (NAME, ("trim", "upper"))


@pytest.mark.parametrize(
    ("mappings", "message"),
    [
        ({"listing.nonsense": {"kind": "ignore"}}, "does not exist"),
        (
            {"listing.list_price": {"kind": "ignore"}, "listing.price": {"kind": "ignore"}},
            "twice",
        ),
        ({"listing.brand": {"kind": "magic"}}, "kind"),
        ({"listing.brand": {"source": "x"}}, "kind"),
        ({"listing.brand": {"kind": "field"}}, "missing"),
        ({"listing.brand": {"kind": "field", "source": "x", "colour": 1}}, "colour"),
        ({"listing.brand": "title"}, "not valid"),
        ({"listing.brand": None}, "not valid"),
    ],
)
def test_templates_that_cannot_be_read(mappings: dict[str, object], message: str) -> None:
    with pytest.raises(TemplateInvalid, match=message) as refused:
        compile_template("import_listings", mappings, name="Mine")
    assert "Mine" in str(refused.value)


def test_rules_nest_only_so_deep() -> None:
    mapping: dict[str, object] = {"kind": "ignore"}
    for _ in range(6):
        mapping = {"kind": "rules", "rules": [{"then": mapping}]}
    with pytest.raises(TemplateInvalid, match="deep"):
        compile_template("import_listings", {"listing.brand": mapping})


def test_the_clock_is_only_what_is_given() -> None:
    recent = {"field": "bigcommerce_order.date_created", "op": "within_last", "value": "1d"}
    mapping = {
        "kind": "rules",
        "rules": [{"when": recent, "then": {"kind": "value", "value": "new"}}],
        "otherwise": {"kind": "value", "value": "old"},
    }
    record = {"bigcommerce_order.date_created": NOW - timedelta(hours=1)}
    options = {"integration": "get_orders", "target": "order.status"}
    assert value(mapping, record, **options) == "new"
    record = {"bigcommerce_order.date_created": NOW - timedelta(days=2)}
    assert value(mapping, record, **options) == "old"

"""Rules, fields by name, explanations, and templates that are refused."""

from datetime import timedelta

import pytest

from app.mapping.engine.compile import compile_template
from app.mapping.engine.evaluate import explain
from app.mapping.errors import TemplateInvalid
from tests.mapping.engine import NOW, context, run, value

NAME = "bigcommerce_product.name"


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

"""The linter against the tables of bad and good templates."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.mapping.lint import lint
from app.mapping.lint.pricing import lint_pricing
from app.mapping.pricing_rules import PricingRule
from app.mapping.problems import Problem, errors_of
from tests.mapping.bad_templates import BAD
from tests.mapping.good_templates import GOOD
from tests.mapping.template_parts import Sample, with_base


def linted(sample: Sample) -> list[Problem]:
    sets = {table.id: table for table in sample.sets}
    return lint(
        sample.integration, sample.name, sample.mappings, sets, weight_unit=sample.weight_unit
    )


def test_the_tables_are_long_enough() -> None:
    assert len(BAD) >= 40
    assert len(GOOD) >= 40
    assert len({sample.name for sample in BAD}) == len(BAD)


@pytest.mark.parametrize("sample", BAD, ids=lambda sample: sample.name)
def test_bad_templates_are_caught(sample: Sample) -> None:
    problems = [problem for problem in linted(sample) if problem.severity != "info"]
    assert sample.code in {problem.code for problem in problems}
    for problem in problems:
        assert problem.message.endswith((".", "…"))
        assert len(problem.message.split()) > 4
        assert problem.template == sample.name


@pytest.mark.parametrize("sample", GOOD, ids=lambda sample: f"{sample.integration} {sample.name}")
def test_good_templates_pass(sample: Sample) -> None:
    assert [problem for problem in linted(sample) if problem.severity != "info"] == []


def test_the_unmapped_quantity_is_an_error_in_plain_words() -> None:
    mappings = with_base("get_orders", line_item__quantity=None)
    problems = errors_of(lint("get_orders", "Get Orders 1", mappings))
    assert [problem.as_dict() for problem in problems] == [
        {
            "field": "line_item.quantity",
            "severity": "error",
            "code": "required_unmapped",
            "message": "Quantity (Line Item) is required but not mapped. "
            "Choose “Field” and the field it comes from.",
        }
    ]


def test_problems_come_worst_first_and_names_are_checked() -> None:
    mappings = with_base(
        "import_listings", listing__brand={"kind": "value", "value": ""}, listing__title=None
    )
    found = [problem.severity for problem in lint("import_listings", "", mappings)]
    assert found == ["error", "error", "warning"]
    assert lint("nonsense", "x", {})[0].code == "unknown_integration"
    assert lint("import_listings", "x" * 201, with_base("import_listings"))[0].code == (
        "name_too_long"
    )
    link = lint("link_listings", "x", {"listing.title": {"kind": "ignore"}})
    assert [problem.code for problem in link] == ["unknown_target"]


def test_a_near_miss_is_offered() -> None:
    mappings = with_base("import_listings", listing__titel={"kind": "empty"})
    problem = next(p for p in lint("import_listings", "x", mappings) if p.code == "unknown_target")
    assert "“listing.title”" in problem.message


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "kind",
                    "source",
                    "value",
                    "steps",
                    "do",
                    "rules",
                    "when",
                    "then",
                    "op",
                    "field",
                    "all",
                    "not",
                    "otherwise",
                    "mapping_set_id",
                ]
            ),
            inner
            | st.sampled_from(["field", "value", "rules", "upper", "add", "equals", "between"]),
            max_size=5,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(["listing.title", "listing.list_price", "x", ""]), JSON))
def test_the_linter_never_breaks(mappings: dict[str, object]) -> None:
    for problem in lint("import_listings", "x", mappings):
        assert problem.message


def pricing(*tiers: dict[str, object]) -> list[str]:
    base = {"kind": "tiers", "on": "cost", "tiers": list(tiers)}
    return [problem.code for problem in lint_pricing(PricingRule.model_validate({"base": base}))]


@pytest.mark.parametrize(
    ("tiers", "codes"),
    [
        ([{"from": 0, "to": 10, "percent": 50}, {"from": 10, "percent": 20}], []),
        ([{"from": 10, "percent": 20}, {"from": 0, "to": 10, "percent": 50}], []),
        ([{"from": 0, "to": 10, "percent": 50}, {"from": 5, "percent": 20}], ["tiers_overlap"]),
        ([{"from": 0, "percent": 50}, {"from": 5, "percent": 20}], ["tiers_overlap"]),
        ([{"from": 0, "to": 10, "percent": 50}, {"from": 11, "percent": 20}], ["tiers_gap"]),
        ([{"from": 5, "percent": 20}], ["tiers_gap"]),
        ([{"from": 0, "to": 5, "percent": 20}], ["tiers_end"]),
        ([{"from": 0, "to": 0, "percent": 20}, {"from": 0, "percent": 1}], ["tier_empty"]),
    ],
)
def test_price_tiers(tiers: list[dict[str, object]], codes: list[str]) -> None:
    assert pricing(*tiers) == codes


def test_a_discount_that_leaves_nothing() -> None:
    rule = PricingRule.model_validate({"base": {"kind": "discount", "percent": 100}})
    assert [problem.code for problem in lint_pricing(rule)] == ["discount_too_high"]

"""The engine's promises, for any template and any record."""

import copy
from collections.abc import Iterator, Mapping
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from app.mapping.catalogue import CATALOGUES
from app.mapping.catalogue.fields import UNCLEARABLE
from app.mapping.engine.compile import compile_template
from app.mapping.engine.evaluate import evaluate
from app.mapping.records import evaluate_record
from tests.mapping.engine import context, value

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

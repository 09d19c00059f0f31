"""Finding products by identifiers: exact equality, never a guess."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.channels.settings import LinkPair
from app.integrations.linking.link_identifiers import comparable
from app.integrations.linking.link_matching import Index, OwnListing, OwnVariant, Wanted
from app.integrations.linking.link_store import StoreProduct, StoreVariant, from_json, to_json

SKU = LinkPair(listing="sku", store="variant.sku")
UPC = LinkPair(listing="upc", store="variant.upc")
PARENT = LinkPair(listing="sku", store="product.sku")
GTIN_AS_UPC = LinkPair(listing="gtin", store="variant.upc")


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("sku", " TOY-1 ", "TOY-1"),
        ("sku", "036000291452", "036000291452"),
        ("sku", "  ", None),
        ("sku", None, None),
        ("upc", "036000291452", "00036000291452"),
        ("gtin", "0036000291452", "00036000291452"),
        ("gtin", "00036000291452", "00036000291452"),
        ("gtin", "96385074", "00000096385074"),
        ("upc", "036000291453", "036000291453"),
        ("upc", "36000291452", "36000291452"),
        ("upc", "０36000291452", "０36000291452"),
        ("mpn", "036000291452", "036000291452"),
    ],
)
def test_only_declared_rules_make_values_comparable(
    field: str, value: str | None, expected: str | None
) -> None:
    assert comparable(field, value) == expected


@given(st.text(max_size=20), st.sampled_from(["sku", "upc", "mpn", "gtin"]))
def test_comparable_values_stay_as_they_are(value: str, field: str) -> None:
    once = comparable(field, value)
    if once is not None:
        assert comparable(field, once) == once


def theirs(number: int, sku: str = "", *variants: StoreVariant, **more: str) -> StoreProduct:
    identifiers = {"sku": sku, "upc": "", "mpn": "", "gtin": "", **more}
    alone = StoreVariant(number * 100, identifiers, {}, {}, None, {})
    return StoreProduct(
        number, f"Product {number}", True, identifiers, {}, None, {}, list(variants) or [alone]
    )


def their_variant(number: int, sku: str, options: dict[str, str] | None = None, **more: str) -> Any:
    identifiers = {"sku": sku, "upc": "", "mpn": "", "gtin": "", **more}
    return StoreVariant(number, identifiers, options or {}, {}, None, {})


def ours(sku: str | None, *variants: OwnVariant, **more: str) -> OwnListing:
    identifiers = {"sku": sku, "upc": None, "mpn": None, "gtin": None, **more}
    alone = OwnVariant(UUID(int=1), sku or "", identifiers, {})
    return OwnListing(UUID(int=99), sku or "", identifiers, variants or (alone,))


def our_variant(number: int, sku: str | None, options: dict[str, str] | None = None) -> OwnVariant:
    return OwnVariant(UUID(int=number), sku or "", {"sku": sku}, options or {})


def test_one_candidate_is_linked() -> None:
    match = Index([SKU], [theirs(1, "TOY"), theirs(2, "CUP")]).match(ours("TOY"))
    assert match.product is not None
    assert (match.product.id, match.value, match.pair) == (1, "TOY", SKU)
    assert match.variants[UUID(int=1)].id == 100


def test_case_counts_and_blank_values_never_match() -> None:
    index = Index([SKU], [theirs(1, "toy"), theirs(2, ""), theirs(3, " ")])
    assert index.match(ours("TOY")).product is None
    assert index.match(ours("")).product is None
    assert index.match(ours(None)).product is None


def test_several_candidates_are_told_and_no_lower_pair_is_asked() -> None:
    products = [theirs(1, "A", upc="036000291452"), theirs(2, "B", upc="036000291452")]
    match = Index([UPC, SKU], products).match(ours("A", upc="036000291452"))
    assert match.product is None
    assert match.ambiguous
    assert match.candidates == ("product 1 “Product 1”", "product 2 “Product 2”")
    turned = Index([SKU, UPC], products).match(ours("A", upc="036000291452"))
    assert turned.product is not None
    assert turned.product.id == 1


def test_a_lower_pair_is_asked_when_a_higher_finds_nothing() -> None:
    products = [theirs(1, "OTHER", upc="036000291452")]
    match = Index([SKU, GTIN_AS_UPC], products).match(ours("A", gtin="0036000291452"))
    assert (match.product is not None, match.pair) == (True, GTIN_AS_UPC)


def test_the_products_level_is_only_asked_when_it_is_in_the_priority() -> None:
    blue = their_variant(11, "TOY-B", {"Color": "Blue"})
    products = [theirs(1, "TOY", blue)]
    own = ours("TOY", our_variant(1, None, {"color": "BLUE"}))
    assert Index([SKU], products).match(own).product is None
    match = Index([SKU, PARENT], products).match(own)
    assert match.product is not None
    assert match.variants[UUID(int=1)].id == 11


def test_variants_are_paired_by_identifier_then_by_options() -> None:
    product = theirs(
        1,
        "TOY",
        their_variant(11, "TOY-B", {"Color": "Blue"}),
        their_variant(12, "", {"Color": "Red"}),
        their_variant(13, "TOY-G", {"Color": "Green"}),
    )
    own = ours(
        "TOY",
        our_variant(1, "TOY-B"),
        our_variant(2, "TOY-R", {"Color": "Red"}),
        our_variant(3, "TOY-X", {"Color": "Pink"}),
    )
    match = Index([SKU], [product]).match(own)
    assert {own_id.int: variant.id for own_id, variant in match.variants.items()} == {1: 11, 2: 12}


def test_variants_of_two_products_are_an_ambiguity() -> None:
    products = [
        theirs(1, "ONE", their_variant(11, "A")),
        theirs(2, "TWO", their_variant(21, "B")),
    ]
    match = Index([SKU], products).match(ours("X", our_variant(1, "A"), our_variant(2, "B")))
    assert match.ambiguous


def test_the_same_value_on_two_variants_of_one_product_is_an_ambiguity() -> None:
    twins = theirs(1, "TOY", their_variant(11, "A"), their_variant(12, "A"))
    match = Index([SKU], [twins]).match(ours("TOY", our_variant(1, "A"), our_variant(2, "B")))
    assert match.candidates == ("variant 11 of product 1", "variant 12 of product 1")
    one = theirs(1, "TOY", their_variant(11, "A"), their_variant(12, "B"))
    match = Index([SKU], [one]).match(ours("TOY", our_variant(1, "A"), our_variant(2, "A")))
    assert match.ambiguous


def test_only_what_shares_a_value_is_kept() -> None:
    wanted = Wanted.of([SKU, PARENT], [ours("TOY", our_variant(1, "TOY-B"))])
    assert wanted.mentions(theirs(1, "TOY", their_variant(11, "X")))
    assert wanted.mentions(theirs(1, "", their_variant(11, " TOY-B ")))
    assert not wanted.mentions(theirs(1, "toy", their_variant(11, "toy-b")))


def test_the_index_survives_being_written_down() -> None:
    product = theirs(1, "TOY", their_variant(11, "A", {"Color": "Blue"}))
    assert from_json(to_json(product)) == product

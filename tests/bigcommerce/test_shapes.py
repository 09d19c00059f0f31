from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bigcommerce.models import catalog, orders, store
from app.bigcommerce.shapes import Shape, Unreadable, build, decode


class Sample(Shape):
    id: int
    money: Decimal | None = None
    count: int | None = None
    flag: bool = False
    text: str = ""
    when: datetime | None = None
    rows: list[int] = []  # noqa: RUF012 - msgspec copies it
    extra: dict[str, object] | None = None


@pytest.mark.parametrize(
    ("sent", "field", "value"),
    [
        (b"19.9", "money", Decimal("19.9")),
        (b'"25.0000"', "money", Decimal("25.0000")),
        (b"12", "money", Decimal(12)),
        (b"0.1000000000000000055511151231257827", "money",
         Decimal("0.1000000000000000055511151231257827")),
        (b'""', "money", None),
        (b"null", "money", None),
        (b'"free"', "money", None),
        (b'"NaN"', "money", None),
        (b'"1e999999"', "money", None),
        (b"[]", "money", None),
        (b'"7"', "count", 7),
        (b"7.0", "count", 7),
        (b"7.5", "count", None),
        (b'""', "count", None),
        (b"-3", "count", -3),
        (b"1", "flag", True),
        (b'"0"', "flag", False),
        (b'"true"', "flag", True),
        (b"null", "flag", False),
        (b'"maybe"', "flag", False),
        (b"5", "text", "5"),
        (b"1.50", "text", "1.50"),
        (b"null", "text", ""),
        (b"{}", "text", ""),
        (b'"Wed, 10 Jan 2018 21:05:30 +0000"', "when",
         datetime(2018, 1, 10, 21, 5, 30, tzinfo=UTC)),
        (b'"Wed, 10 Jan 2018 21:05:30 -0500"', "when", datetime(2018, 1, 11, 2, 5, 30, tzinfo=UTC)),
        (b'"2018-08-15T14:48:46+02:00"', "when", datetime(2018, 8, 15, 12, 48, 46, tzinfo=UTC)),
        (b'"2018-08-15T14:48:46Z"', "when", datetime(2018, 8, 15, 14, 48, 46, tzinfo=UTC)),
        (b'"2018-08-15T14:48:46"', "when", datetime(2018, 8, 15, 14, 48, 46, tzinfo=UTC)),
        (b"1561488106", "when", datetime(2019, 6, 25, 18, 41, 46, tzinfo=UTC)),
        (b'""', "when", None),
        (b'"0"', "when", None),
        (b'"yesterday"', "when", None),
        (b"99999999999999", "when", None),
        (b"[1,null,2]", "rows", [1, 2]),
        (b'""', "rows", []),
        (b"{}", "rows", []),
        (b"[]", "extra", None),
        (b'{"a":1.10}', "extra", {"a": Decimal("1.10")}),
    ],
)  # fmt: skip
def test_fields(sent: bytes, field: str, value: object) -> None:
    built = build(decode(b'{"id":1,"new":true,"%s":%s}' % (field.encode(), sent)), Sample)
    assert getattr(built, field) == value
    assert type(getattr(built, field)) is type(value)


@pytest.mark.parametrize("sent", [b"{}", b'{"id":null}', b'{"id":"x"}', b"[]", b"null", b'"a"'])
def test_a_record_without_its_id_is_unreadable(sent: bytes) -> None:
    with pytest.raises(Unreadable):
        build(decode(sent), Sample)


def test_nothing_is_an_empty_list() -> None:
    assert build(None, list[Sample]) == []


def test_logo_may_be_a_list() -> None:
    assert build({"id": "h", "logo": []}, store.Store).logo is None
    logo = build({"id": "h", "logo": {"url": "u"}}, store.Store).logo
    assert logo is not None
    assert logo.url == "u"


def test_raw_is_kept_with_decimals() -> None:
    sent = decode(b'{"id":5,"open_graph_title":"x","variants":[{"id":6,"price":1.10,"new":2.5}]}')
    product = build(sent, catalog.Product)
    assert product.raw is sent
    assert product.variants[0].raw["new"] == Decimal("2.5")
    assert str(product.variants[0].price) == "1.10"


def test_products_with_options() -> None:
    simple = build({"id": 1, "variants": [{"id": 2, "option_values": []}]}, catalog.Product)
    sized = build({"id": 1, "variants": [{"id": 2, "option_values": [{"id": 3}]}]}, catalog.Product)
    assert (simple.has_options, sized.has_options) == (False, True)


def test_categories_of_both_apis() -> None:
    assert build({"category_id": 4}, catalog.Category).key == 4
    assert build({"id": 5}, catalog.Category).key == 5


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


def bodies(model: type[Shape]) -> st.SearchStrategy[dict[str, Any]]:
    fields = {name: json_values for name in model.__struct_fields__ if name not in ("id", "raw")}
    return st.fixed_dictionaries({"id": st.integers(1, 10**9)}, optional=fields)


@given(bodies(orders.Order))
def test_any_order_with_an_id_is_read(sent: dict[str, Any]) -> None:
    order = build(sent, orders.Order)
    assert order.id == sent["id"]
    assert order.date_created is None or order.date_created.tzinfo is UTC
    _ = order.fees, order.consignments


@given(bodies(catalog.Product))
def test_any_product_with_an_id_is_read(sent: dict[str, Any]) -> None:
    product = build(sent, catalog.Product)
    assert product.price is None or product.price.is_finite()


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9
    )
)
def test_money_is_exact_from_number_and_text(amount: Decimal) -> None:
    for sent in (f'{{"id":1,"money":{amount:f}}}', f'{{"id":1,"money":"{amount:f}"}}'):
        assert build(decode(sent.encode()), Sample).money == amount

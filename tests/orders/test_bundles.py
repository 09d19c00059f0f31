"""When a bundle has left, whichever of its lines was shipped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.orders.kinds import Extent, all_shipped, shipped_extent


@dataclass(frozen=True)
class Line:
    """A line with one unit."""

    external_id: int
    price: str = "0.00"
    parent_external_id: int | None = None
    quantity_shipped: int = 0
    quantity: int = 1
    quantity_refunded: int = 0
    quantity_shipped_here: int = 0
    type: str = "physical"
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def line_values(self) -> Mapping[str, Any]:
        """What the template maps."""
        return {"total_inc_tax": self.price, **self.values}


def bundle(parent: str, *parts: str) -> list[Line]:
    """A parent and parts by their prices; the parent is line 1."""
    rows = [Line(number, price, 1) for number, price in enumerate(parts, 2)]
    return [Line(1, parent), *rows]


@pytest.mark.parametrize(
    ("lines", "shipped", "whole"),
    [
        (bundle("30", "0", "0"), (1, 0, 0), True),
        (bundle("30", "0", "0"), (0, 1, 1), True),
        (bundle("30", "0", "0"), (0, 1, 0), False),
        (bundle("30", "0", "0"), (0, 0, 0), False),
        (bundle("0", "10", "20"), (0, 1, 1), True),
        (bundle("0", "10", "20"), (0, 1, 0), False),
        (bundle("0", "10", "20"), (1, 0, 0), False),
        (bundle("30", "5"), (1, 0), False),
        (bundle("30", "5"), (0, 1), False),
        (bundle("30", "0", "5"), (1, 0, 0), False),
        (bundle("30", "0", "5"), (0, 1, 1), True),
        ([Line(1, "0")], (0,), False),
        ([Line(1, "0", parent_external_id=99)], (0,), False),
    ],
)
def test_what_costs_nothing_goes_with_the_other_side(
    lines: list[Line], shipped: tuple[int, ...], whole: bool
) -> None:
    assert all_shipped(lines, shipped) is whole


def test_a_price_that_is_not_mapped_is_not_taken_for_nothing() -> None:
    part = Line(2, "", 1)
    assert not all_shipped([Line(1, "30"), part], [1, 0])


def test_an_order_is_shipped_with_the_parent_of_its_bundle() -> None:
    parent, *parts = bundle("30", "0", "0")
    sent = Line(parent.external_id, parent.price, quantity_shipped_here=1)
    assert shipped_extent([sent, *parts], 11) is Extent.YES
    assert shipped_extent([parent, *parts], 11) is Extent.NO

"""One bad item never fails its batch-mates."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bigcommerce.errors import Conflict, Invalid, NotFound, Refused, Unreachable, Where
from app.bigcommerce.problems import Problem
from app.integrations.syncing.batches import code_of, deliver


class Shop:
    """Takes batches without poison; says which places were bad when `tells` is set."""

    def __init__(self, poison: set[int], *, tells: str = "") -> None:
        self.poison = poison
        self.tells = tells
        self.taken: list[int] = []
        self.requests = 0

    async def __call__(self, batch: Sequence[int]) -> None:
        self.requests += 1
        bad = [place for place, item in enumerate(batch) if item in self.poison]
        if not bad:
            self.taken += batch
            return
        problems = [Problem("http_422", "no", self.tells.format(place)) for place in bad]
        raise Invalid(Where("PUT", "/v3", 422), problems=problems if self.tells else ())


@given(st.sets(st.integers(0, 299)), st.integers(1, 300), st.sampled_from(["", "items.{}", "{}.x"]))
async def test_everything_but_the_poison_arrives_once(
    poison: set[int], size: int, tells: str
) -> None:
    shop = Shop(poison, tells=tells)
    refused = await deliver(range(size), shop)
    bad = {item for item in poison if item < size}
    assert sorted(shop.taken) == [item for item in range(size) if item not in bad]
    assert sorted(item for item, _ in refused) == sorted(bad)


async def test_one_poisoned_item_costs_two_requests_per_halving() -> None:
    shop = Shop({1234})
    await deliver(range(2000), shop)
    assert shop.requests <= 2 * math.ceil(math.log2(2000)) + 1


async def test_a_named_place_costs_two_requests_more() -> None:
    shop = Shop({1234}, tells="items.{}")
    await deliver(range(2000), shop)
    assert shop.requests == 3


async def test_a_wrongly_named_place_fails_nobody_else() -> None:
    class Liar(Shop):
        async def __call__(self, batch: Sequence[int]) -> None:
            try:
                await super().__call__(batch)
            except Refused as error:
                raise Invalid(problems=[Problem("http_422", "no", "items.0")]) from error

    shop = Liar({7})
    refused = await deliver(range(50), shop)
    assert [item for item, _ in refused] == [7]
    assert len(shop.taken) == 49


async def test_other_errors_are_raised() -> None:
    async def send(batch: Sequence[int]) -> None:
        raise Unreachable(sent=True)

    with pytest.raises(Unreachable):
        await deliver([1, 2], send)


async def test_nothing_is_no_request() -> None:
    shop = Shop(set())
    assert await deliver([], shop) == []
    assert shop.requests == 0


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotFound(), "not_in_store"),
        (Conflict(), "conflict"),
        (Conflict(problems=[Problem("name_duplicate", "x")]), "name_duplicate"),
        (Invalid(problems=[Problem("http_422", "x")]), "store_refused"),
    ],
)
def test_refusals_have_codes(error: Refused, code: str) -> None:
    assert code_of(error) == code

"""Walks over a list that behaves like a store's, with its faults."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import httpx
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.bigcommerce import Cursor, Page, StoreClient, errors
from app.bigcommerce.models.catalog import Brand, Product
from app.bigcommerce.models.orders import Order
from app.bigcommerce.pages import Listing, walk
from app.bigcommerce.resources import orders, products
from tests.bigcommerce.stores import Clock, make_client

BRANDS = Listing("/v3/catalog/brands", list[Brand], lambda brand: brand.id, keyset=False)


@dataclass
class FakeList:
    """One list of rows, in both API versions; ``fault`` may answer before it does."""

    ids: list[int]
    cap: int = 250
    keyset: bool = True
    refuse_keyset: bool = False
    meta: bool = True
    fault: Callable[[int, dict[str, str]], httpx.Response | Exception | None] | None = None
    seen: list[dict[str, str]] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        params = dict(request.url.params)
        self.seen.append(params)
        if self.fault is not None:
            out = self.fault(len(self.seen), params)
            if isinstance(out, Exception):
                raise out
            if out is not None:
                return out
        v2 = "/v2/" in request.url.path
        if self.refuse_keyset and ("id:greater" in params or "min_id" in params):
            title = "The filter(s): id:greater are not valid filter parameter(s)."
            return httpx.Response(400 if v2 else 422, json={"title": title, "errors": {}})
        after = int(params.get("id:greater", int(params.get("min_id", "1")) - 1))
        found = sorted(i for i in self.ids if i > after or not self.keyset)
        size = min(int(params["limit"]), self.cap)
        page = int(params.get("page", "1"))
        rows = [{"id": i} for i in found[(page - 1) * size : page * size]]
        if v2:
            return httpx.Response(200, json=rows) if rows else httpx.Response(204)
        pagination = {
            "total": len(found),
            "count": len(rows),
            "per_page": size,
            "current_page": page,
            "total_pages": -(-len(found) // size),
        }
        meta = {"pagination": pagination} if self.meta else {}
        return httpx.Response(200, json={"data": rows, "meta": meta})


class Row(Protocol):
    @property
    def id(self) -> int: ...


RowT = TypeVar("RowT", bound=Row)


async def walked(
    fake: FakeList,
    run: Callable[[StoreClient], AsyncIterator[Page[RowT]]],
    clock: Clock | None = None,
) -> list[Page[RowT]]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(fake)) as http:
        client = make_client(http, clock or Clock())
        return [page async for page in run(client)]


async def product_ids(fake: FakeList, cursor: Cursor | None = None) -> list[int]:
    pages = await walked(fake, lambda client: products.pages(client, cursor))
    return [row.id for page in pages for row in page.items]


@pytest.mark.parametrize(
    ("count", "requests"), [(0, 1), (1, 1), (250, 1), (251, 2), (500, 2), (1000, 4), (999, 4)]
)
async def test_products_cost_the_fewest_requests(count: int, requests: int) -> None:
    fake = FakeList([7 * n for n in range(1, count + 1)])
    assert await product_ids(fake) == fake.ids
    assert len(fake.seen) == requests
    assert all("page" not in params for params in fake.seen)


@pytest.mark.parametrize(("count", "requests"), [(0, 1), (249, 1), (250, 2), (400, 2), (500, 3)])
async def test_orders_end_with_a_short_page_or_204(count: int, requests: int) -> None:
    fake = FakeList(list(range(100, 100 + count)))
    pages = await walked(fake, lambda client: orders.pages(client))
    assert [row.id for page in pages for row in page.items] == fake.ids
    assert len(fake.seen) == requests
    assert fake.seen[0]["consignment_structure"] == "object"
    assert fake.seen[0]["sort"] == "id:asc"


async def test_a_walk_resumes_from_a_stored_cursor() -> None:
    fake = FakeList(list(range(1, 601)))
    async with httpx.AsyncClient(transport=httpx.MockTransport(fake)) as http:
        client = make_client(http, Clock())
        async for page in products.pages(client):
            stored = msgspec.json.encode(page.cursor)
            break
    cursor = msgspec.json.decode(stored, type=Cursor)
    assert json.loads(stored)["after"] == 250
    assert cursor.total == 600
    assert await product_ids(fake, cursor) == list(range(251, 601))
    assert len(fake.seen) == 3


async def test_a_done_cursor_asks_nothing() -> None:
    fake = FakeList([1])
    assert await product_ids(fake, Cursor(done=True)) == []
    assert fake.seen == []


async def test_the_stores_own_page_size_is_believed() -> None:
    fake = FakeList(list(range(1, 41)), cap=10)
    assert await product_ids(fake) == fake.ids
    assert len(fake.seen) == 4


async def test_a_store_without_meta_is_read_to_an_empty_page() -> None:
    fake = FakeList(list(range(1, 261)), meta=False)
    assert await product_ids(fake) == fake.ids


async def test_a_refused_id_filter_falls_back_to_page_numbers() -> None:
    fake = FakeList(list(range(1, 601)), refuse_keyset=True)
    assert await product_ids(fake) == fake.ids
    assert [params.get("page") for params in fake.seen] == [None, "1", "2", "3"]


async def test_an_ignored_id_filter_falls_back_where_it_stands() -> None:
    fake = FakeList(list(range(1, 601)), keyset=False)
    assert await product_ids(fake) == fake.ids
    assert [params.get("page") for params in fake.seen] == [None, None, "2", "3"]


async def test_v2_that_refuses_min_id_falls_back() -> None:
    fake = FakeList(list(range(1, 301)), refuse_keyset=True)
    pages = await walked(fake, lambda client: orders.pages(client))
    assert [row.id for page in pages for row in page.items] == fake.ids


async def test_a_page_that_repeats_is_a_loop() -> None:
    def stuck(call: int, params: dict[str, str]) -> httpx.Response:
        pagination = {"total": 9999, "count": 2, "per_page": 250}
        return httpx.Response(
            200, json={"data": [{"id": 1}, {"id": 2}], "meta": {"pagination": pagination}}
        )

    with pytest.raises(errors.PageLoop):
        await walked(FakeList([], fault=stuck), lambda client: walk(client, BRANDS))


async def test_a_shrinking_list_is_read_one_page_back() -> None:
    fake = FakeList(list(range(1, 601)))

    def removal(call: int, params: dict[str, str]) -> None:
        if call == 2:
            fake.ids = [i for i in fake.ids if i > 5]

    fake.fault = removal
    pages = await walked(fake, lambda client: walk(client, BRANDS))
    found = [row.id for page in pages for row in page.items]
    assert sorted(found) == list(range(1, 601))
    assert len(found) == len(set(found))


def heavy(limit: int, out: httpx.Response | Exception) -> FakeList:
    def fault(call: int, params: dict[str, str]) -> httpx.Response | Exception | None:
        return out if int(params["limit"]) > limit else None

    return FakeList(list(range(1, 301)), fault=fault)


@pytest.mark.parametrize(
    "out",
    [
        httpx.Response(504),
        httpx.Response(500),
        httpx.ReadTimeout("slow"),
        httpx.ReadError("reset"),
        httpx.RemoteProtocolError("peer closed"),
        httpx.Response(200, content=b'{"data":[{"id":1'),
    ],
)
async def test_heavy_pages_are_halved(out: httpx.Response | Exception) -> None:
    fake = heavy(70, out)
    assert await product_ids(fake) == fake.ids
    assert [params["limit"] for params in fake.seen[:4]] == ["250", "125", "62", "62"]


async def test_page_size_grows_back() -> None:
    def once(call: int, params: dict[str, str]) -> httpx.Response | None:
        return httpx.Response(504) if call == 1 else None

    fake = FakeList(list(range(1, 3001)), fault=once)
    assert await product_ids(fake) == fake.ids
    assert fake.seen[1]["limit"] == "125"
    assert fake.seen[-1]["limit"] == "250"


async def test_heavy_pages_by_number_miss_nothing() -> None:
    fake = heavy(70, httpx.Response(502))
    pages = await walked(fake, lambda client: walk(client, BRANDS))
    found = [row.id for page in pages for row in page.items]
    assert found == fake.ids


async def test_a_store_that_is_down_is_not_asked_for_smaller_pages() -> None:
    fake = FakeList([1], fault=lambda call, params: httpx.Response(503))
    with pytest.raises(errors.StoreUnavailable):
        await product_ids(fake)
    assert len(fake.seen) == 1


async def test_unreachable_is_not_asked_for_smaller_pages() -> None:
    fake = FakeList([1], fault=lambda call, params: httpx.ConnectError("refused"))
    with pytest.raises(errors.Unreachable):
        await product_ids(fake)
    assert {params["limit"] for params in fake.seen} == {"250"}


async def test_an_always_broken_list_gives_up() -> None:
    clock = Clock()
    fake = FakeList([1], fault=lambda call, params: httpx.Response(504))
    with pytest.raises(errors.StoreUnavailable):
        await walked(fake, lambda client: products.pages(client), clock)
    assert len(fake.seen) <= 12
    assert clock.slept


async def test_the_largest_page_the_store_names_is_used() -> None:
    def too_high(call: int, params: dict[str, str]) -> httpx.Response | None:
        if int(params["limit"]) <= 100:
            return None
        message = "The specified limit exceeds the maximum allowed."
        return httpx.Response(
            413, json=[{"status": 413, "message": message, "details": {"max_limit": 100}}]
        )

    fake = FakeList(list(range(1, 151)), fault=too_high)
    pages = await walked(fake, lambda client: orders.pages(client))
    assert [row.id for page in pages for row in page.items] == fake.ids
    assert [params["limit"] for params in fake.seen] == ["250", "100", "100"]


@settings(max_examples=40, deadline=None)
@given(
    ids=st.sets(st.integers(1, 5000), max_size=600),
    cap=st.integers(7, 250),
    mode=st.sampled_from(["keyset", "ignored", "refused"]),
    broken=st.sets(st.integers(1, 12), max_size=5),
)
async def test_every_row_comes_exactly_once(
    ids: set[int], cap: int, mode: str, broken: set[int]
) -> None:
    fake = FakeList(
        sorted(ids),
        cap=cap,
        keyset=mode != "ignored",
        refuse_keyset=mode == "refused",
        fault=lambda call, params: httpx.Response(502) if call in broken else None,
    )
    assert sorted(await product_ids(fake)) == fake.ids


def test_rows_are_what_listings_say() -> None:
    assert Listing("/v2/orders", list[Order], lambda order: order.id).is_v2
    assert not Listing("/v3/catalog/products", list[Product], lambda one: one.id).is_v2

import asyncio
from decimal import Decimal
from typing import Any

import httpx
import pytest
import respx

from app.bigcommerce import MemoryPacingStore, RequestRecord, StoreClient, errors
from app.bigcommerce.models.catalog import Product
from app.bigcommerce.models.store import Store
from tests.bigcommerce.stores import HASH, TOKEN, Clock, make_client, quota_headers

PRODUCTS = "/v3/catalog/products"


async def test_headers_and_data(client: StoreClient, store: respx.MockRouter) -> None:
    route = store.get(f"{PRODUCTS}/7").respond(
        json={"data": {"id": 7, "price": 19.9}, "meta": {"a": 1}}
    )
    answer = await client.request("GET", f"{PRODUCTS}/7", Product)
    assert answer.data.price == Decimal("19.9")
    assert answer.meta == {"a": 1}
    sent = route.calls.last.request
    assert sent.headers["X-Auth-Token"] == TOKEN
    assert sent.headers["Accept"] == "application/json"
    assert sent.headers["User-Agent"] == "tests/1.0"
    assert "Content-Type" not in sent.headers
    assert client.requests_made == 1


async def test_bodies_are_json_with_plain_numbers(
    client: StoreClient, store: respx.MockRouter
) -> None:
    route = store.put(f"{PRODUCTS}/7").respond(json={"data": {"id": 7}})
    await client.request("PUT", f"{PRODUCTS}/7", Product, body={"price": Decimal("19.90")})
    assert route.calls.last.request.content == b'{"price":19.90}'
    assert route.calls.last.request.headers["Content-Type"] == "application/json"


async def test_booleans_in_queries(client: StoreClient, store: respx.MockRouter) -> None:
    route = store.get("/v3/channels").respond(json={"data": []})
    await client.get("/v3/channels", list[Product], params={"available": True, "page": 2})
    assert route.calls.last.request.url.query == b"available=true&page=2"


async def test_no_content_is_an_empty_list(client: StoreClient, store: respx.MockRouter) -> None:
    store.get("/v2/orders").respond(204)
    assert await client.get("/v2/orders", list[Product]) == []


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.Invalid),
        (401, errors.CredentialsRejected),
        (403, errors.Forbidden),
        (404, errors.NotFound),
        (409, errors.Conflict),
        (413, errors.Invalid),
        (422, errors.Invalid),
        (507, errors.PlanLimit),
        (301, errors.UnexpectedStatus),
        (405, errors.UnexpectedStatus),
        (501, errors.UnexpectedStatus),
    ],
)
async def test_refusals_are_not_repeated(
    client: StoreClient, store: respx.MockRouter, status: int, kind: type[Exception]
) -> None:
    route = store.post(PRODUCTS).respond(
        status, json={"title": "No", "errors": {"name": "bad"}}, headers={"X-Request-Id": "r1"}
    )
    with pytest.raises(kind) as caught:
        await client.request("POST", PRODUCTS, Product, body={}, params={"secret": "q"})
    error = caught.value
    assert isinstance(error, errors.BigCommerceError)
    assert type(error) is kind
    assert (error.method, error.path, error.status) == ("POST", PRODUCTS, status)
    assert error.request_id == "r1"
    assert error.fields == {"name": "bad"}
    assert error.sentence
    assert route.call_count == 1


async def test_a_403_that_names_a_scope(client: StoreClient, store: respx.MockRouter) -> None:
    store.get("/v2/store").respond(403, json={"title": "You don't have a required scope"})
    with pytest.raises(errors.ScopeMissing):
        await client.get("/v2/store", Store)


async def test_v2_problems(client: StoreClient, store: respx.MockRouter) -> None:
    store.get("/v2/orders").respond(
        413,
        json=[{"status": 413, "message": "The specified limit exceeds the maximum allowed.",
               "details": {"max_limit": 250}}],
    )  # fmt: skip
    with pytest.raises(errors.Invalid) as caught:
        await client.get("/v2/orders", list[Product])
    assert caught.value.codes == {"limit_too_high"}
    assert caught.value.problems[0].details == {"max_limit": 250}


async def test_partly_saved_is_an_answer(client: StoreClient, store: respx.MockRouter) -> None:
    store.post(PRODUCTS).respond(
        207, json={"data": {"id": 9}, "errors": {"inventory_level": "too low"}, "meta": {}}
    )
    answer = await client.request("POST", PRODUCTS, Product, body={})
    assert answer.data.id == 9
    assert answer.partly_saved is not None
    assert answer.partly_saved.fields == {"inventory_level": "too low"}


async def test_a_stumble_is_repeated_in_place(
    client: StoreClient, store: respx.MockRouter, clock: Clock
) -> None:
    route = store.get("/v2/store")
    route.side_effect = [
        httpx.Response(502),
        httpx.ReadError("reset"),
        httpx.Response(200, json={"id": HASH}),
    ]
    assert (await client.get("/v2/store", Store)).id == HASH
    assert client.requests_made == 3
    assert len(clock.slept) == 2
    assert sum(clock.slept) < 3


async def test_reads_that_keep_failing(client: StoreClient, store: respx.MockRouter) -> None:
    store.get("/v2/store").respond(504)
    with pytest.raises(errors.StoreUnavailable) as caught:
        await client.get("/v2/store", Store)
    assert caught.value.wait >= 60
    assert client.requests_made == 4


@pytest.mark.parametrize(
    ("failure", "sent", "reached", "calls"),
    [
        (httpx.ConnectError("no"), False, False, 4),
        (httpx.ConnectTimeout("no"), False, False, 4),
        (httpx.PoolTimeout("no"), False, False, 4),
        (httpx.ReadTimeout("no"), True, True, 1),
        (httpx.WriteError("no"), True, True, 1),
        (httpx.RemoteProtocolError("no"), True, True, 1),
    ],
)
async def test_unanswered_writes(
    client: StoreClient,
    store: respx.MockRouter,
    failure: Exception,
    sent: bool,
    reached: bool,
    calls: int,
) -> None:
    route = store.post(PRODUCTS).mock(side_effect=failure)
    with pytest.raises(errors.Unreachable) as caught:
        await client.request("POST", PRODUCTS, Product, body={})
    assert (caught.value.sent, caught.value.reached) == (sent, reached)
    assert route.call_count == calls


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_gateway_errors_on_creates_may_have_taken_effect(
    client: StoreClient, store: respx.MockRouter, status: int
) -> None:
    route = store.post(PRODUCTS).respond(status)
    with pytest.raises(errors.Unreachable) as caught:
        await client.request("POST", PRODUCTS, Product, body={})
    assert caught.value.sent
    assert caught.value.status == status
    assert route.call_count == 1


async def test_a_limit_is_not_slept_on(
    client: StoreClient, store: respx.MockRouter, clock: Clock
) -> None:
    store.get("/v2/store").respond(429, headers=quota_headers(0, reset_ms=9000))
    with pytest.raises(errors.RateLimited) as caught:
        await client.get("/v2/store", Store)
    assert 9 <= caught.value.wait <= 10
    assert caught.value.provoked
    assert clock.slept == []


async def test_pacing_refuses_without_sending(
    client: StoreClient, store: respx.MockRouter, clock: Clock
) -> None:
    store.get("/v2/store").respond(json={"id": HASH}, headers=quota_headers(4))
    await client.get("/v2/store", Store)
    with pytest.raises(errors.RateLimited) as caught:
        await client.get("/v2/store", Store)
    assert not caught.value.provoked
    assert 14 < caught.value.wait <= 15
    assert client.requests_made == 1
    clock.now += 15
    await client.get("/v2/store", Store)
    assert client.requests_made == 2


async def test_patience_waits_in_place(
    http: httpx.AsyncClient, store: respx.MockRouter, clock: Clock
) -> None:
    client = make_client(http, clock, patience=20)
    route = store.get("/v2/store")
    route.side_effect = [
        httpx.Response(429, headers={"X-Retry-After": "3"}),
        httpx.Response(200, json={"id": HASH}),
    ]
    assert (await client.get("/v2/store", Store)).id == HASH
    assert 3 <= sum(clock.slept) <= 7


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(200, content=b'{"data":[{"id":1},'),
        httpx.Response(200, html="<html>maintenance</html>"),
        httpx.Response(200, content=b""),
        httpx.Response(200, content=b"\xff\xfe\x00"),
    ],
)
async def test_unreadable_reads_are_repeated_then_malformed(
    client: StoreClient, store: respx.MockRouter, response: httpx.Response
) -> None:
    route = store.get("/v2/store").mock(return_value=response)
    with pytest.raises(errors.MalformedAnswer) as caught:
        await client.get("/v2/store", Store)
    assert not caught.value.sent
    assert route.call_count == 4


async def test_an_unreadable_create_may_have_taken_effect(
    client: StoreClient, store: respx.MockRouter
) -> None:
    route = store.post(PRODUCTS).respond(content=b'{"data":{"id":')
    with pytest.raises(errors.MalformedAnswer) as caught:
        await client.request("POST", PRODUCTS, Product, body={})
    assert caught.value.sent
    assert route.call_count == 1


async def test_the_wrong_shape_is_malformed_at_once(
    client: StoreClient, store: respx.MockRouter
) -> None:
    route = store.get(f"{PRODUCTS}/1").respond(json={"data": [1, 2]})
    with pytest.raises(errors.MalformedAnswer):
        await client.get(f"{PRODUCTS}/1", Product)
    assert route.call_count == 1


async def test_redirects_are_not_followed(client: StoreClient, store: respx.MockRouter) -> None:
    store.get("/v2/store").respond(301, headers={"Location": "https://evil.example/"})
    with pytest.raises(errors.UnexpectedStatus):
        await client.get("/v2/store", Store)


async def test_the_token_is_never_shown(client: StoreClient, store: respx.MockRouter) -> None:
    store.get("/v2/store").respond(422, json={"title": f"bad token {TOKEN}"})
    with pytest.raises(errors.Invalid) as caught:
        await client.get("/v2/store", Store)
    shown = f"{caught.value} {caught.value!r} {caught.value.problems} {client!r} {client}"
    assert TOKEN not in shown
    assert "***" in shown


async def test_records_of_requests(
    http: httpx.AsyncClient, store: respx.MockRouter, clock: Clock
) -> None:
    records: list[RequestRecord] = []
    client = make_client(http, clock, on_request=records.append)
    route = store.get("/v2/store")
    route.side_effect = [
        httpx.ReadTimeout("slow"),
        httpx.Response(200, json={"id": "x"}, headers=quota_headers(149)),
    ]
    await client.get("/v2/store", Store, params={"secret": "value"})
    assert [(r.outcome, r.attempt, r.path) for r in records] == [
        ("timeout", 1, "/v2/store"),
        (200, 2, "/v2/store"),
    ]
    assert client.quota is not None
    assert client.quota.left == 149
    assert "value" not in str(records)


async def test_a_cancelled_request_gives_its_slot_back(clock: Clock) -> None:
    started = asyncio.Event()

    async def hang(request: httpx.Request) -> httpx.Response:
        started.set()
        await asyncio.Event().wait()
        raise AssertionError

    pacing = MemoryPacingStore(clock)
    async with httpx.AsyncClient(transport=httpx.MockTransport(hang)) as http:
        client = make_client(http, clock, pacing=pacing)
        task = asyncio.create_task(client.get("/v2/store", Store))
        await started.wait()
        held = await pacing.transact(HASH, lambda state, now: (state, len(state.in_flight)))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    left = await pacing.transact(HASH, lambda state, now: (state, len(state.in_flight)))
    assert (held, left) == (1, 0)


async def test_money_survives_the_way(client: StoreClient, store: respx.MockRouter) -> None:
    store.get(f"{PRODUCTS}/1").respond(
        content=b'{"data":{"id":"1","price":0.1,"weight":1e-3,"cost_price":"12.3400"}}'
    )
    product = await client.get(f"{PRODUCTS}/1", Product)
    raw: dict[str, Any] = product.raw
    assert product.price == raw["price"] == Decimal("0.1")
    assert str(product.cost_price) == "12.3400"
    assert product.weight == Decimal("0.001")
    assert product.id == 1


@pytest.mark.parametrize("token", ["", " ", "tök", "two\nlines", "zero\x00"])
async def test_what_cannot_be_a_token_is_rejected_unsent(
    http: httpx.AsyncClient, clock: Clock, token: str
) -> None:
    client = make_client(http, clock, token=token)
    with pytest.raises(errors.CredentialsRejected):
        await client.get("/v2/store", Store)
    assert client.requests_made == 0


async def test_a_store_hash_cannot_leave_its_place(
    http: httpx.AsyncClient, clock: Clock, respx_mock: respx.MockRouter
) -> None:
    route = respx_mock.get(url__startswith="https://api.bigcommerce.com/").respond(404)
    client = make_client(http, clock, store_hash="../other?x=")
    with pytest.raises(errors.NotFound):
        await client.get("/v2/store", Store)
    assert route.calls.last.request.url.raw_path == b"/stores/..%2Fother%3Fx%3D/v2/store"


async def test_cookies_of_one_store_do_not_reach_another(
    http: httpx.AsyncClient, store: respx.MockRouter, client: StoreClient
) -> None:
    route = store.get("/v2/store").respond(json={"id": "x"}, headers={"Set-Cookie": "a=b; Path=/"})
    await client.get("/v2/store", Store)
    await client.get("/v2/store", Store)
    assert "Cookie" not in route.calls.last.request.headers

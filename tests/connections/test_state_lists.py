"""BigCommerce's lists of states: asked for by country, read once, kept for every store."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import httpx
import pytest
import respx

from app.connections.state_lists import (
    ask_for_states,
    read_state_lists,
    ring_for_state_lists,
    state_lists,
)
from app.core.clock import SettableClock
from app.core.queue import SilentQueue
from app.core.resources import Resources
from app.integrations.ordering.states import StateCodes
from tests.shops import Shop, open_shop

COUNTRIES = "/stores/store1/v2/countries"


@pytest.fixture
async def shop(resources: Resources, account_id: UUID) -> Shop:
    return await open_shop(resources, account_id)


async def ask(resources: Resources, *countries: str) -> None:
    async with resources.unit_of_work() as uow:
        await ask_for_states(uow, countries)


async def lists(resources: Resources, *countries: str) -> StateCodes:
    async with resources.unit_of_work() as uow:
        return StateCodes(await state_lists(uow, countries))


def offer(router: respx.MockRouter, states: list[dict[str, object]]) -> respx.Route:
    router.get(path=COUNTRIES).respond(json=[{"id": 226, "country_iso2": "US"}])
    return router.get(path=f"{COUNTRIES}/226/states").mock(
        return_value=httpx.Response(200, json=states) if states else httpx.Response(204)
    )


async def test_the_stores_own_abbreviations_win_over_the_iso_list(
    resources: Resources, shop: Shop, respx_mock: respx.MockRouter
) -> None:
    await ask(resources, "US", "US")
    offer(
        respx_mock,
        [
            {"id": 1, "state": "California", "state_abbreviation": "CX", "country_id": 226},
            {"id": 2, "state": "Armed Forces África", "state_abbreviation": "AF"},
        ],
    )
    assert (await lists(resources, "US")).lists == {"US": None}
    await read_state_lists(resources, shop.connection_id)
    codes = await lists(resources, "US", "CA")
    assert codes.code({"country_iso2": "us", "state": "california"}) == "CX"
    assert codes.code({"country_iso2": "US", "state": "Armed forces Africa"}) == "AF"
    assert codes.code({"country_iso2": "US", "state": "cx"}) == "CX"
    assert codes.code({"country_iso2": "US", "state": "Texas"}) == "TX", "as ISO has it"
    assert codes.code({"country_iso2": "CA", "state": "Ontario"}) == "ON"
    assert codes.code({"country_iso2": "US", "state": "Nowhere"}) is None
    assert codes.code({"country_iso2": None, "state": "Texas"}) is None


async def test_a_list_is_read_once_in_a_long_time(
    resources: Resources, shop: Shop, clock: SettableClock, respx_mock: respx.MockRouter
) -> None:
    await ask(resources, "US")
    route = offer(respx_mock, [])
    for days in (0, 1, 80):
        clock.at += timedelta(days=days)
        await read_state_lists(resources, shop.connection_id)
    assert route.call_count == 1
    assert (await lists(resources, "US")).lists == {"US": {}}, "the store lists none"
    clock.at += timedelta(days=10)
    await read_state_lists(resources, shop.connection_id)
    assert route.call_count == 2


@pytest.mark.parametrize("status", [403, 404])
async def test_what_a_store_does_not_tell_is_tried_another_day(
    resources: Resources,
    shop: Shop,
    clock: SettableClock,
    respx_mock: respx.MockRouter,
    status: int,
) -> None:
    await ask(resources, "US")
    route = respx_mock.get(path=COUNTRIES).respond(status, json=[{"message": "no"}])
    for _ in range(3):
        await read_state_lists(resources, shop.connection_id)
    assert route.call_count == 1
    assert (await lists(resources, "US")).code({"country_iso2": "US", "state": "Texas"}) == "TX"
    clock.at += timedelta(days=1, minutes=1)
    await read_state_lists(resources, shop.connection_id)
    assert route.call_count == 2


async def test_only_missing_lists_ring_and_only_where_a_store_is_connected(
    resources: Resources, account_id: UUID, clock: SettableClock, respx_mock: respx.MockRouter
) -> None:
    queue = resources.queue
    assert isinstance(queue, SilentQueue)

    async def rung() -> list[str]:
        queue.rung.clear()
        async with resources.unit_of_work() as uow:
            await ring_for_state_lists(uow)
        return [ring.arguments["connection_id"] for ring in queue.rung]

    await ask(resources, "US")
    assert await rung() == []
    shop = await open_shop(resources, account_id)
    assert await rung() == [str(shop.connection_id)]
    offer(respx_mock, [])
    await read_state_lists(resources, shop.connection_id)
    assert await rung() == []

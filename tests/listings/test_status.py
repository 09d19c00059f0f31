"""Statuses: wishes, pending changes, and acknowledging them."""

from __future__ import annotations

from typing import Any, get_args
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.core.resources import Resources
from app.listings.errors import NotInStore
from app.listings.kinds import Health, Pending
from app.listings.models import Listing
from app.listings.repository import mark_deleted
from app.listings.status import (
    Acknowledgement,
    Standing,
    Wish,
    acknowledge,
    after_wish,
    apply_wishes,
    pending_changes,
)
from tests.listings.conftest import Shop, draft

standings = st.builds(
    Standing,
    health=st.sampled_from(Health),
    pending=st.none() | st.sampled_from(Pending),
    in_store=st.booleans(),
    visible=st.booleans(),
)
wishes: st.SearchStrategy[Wish] = st.sampled_from(get_args(Wish))


@given(standings, wishes)
def test_a_wish_twice_is_a_wish_once(standing: Standing, to: Wish) -> None:
    try:
        once = after_wish(standing, to)
    except NotInStore:
        return
    assert after_wish(once, to) == once or once.health is Health.DELISTED


@given(standings, wishes)
def test_nothing_but_pausing_changes_the_health_of_what_is_not_paused(
    standing: Standing, to: Wish
) -> None:
    try:
        after = after_wish(standing, to)
    except NotInStore:
        assert not standing.in_store or standing.health is Health.DELISTED
        return
    if to == "paused":
        assert (after.health, after.pending) == (Health.PAUSED, standing.pending)
    elif standing.health is not Health.PAUSED:
        assert after.health is standing.health
    else:
        assert after.health is not Health.PAUSED


async def put_status(api: httpx.AsyncClient, listing_id: UUID, **body: Any) -> httpx.Response:
    return await api.post(f"/v1/listings/{listing_id}/status", json=body)


async def stand(api: httpx.AsyncClient, listing_id: UUID, **body: Any) -> tuple[str, str | None]:
    answer = await put_status(api, listing_id, **body)
    assert answer.status_code == 200, answer.text
    return answer.json()["health"], answer.json()["pending"]


async def row(resources: Resources, listing_id: UUID) -> Listing:
    async with resources.unit_of_work() as uow:
        found = await uow.session.scalar(select(Listing).where(Listing.id == listing_id))
        assert found is not None
        return found


async def test_hiding_and_showing_wait_for_a_sync(api: httpx.AsyncClient, shop: Shop) -> None:
    (saved,) = await shop.save(draft(1))
    listing_id = saved.listing_id
    assert await stand(api, listing_id, to="hidden") == ("listed", "hidden")
    assert await stand(api, listing_id, to="hidden") == ("listed", "hidden")
    assert await stand(api, listing_id, to="listed") == ("listed", None)
    (hidden,) = await shop.save(draft(2, health="hidden"))
    assert await stand(api, hidden.listing_id, to="listed") == ("hidden", "listed")
    assert await stand(api, hidden.listing_id, to="hidden") == ("hidden", None)


async def test_delisting_asks_and_offers_hiding(api: httpx.AsyncClient, shop: Shop) -> None:
    (saved,) = await shop.save(draft(1))
    refused = await put_status(api, saved.listing_id, to="delisted")
    assert refused.status_code == 409
    assert refused.json()["code"] == "confirmation_required"
    assert refused.json()["alternative"] == "hidden"
    assert await stand(api, saved.listing_id, to="delisted", confirm=True) == (
        "listed",
        "delisted",
    )
    assert await stand(api, saved.listing_id, to="hidden") == ("listed", "hidden")


async def test_pausing_is_at_once_and_keeps_what_is_pending(
    api: httpx.AsyncClient, shop: Shop, resources: Resources
) -> None:
    (saved,) = await shop.save(draft(1))
    await stand(api, saved.listing_id, to="hidden")
    assert await stand(api, saved.listing_id, to="paused") == ("paused", "hidden")
    async with resources.unit_of_work() as uow:
        assert await pending_changes(uow, shop.channel_id) == []
        assert await apply_wishes(uow, {saved.listing_id: "listed"}) == {}
    assert await stand(api, saved.listing_id, to="hidden") == ("listed", "hidden")
    await stand(api, saved.listing_id, to="paused")
    assert await stand(api, saved.listing_id, to="listed") == ("listed", None)


async def test_what_is_gone_from_the_store_can_only_be_published(
    api: httpx.AsyncClient, shop: Shop, resources: Resources
) -> None:
    (saved,) = await shop.save(draft(1))
    async with resources.unit_of_work() as uow:
        await mark_deleted(uow, shop.channel_id, [1])
    for to in ("hidden", "paused", "delisted"):
        refused = await put_status(api, saved.listing_id, to=to, confirm=True)
        assert (refused.status_code, refused.json()["code"]) == (409, "not_in_store")
    assert await stand(api, saved.listing_id, to="listed") == ("delisted", "published")


async def test_a_version_guards_the_change(api: httpx.AsyncClient, shop: Shop) -> None:
    (saved,) = await shop.save(draft(1))
    assert await stand(api, saved.listing_id, to="hidden", version=1) == ("listed", "hidden")
    late = await put_status(api, saved.listing_id, to="listed", version=1)
    assert (late.status_code, late.json()["code"]) == (409, "version_conflict")
    wrong = await put_status(api, saved.listing_id, to="sold")
    assert wrong.status_code == 422


async def test_an_acknowledgement_clears_only_what_it_saw(
    api: httpx.AsyncClient, shop: Shop, resources: Resources
) -> None:
    first, second = await shop.save(draft(1), draft(2))
    for saved in (first, second):
        await stand(api, saved.listing_id, to="hidden")
    async with resources.unit_of_work() as uow:
        seen = await pending_changes(uow, shop.channel_id, among=[Pending.HIDDEN])
    assert {item.listing_id for item in seen} == {first.listing_id, second.listing_id}
    await stand(api, second.listing_id, to="delisted", confirm=True)
    async with resources.unit_of_work() as uow:
        cleared = await acknowledge(
            uow,
            [
                Acknowledgement(item.listing_id, item.version, Health.HIDDEN, visible=False)
                for item in seen
            ],
        )
    assert cleared == {first.listing_id}
    one, other = await row(resources, first.listing_id), await row(resources, second.listing_id)
    assert (one.health, one.pending, one.store_facts["is_visible"]) == ("hidden", None, False)
    assert (other.health, other.pending) == ("hidden", "delisted")


async def test_a_listing_paused_meanwhile_stays_paused(
    api: httpx.AsyncClient, shop: Shop, resources: Resources
) -> None:
    (saved,) = await shop.save(draft(1))
    await stand(api, saved.listing_id, to="hidden")
    async with resources.unit_of_work() as uow:
        (seen,) = await pending_changes(uow, shop.channel_id)
    await stand(api, saved.listing_id, to="paused")
    async with resources.unit_of_work() as uow:
        done = Acknowledgement(seen.listing_id, seen.version, Health.HIDDEN, visible=False)
        assert await acknowledge(uow, [done]) == set()
    assert (await row(resources, saved.listing_id)).health == "paused"
    assert await stand(api, saved.listing_id, to="listed") == ("hidden", "listed")


async def test_wishes_of_rules_are_passed_over_where_they_cannot_be_followed(
    shop: Shop, resources: Resources
) -> None:
    first, second, third = await shop.save(draft(1), draft(2), draft(3, health="hidden"))
    async with resources.unit_of_work() as uow:
        await mark_deleted(uow, shop.channel_id, [2])
        changed = await apply_wishes(
            uow, {saved.listing_id: "hidden" for saved in (first, second, third)}
        )
    assert set(changed) == {first.listing_id}
    assert (await row(resources, first.listing_id)).pending == "hidden"


@pytest.mark.parametrize("limit", [1, 2, 10])
async def test_pending_changes_come_in_pages(shop: Shop, resources: Resources, limit: int) -> None:
    saved = await shop.save(*[draft(number) for number in range(1, 6)])
    async with resources.unit_of_work() as uow:
        await apply_wishes(uow, {item.listing_id: "hidden" for item in saved})
    seen: list[UUID] = []
    while True:
        async with resources.unit_of_work() as uow:
            page = await pending_changes(
                uow, shop.channel_id, after=seen[-1] if seen else None, limit=limit
            )
        if not page:
            break
        seen += [item.listing_id for item in page]
    assert seen == sorted(item.listing_id for item in saved)

"""Saving pages of an import on a real database."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.core.resources import Resources
from app.listings.drafts import Link
from app.listings.kinds import DELETED_IN_STORE, LinkStatus
from app.listings.models import Listing, ListingVariant
from app.listings.repository import count_live, mark_deleted, set_links, vanished_between
from tests.conftest import row_count
from tests.listings.conftest import Shop, add_channel, draft, variant
from tests.listings.sql import statements


async def stored(resources: Resources, external_id: int) -> Listing:
    async with resources.unit_of_work() as uow:
        row = await uow.session.scalar(
            select(Listing).where(Listing.external_number == external_id)
        )
        assert row is not None
        return row


async def stored_variant(resources: Resources, external_id: int) -> ListingVariant | None:
    async with resources.unit_of_work() as uow:
        row: ListingVariant | None = await uow.session.scalar(
            select(ListingVariant).where(ListingVariant.external_number == external_id)
        )
        return row


async def test_a_product_becomes_a_listing(shop: Shop, resources: Resources) -> None:
    (saved,) = await shop.save(draft(77, page_title="Best toy", variants=[variant(1), variant(2)]))
    assert (saved.outcome, saved.external_id, saved.sku) == ("created", 77, "TOY-77")
    row = await stored(resources, 77)
    assert row.id == saved.listing_id
    assert (row.title, row.price, row.weight) == ("Toy 77", Decimal("19.99"), Decimal("2.50"))
    assert row.categories == [["Toys", "Educational"]]
    assert row.extra == {"page_title": "Best toy"}
    assert row.store_facts == {"inventory_tracking": "variant"}
    assert (row.health, row.link_status, row.currency) == ("listed", "unlinked", "USD")
    assert await row_count(resources, "listing_variants") == 2


async def test_an_import_that_changes_nothing_writes_nothing(
    shop: Shop, resources: Resources
) -> None:
    page = [draft(n, variants=[variant(n * 10), variant(n * 10 + 1)]) for n in range(1, 21)]
    await shop.save(*page)
    with statements(resources) as seen:
        again = await shop.save(*page)
    assert {item.outcome for item in again} == {"unchanged"}
    assert not {"INSERT", "UPDATE", "DELETE"} & set(seen)


async def test_numbers_are_compared_as_numbers(shop: Shop) -> None:
    await shop.save(draft(1, list_price=Decimal("19.9")))
    (again,) = await shop.save(draft(1, list_price=Decimal("19.90")))
    assert again.outcome == "unchanged"


async def test_a_page_takes_a_handful_of_statements(shop: Shop, resources: Resources) -> None:
    page = [draft(n, variants=[variant(n * 10 + k) for k in range(3)]) for n in range(1, 101)]
    with statements(resources) as seen:
        await shop.save(*page)
    assert len(seen) <= 8
    changed = [draft(n, title="New", variants=[variant(n * 10)]) for n in range(1, 101)]
    with statements(resources) as seen:
        await shop.save(*changed)
    assert len(seen) <= 8
    assert await row_count(resources, "listing_variants") == 100


async def test_ignored_keys_stay_and_empty_ones_clear(shop: Shop, resources: Resources) -> None:
    await shop.save(draft(1, page_title="Old", upc="123"))
    bare = replace(draft(1), values={"title": "Toy 1"})
    (same,) = await shop.save(bare)
    assert same.outcome == "unchanged"
    empty: dict[str, Any] = {
        "description": "",
        "brand": None,
        "images": [],
        "category_path": (),
        "upc": "",
        "list_price": None,
        "page_title": "",
    }
    (cleared,) = await shop.save(replace(draft(1), values=empty))
    assert cleared.outcome == "updated"
    row = await stored(resources, 1)
    assert (row.title, row.sku) == ("Toy 1", "TOY-1")
    assert (row.description, row.brand, row.images, row.categories) == ("", "", [], [])
    assert (row.upc, row.price, row.extra) == (None, None, {})


async def test_changes_are_told_by_field(shop: Shop, resources: Resources) -> None:
    await shop.save(draft(1, variants=[variant(10), variant(11)]))
    after = draft(1, title="Better", variants=[variant(10, list_price=Decimal("25")), variant(12)])
    (preview,) = await shop.save(after, write=False)
    assert (await stored(resources, 1)).title == "Toy 1"
    (saved,) = await shop.save(after)
    assert saved == preview
    found = {change.field: (change.before, change.after) for change in saved.changes}
    assert found == {
        "listing.title": ("Toy 1", "Better"),
        "listing_variant[10].price": ("21.99", "25"),
        "listing_variant[12]": (None, "V-12"),
        "listing_variant[11]": ("V-11", None),
    }
    assert await stored_variant(resources, 11) is None
    assert (await stored(resources, 1)).version == 2


async def test_a_product_twice_in_a_page_is_one_listing(shop: Shop, resources: Resources) -> None:
    saved = await shop.save(draft(1, title="First"), draft(2), draft(1, title="Second"))
    assert [item.external_id for item in saved] == [1, 2]
    assert (await stored(resources, 1)).title == "Second"


async def test_new_listings_can_start_paused_and_stay_so(shop: Shop, resources: Resources) -> None:
    await shop.save(draft(1), pause_new=True)
    await shop.save(draft(1, title="Other", health="hidden"))
    row = await stored(resources, 1)
    assert (row.health, row.title) == ("paused", "Other")


async def test_vanished_products_are_marked_and_revived(shop: Shop, resources: Resources) -> None:
    await shop.save(*[draft(n) for n in (1, 2, 3, 9)])
    async with resources.unit_of_work() as uow:
        gone = await vanished_between(uow, shop.channel_id, after=1, up_to=3, present=[3])
        assert gone == [2]
        rest = await vanished_between(uow, shop.channel_id, after=3, up_to=None, present=[])
        assert rest == [9]
        assert await mark_deleted(uow, shop.channel_id, gone) == 1
        assert await mark_deleted(uow, shop.channel_id, gone) == 0
        assert await count_live(uow, shop.channel_id) == 3
        assert not await vanished_between(uow, shop.channel_id, after=1, up_to=3, present=[3])
    row = await stored(resources, 2)
    assert (row.health, row.import_attention) == ("delisted", [DELETED_IN_STORE])
    (back,) = await shop.save(draft(2))
    assert back.outcome == "updated"
    row = await stored(resources, 2)
    assert (row.health, row.import_attention) == ("listed", [])


async def test_links_are_written_once(shop: Shop, resources: Resources) -> None:
    saved = await shop.save(draft(1), draft(2))
    product = UUID(int=7)
    links = [
        Link(saved[0].listing_id, LinkStatus.LINKED, product, "TOY-1"),
        Link(saved[1].listing_id, LinkStatus.AMBIGUOUS, product, "TOY-2"),
    ]
    async with resources.unit_of_work() as uow:
        assert await set_links(uow, links) == 2
        assert await set_links(uow, links) == 0
    first, second = await stored(resources, 1), await stored(resources, 2)
    assert (first.link_status, first.product_id, first.product_sku) == ("linked", product, "TOY-1")
    assert (second.link_status, second.product_id) == ("ambiguous", None)
    (same,) = await shop.save(draft(1))
    assert same.outcome == "unchanged"


async def test_two_imports_at_once_make_one_listing_each(shop: Shop, resources: Resources) -> None:
    page = [draft(n) for n in range(1, 30)]
    done = await asyncio.gather(shop.save(*page), shop.save(*reversed(page)))
    assert await row_count(resources, "listings") == 29
    assert await row_count(resources, "listing_variants") == 29
    ids = [{item.external_id: item.listing_id for item in saved} for saved in done]
    assert ids[0] == ids[1]
    assert sorted(saved[0].outcome for saved in done) == ["created", "unchanged"]


async def test_channels_do_not_mix(shop: Shop, resources: Resources) -> None:
    other = Shop(resources, shop.account_id, await add_channel(resources, shop.account_id))
    await shop.save(draft(1))
    (saved,) = await other.save(draft(1))
    assert saved.outcome == "created"
    assert await row_count(resources, "listings") == 2


async def test_a_page_of_thousands_of_variants_is_fast(shop: Shop) -> None:
    page = [draft(n, variants=[variant(n * 100 + k) for k in range(16)]) for n in range(1, 251)]
    started = time.perf_counter()
    await shop.save(*page)
    seconds = time.perf_counter() - started
    print(f"new: {4000 / seconds:.0f} variants/s")
    assert seconds < 8  # a bound for busy machines; an idle one takes half a second
    started = time.perf_counter()
    await shop.save(*page)
    print(f"unchanged: {4000 / (time.perf_counter() - started):.0f} variants/s")


async def test_text_that_postgres_cannot_hold_loses_only_that(
    shop: Shop, resources: Resources
) -> None:
    odd = draft(1, title="To\x00y", page_title="Be\x00st", variants=[variant(10, "A\x00")])
    await shop.save(odd)
    row = await stored(resources, 1)
    assert (row.title, row.extra) == ("Toy", {"page_title": "Best"})
    (again,) = await shop.save(odd)
    assert again.outcome == "unchanged"

"""Saving orders on a real database."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text, update

from app.core.resources import Resources
from app.orders.models import Order, OrderLine
from app.orders.repository import get_order, known
from app.orders.retention import erase_personal_data, orders_due_for_erasure
from app.orders.service import note_shipped_here
from tests.conftest import row_count
from tests.listings.sql import statements
from tests.orders.conftest import MODIFIED, Till, address, line, order

LATER = MODIFIED + timedelta(hours=1)


async def lines_of(resources: Resources) -> dict[int, OrderLine]:
    async with resources.unit_of_work() as uow:
        rows = await uow.session.scalars(select(OrderLine))
        return {row.external_id: row for row in rows}


async def test_an_order_is_stored_once(till: Till, resources: Resources) -> None:
    (first,) = await till.save(order())
    assert (first.outcome, first.state) == ("created", "open")
    with statements(resources) as seen:
        (again,) = await till.save(order())
    assert (again.outcome, again.order_id) == ("unchanged", first.order_id)
    assert not {"INSERT", "UPDATE", "DELETE"} & set(seen)
    assert await row_count(resources, "orders") == 1
    assert await row_count(resources, "order_lines") == 2
    async with resources.unit_of_work() as uow:
        assert await known(uow, till.channel_id, [99, 100]) == {100}


async def test_concurrent_savers_never_double(till: Till, resources: Resources) -> None:
    page = [order(n) for n in range(1, 31)]
    done = await asyncio.gather(*[till.save(*page[::step]) for step in (1, -1, 1, -1)])
    assert await row_count(resources, "orders") == 30
    assert await row_count(resources, "order_lines") == 60
    created = [item for saved in done for item in saved if item.outcome == "created"]
    assert len(created) == 30


async def test_a_page_takes_a_handful_of_statements(till: Till, resources: Resources) -> None:
    with statements(resources) as seen:
        await till.save(*[order(n) for n in range(1, 101)])
    assert len(seen) <= 8


async def test_an_older_draft_never_overwrites(till: Till) -> None:
    await till.save(order(modified_at=LATER, status_id=2))
    (stale,) = await till.save(order(status_id=11))
    assert stale.outcome == "unchanged"
    row = await till.row(100)
    assert (row.status_id, row.shipped) == (2, "yes")


async def test_of_the_same_order_twice_the_newer_counts(till: Till) -> None:
    newer = order(modified_at=LATER, status_id=9)
    (saved,) = await till.save(newer, order(status_id=7))
    assert saved.outcome == "created"
    assert (await till.row(100)).status_id == 9


async def test_time_of_modification_advances_without_other_changes(till: Till) -> None:
    await till.save(order())
    (same,) = await till.save(order(modified_at=LATER))
    assert same.outcome == "unchanged"
    (stale,) = await till.save(order(modified_at=MODIFIED, status_id=5))
    assert stale.outcome == "unchanged"
    assert (await till.row(100)).status_id == 11


async def test_personal_data_is_sealed(till: Till, resources: Resources) -> None:
    await till.save(order(ffl={"license_number": "9-12-345", "name": "Quay Arms"}))
    async with resources.unit_of_work() as uow:
        for table in ("orders", "order_lines", "order_addresses"):
            rows = await uow.session.execute(text(f"SELECT t::text FROM {table} t"))
            stored = " ".join(str(row[0]) for row in rows)
            for secret in ("Ada", "ada@", "Quay", "Dock", "94105", "Ring twice", "9-12-345"):
                assert secret not in stored


async def test_ignored_keys_stay_and_empty_ones_clear(till: Till, resources: Resources) -> None:
    await till.save(order())
    bare = order(
        values={"total_inc_tax": None},
        billing={"email": ""},
        lines=(line(1), replace(line(2), values={"name": "Red"})),
    )
    (saved,) = await till.save(bare)
    assert saved.outcome == "updated"
    row = await till.row(100)
    assert row.order_values["total_inc_tax"] is None
    assert row.order_values["items_total"] == 3
    assert row.currency == "USD"
    second = (await lines_of(resources))[2]
    assert (second.sku, second.quantity, second.line_values["name"]) == ("SKU-2", 2, "Red")


async def test_changes_tell_fields_but_nothing_personal(till: Till) -> None:
    await till.save(order())
    after = order(
        status_id=9,
        billing={"email": "new@example.com"},
        lines=(line(1, quantity_refunded=1), line(3)),
    )
    (preview,) = await till.save(after, write=False)
    (saved,) = await till.save(after)
    assert [change.field for change in saved.changes] == [
        change.field for change in preview.changes
    ]
    found = {change.field: (change.before, change.after) for change in saved.changes}
    assert found["status_id"] == (11, 9)
    assert found["billing_address.email"] == (None, None)
    assert found["line_item[1].quantity_refunded"] == (0, 1)
    assert found["line_item[2]"] == ("SKU-2", None)
    assert found["line_item[3]"] == (None, "")
    assert "new@example.com" not in str(saved.changes)


async def test_lines_gone_from_the_store_go_unless_shipped_by_us(
    till: Till, resources: Resources
) -> None:
    (saved,) = await till.save(order(lines=(line(1), line(2), line(3))))
    lines = await lines_of(resources)
    async with resources.unit_of_work() as uow:
        row = await get_order(uow, till.account_id, saved.order_id, lock=True)
        assert await note_shipped_here(uow, row, {lines[2].id: 2}) == "partly"
    less = order(lines=(line(1),))
    await till.save(less)
    left = await lines_of(resources)
    assert sorted(left) == [1, 2]
    assert left[2].problems == ["removed_in_store"]
    assert left[2].quantity_shipped_here == 2
    (again,) = await till.save(less)
    assert again.outcome == "unchanged"


async def test_our_shipments_are_not_undone_by_a_lagging_store(
    till: Till, resources: Resources
) -> None:
    (saved,) = await till.save(order(lines=(line(1),)))
    ours = (await lines_of(resources))[1]
    async with resources.unit_of_work() as uow:
        row = await get_order(uow, till.account_id, saved.order_id, lock=True)
        assert await note_shipped_here(uow, row, {ours.id: 2}) == "yes"
    await till.save(order(lines=(line(1),), status_id=9, modified_at=LATER))
    row = await till.row(100)
    assert (row.shipped, row.status_id) == ("yes", 9)
    assert row.shipped_at is not None


@pytest.mark.parametrize(
    ("lines", "status_id", "expected"),
    [
        ((line(1), line(2)), 11, "no"),
        ((line(1, quantity_shipped=2), line(2)), 11, "partly"),
        ((line(1, quantity_shipped=2), line(2, quantity_refunded=2)), 11, "yes"),
        ((line(1, quantity_refunded=2), line(2, quantity_refunded=2)), 4, "no"),
        ((line(1), line(2)), 3, "partly"),
        ((line(1), line(2)), 2, "yes"),
        ((replace(line(1), type="digital"), line(2, quantity_shipped=2)), 11, "yes"),
        ((replace(line(1), type="digital"),), 11, "no"),
    ],
)
async def test_shipped_follows_lines_and_status(
    till: Till, lines: tuple[Any, ...], status_id: int, expected: str
) -> None:
    await till.save(order(lines=lines, status_id=status_id))
    row = await till.row(100)
    assert row.shipped == expected
    assert (row.shipped_at is not None) == (expected == "yes")


async def test_holds_of_the_import_come_and_go(till: Till) -> None:
    await till.save(order(state="on_hold", hold_reasons=("missing_sku",)))
    row = await till.row(100)
    assert (row.state, row.hold_reasons) == ("on_hold", ["missing_sku"])
    await till.save(order())
    assert (await till.row(100)).state == "open"
    await till.save(order(state="cancelled", hold_reasons=("missing_sku",)))
    row = await till.row(100)
    assert (row.state, row.hold_reasons) == ("cancelled", [])


async def test_automatic_acknowledgement(till: Till) -> None:
    await till.save(
        order(auto_acknowledge=True), order(101, state="cancelled", auto_acknowledge=True)
    )
    assert (await till.row(100)).acknowledged == "yes"
    assert (await till.row(101)).acknowledged == "no"
    (again,) = await till.save(order(auto_acknowledge=True))
    assert again.outcome == "unchanged"


async def test_erased_data_stays_erased(till: Till, resources: Resources) -> None:
    await till.save(order(status_id=2, ffl={"name": "Quay Arms"}))
    soon = resources.clock.now() + timedelta(seconds=1)
    async with resources.unit_of_work() as uow:
        ids = await orders_due_for_erasure(uow, till.channel_id, shipped_before=soon, limit=10)
        assert len(ids) == 1
        assert await erase_personal_data(uow, ids) == 1
        assert await erase_personal_data(uow, ids) == 0
        assert not await orders_due_for_erasure(uow, till.channel_id, shipped_before=soon, limit=10)
    changed = order(
        status_id=4,
        modified_at=LATER,
        addresses=(address(), address(21)),
        lines=(line(1, quantity_refunded=1), line(2)),
    )
    (saved,) = await till.save(changed)
    assert saved.outcome == "updated"
    row = await till.row(100)
    assert row.sealed_person is None
    assert row.billing_values == {"country": "United States", "state_code": "CA"}
    assert await count_sealed_addresses(resources) == 0
    (again,) = await till.save(changed)
    assert again.outcome == "unchanged"


async def count_sealed_addresses(resources: Resources) -> int:
    async with resources.unit_of_work() as uow:
        query = text("SELECT count(*) FROM order_addresses WHERE sealed IS NOT NULL")
        return int(await uow.session.scalar(query) or 0)


async def test_a_key_rotation_does_not_count_as_a_change(till: Till, resources: Resources) -> None:
    await till.save(order())
    row = await till.row(100)
    assert row.sealed_person is not None
    async with resources.unit_of_work() as uow:
        rotated = resources.keyring.rotate(row.sealed_person)
        await uow.session.execute(update(Order).values(sealed_person=rotated))
    (again,) = await till.save(order())
    assert again.outcome == "unchanged"


async def test_the_reason_of_a_hold_and_gift_certificates_are_erased(
    till: Till, api: httpx.AsyncClient, resources: Resources
) -> None:
    gift = replace(
        line(9, address=None, name="For Nefertari", sku="For Nefertari-9"), type="giftcertificate"
    )
    (saved,) = await till.save(order(lines=(line(1), gift)))
    address = f"/v1/orders/{saved.order_id}"
    (await api.post(f"{address}/hold", json={"reason": "Nefertari rang"})).raise_for_status()
    shown = (await api.get(address)).json()
    assert shown["hold_reasons"] == ["Nefertari rang"]
    assert shown["line_items"][1]["name"] == "For Nefertari"
    async with resources.unit_of_work() as uow:
        told = list(
            await uow.session.scalars(text("SELECT CAST(changes AS text) FROM audit_events"))
        )
        assert told
        assert not [row for row in told if "Nefertari" in row]
        opened = await uow.session.scalars(
            text("SELECT CAST(line_values AS text) FROM order_lines")
        )
        assert not [row for row in opened if "Nefertari" in row]
        assert await erase_personal_data(uow, [saved.order_id]) == 1
    (again,) = await till.save(order(lines=(line(1), gift), modified_at=LATER, status_id=9))
    assert "Nefertari" not in str(again.changes)
    shown = (await api.get(address)).json()
    assert (shown["status_id"], shown["hold_reasons"]) == (9, ["held_by_hand"])
    assert shown["line_items"][1]["sku"] == "giftcertificate-9"
    assert "Nefertari" not in str(shown)

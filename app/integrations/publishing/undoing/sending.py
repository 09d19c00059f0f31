"""The requests that take a publication back, in the largest batches the store takes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from app.bigcommerce.errors import MalformedAnswer, NotFound, Refused, Unreachable
from app.bigcommerce.resources import metafields, products, variants
from app.bigcommerce.resources.batches import batches
from app.bigcommerce.resources.metafields import Owner
from app.integrations.context import RunContext
from app.integrations.publishing.conflicts import plain
from app.integrations.publishing.metafields import OWNERS
from app.integrations.publishing.plan import NotPublishable, Remark
from app.integrations.publishing.sending import Sending
from app.integrations.publishing.undoing.batches import look
from app.integrations.publishing.undoing.judging import take_back
from app.integrations.publishing.undoing.plan import TakeBack
from app.integrations.syncing.batches import deliver

ROUNDS: Final = 3


@dataclass
class Answered:
    """What came of a group, by listing."""

    failed: dict[UUID, NotPublishable] = field(default_factory=dict)
    remarks: dict[UUID, list[Remark]] = field(default_factory=dict)
    refused_metafields: set[int] = field(default_factory=set)


async def send_deletions(context: RunContext, group: Sequence[TakeBack]) -> Answered:
    """Delete products, 250 a request; what is gone already is no error."""
    answered = Answered()

    async def send(chosen: Sequence[TakeBack]) -> None:
        await products.delete(context.client, [_number(back) for back in chosen])

    for back, error in await deliver(group, send):
        if not isinstance(error, NotFound):
            answered.failed[_listing(back)] = plain(error)
    return answered


async def send_updates(context: RunContext, group: Sequence[TakeBack]) -> Answered:
    """Put products back; after an answer that was lost, look and send what is still missing.

    Afterwards the products of the group are read again.
    """
    answered = Answered()
    rest = list(group)
    for round_number in range(1, ROUNDS + 1):
        try:
            await _send(context, rest, answered)
            break
        except (Unreachable, MalformedAnswer) as error:
            if not error.sent or round_number == ROUNDS:
                raise
        await look(context, [back.facts for back in rest])
        rest = [take_back(back.facts) for back in rest if _listing(back) not in answered.failed]
    await look(context, [back.facts for back in group])
    return answered


async def _send(context: RunContext, group: Sequence[TakeBack], answered: Answered) -> None:
    sending = Sending(context.res, context.client)
    try:
        await sending.send([back.update for back in group if back.update.sends])
    finally:
        answered.failed |= sending.failed
        for listing_id, remarks in sending.remarks.items():
            answered.remarks.setdefault(listing_id, []).extend(remarks)
    going = [back for back in group if _listing(back) not in answered.failed]
    for back in going:
        await _variants(context, back, answered)
    await _metafields(context, going, answered)


async def _variants(context: RunContext, back: TakeBack, answered: Answered) -> None:
    """Remove variants that were added, then the values that only they used."""
    if not back.gone_variants and not (back.begun and back.values):
        return
    number = _number(back)
    try:
        for variant in back.gone_variants:
            with suppress(NotFound):
                await variants.remove(context.client, number, variant)
        used = {
            value.id
            for row in (await variants.of_product(context.client, number))
            for value in row.option_values
        }
        for option in await variants.options(context.client, number):
            before = back.values.get(str(option.id))
            for value in option.option_values if before is not None else ():
                if value.id not in used and value.id not in (before or ()):
                    with suppress(NotFound):
                        await variants.remove_option_value(
                            context.client, number, option.id, value.id
                        )
    except Refused as error:
        refusal = plain(error)
        answered.failed[_listing(back)] = NotPublishable(
            refusal.code, refusal.message, "bigcommerce_variant.option"
        )


Row = tuple[TakeBack, int, str]
"""A metafield by its id, with the value that it had."""


async def _metafields(context: RunContext, group: Sequence[TakeBack], answered: Answered) -> None:
    for owner in OWNERS:
        changed: list[Row] = [
            (back, number, value)
            for back in group
            for mine, number, value in back.changed_metafields
            if mine == owner
        ]
        gone: list[Row] = [
            (back, number, "")
            for back in group
            for mine, number in back.gone_metafields
            if mine == owner
        ]

        async def change(rows: Sequence[Row], owner: Owner = owner) -> None:
            bodies = [{"id": number, "value": value} for _, number, value in rows]
            await metafields.update_batch(context.client, owner, bodies)

        async def remove(rows: Sequence[Row], owner: Owner = owner) -> None:
            numbers = [number for _, number, _ in rows]
            await metafields.delete_batch(context.client, owner, numbers)

        await _deliver(changed, change, answered)
        await _deliver(gone, remove, answered)


async def _deliver(
    rows: Sequence[Row], send: Callable[[Sequence[Row]], Awaitable[None]], answered: Answered
) -> None:
    for batch in batches(rows, metafields.BATCH):
        for (back, number, _), error in await deliver(batch, send):
            if not isinstance(error, NotFound):
                answered.refused_metafields.add(number)
                text = f"A metafield was not taken back: {error.for_merchant}"
                remark = Remark("metafield_refused", text, "metafield")
                answered.remarks.setdefault(_listing(back), []).append(remark)


def _number(back: TakeBack) -> int:
    number = back.facts.trace.external_number
    assert number is not None  # noqa: S101 - only products that are known are written to
    return number


def _listing(back: TakeBack) -> UUID:
    return back.facts.trace.listing_id

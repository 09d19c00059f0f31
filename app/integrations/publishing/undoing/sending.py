"""The requests that take a publication back, in the largest batches the store takes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, TypeVar
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
T = TypeVar("T")


@dataclass
class Outcome:
    """What came of a group, by listing."""

    failed: dict[UUID, NotPublishable] = field(default_factory=dict)
    remarks: dict[UUID, list[Remark]] = field(default_factory=dict)


async def send_deletions(context: RunContext, group: Sequence[TakeBack]) -> Outcome:
    """Delete products, 250 a request; what is gone already is no error."""
    outcome = Outcome()

    async def send(chosen: Sequence[TakeBack]) -> None:
        await products.delete(context.client, [_number(back) for back in chosen])

    for back, error in await deliver(group, send):
        if not isinstance(error, NotFound):
            outcome.failed[_listing(back)] = plain(error)
    return outcome


async def send_updates(context: RunContext, group: Sequence[TakeBack]) -> Outcome:
    """Put products back; after an answer that was lost, look and send what is still missing.

    Afterwards the products of the group are read again.
    """
    outcome = Outcome()
    rest = list(group)
    for round_number in range(1, ROUNDS + 1):
        try:
            await _send(context, rest, outcome)
            break
        except (Unreachable, MalformedAnswer) as error:
            if not error.sent or round_number == ROUNDS:
                raise
        await look(context, [back.facts for back in rest])
        rest = [take_back(back.facts) for back in rest if _listing(back) not in outcome.failed]
    await look(context, [back.facts for back in group])
    return outcome


async def _send(context: RunContext, group: Sequence[TakeBack], outcome: Outcome) -> None:
    sending = Sending(context.res, context.client)
    try:
        await sending.send([back.update for back in group if back.update.sends])
    finally:
        outcome.failed |= sending.failed
        for listing_id, remarks in sending.remarks.items():
            outcome.remarks.setdefault(listing_id, []).extend(remarks)
    going = [back for back in group if _listing(back) not in outcome.failed]
    for back in going:
        await _variants(context, back, outcome)
    await _metafields(context, going, outcome)


async def _variants(context: RunContext, back: TakeBack, outcome: Outcome) -> None:
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
        outcome.failed[_listing(back)] = NotPublishable(
            refusal.code, refusal.message, "bigcommerce_variant.option"
        )


async def _metafields(context: RunContext, group: Sequence[TakeBack], outcome: Outcome) -> None:
    for owner in OWNERS:
        changed = [
            (back, {"id": number, "value": value})
            for back in group
            for mine, number, value in back.changed_metafields
            if mine == owner
        ]
        gone = [
            (back, number)
            for back in group
            for mine, number in back.gone_metafields
            if mine == owner
        ]

        async def change(
            rows: Sequence[tuple[TakeBack, dict[str, object]]], owner: Owner = owner
        ) -> None:
            await metafields.update_batch(context.client, owner, [body for _, body in rows])

        async def remove(rows: Sequence[tuple[TakeBack, int]], owner: Owner = owner) -> None:
            await metafields.delete_batch(context.client, owner, [number for _, number in rows])

        await _deliver(changed, change, outcome)
        await _deliver(gone, remove, outcome)


async def _deliver(
    rows: Sequence[tuple[TakeBack, T]],
    send: Callable[[Sequence[tuple[TakeBack, T]]], Awaitable[None]],
    outcome: Outcome,
) -> None:
    for batch in batches(rows, metafields.BATCH):
        for (back, _), error in await deliver(batch, send):
            if not isinstance(error, NotFound):
                text = f"A metafield was not taken back: {error.for_merchant}"
                remark = Remark("metafield_refused", text, "metafield")
                outcome.remarks.setdefault(_listing(back), []).append(remark)


def _number(back: TakeBack) -> int:
    number = back.facts.trace.external_number
    assert number is not None  # noqa: S101 - only products that are known are written to
    return number


def _listing(back: TakeBack) -> UUID:
    return back.facts.trace.listing_id

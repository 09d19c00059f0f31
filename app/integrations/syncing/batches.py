"""Sending a batch so that one bad item never fails the others (FACTS 5.4, 5.5, 5.10).

A refused batch is cut until what the store refuses stands alone. Where its answer names places in
the batch, those are tried apart from the rest at once; it is believed only when it refuses an item
that was sent by itself.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final, TypeVar

from app.bigcommerce.errors import Conflict, NotFound, PlanLimit, Refused

T = TypeVar("T")
Send = Callable[[Sequence[T]], Awaitable[None]]

_PLACE: Final = re.compile(r"^(?:items|variants|products)?\.?(\d+)(?:\.|$)")


async def deliver(items: Sequence[T], send: Send[T]) -> list[tuple[T, Refused]]:
    """Send everything that the store takes; return what it refuses, each with its reason.

    `send` must be safe to repeat. Errors other than a refusal are raised; what was sent by then
    is sent again when the caller comes back.
    """
    refused: list[tuple[T, Refused]] = []
    waiting: list[Sequence[T]] = [items] if items else []
    while waiting:
        batch = waiting.pop()
        try:
            await send(batch)
        except Refused as error:
            if len(batch) == 1:
                refused.append((batch[0], error))
            else:
                waiting.extend(_parts(batch, error))
    return refused


def _parts(batch: Sequence[T], error: Refused) -> Iterator[Sequence[T]]:
    named = {place for place in _places(error) if place < len(batch)}
    if named and len(named) <= len(batch) // 2:
        yield [item for place, item in enumerate(batch) if place in named]
        yield [item for place, item in enumerate(batch) if place not in named]
        return
    middle = len(batch) // 2
    yield batch[middle:]
    yield batch[:middle]


def _places(error: Refused) -> Iterator[int]:
    for problem in error.problems:
        if problem.field == "index" and problem.message.isdecimal():
            yield int(problem.message)
        elif match := _PLACE.match(problem.field):
            yield int(match[1])


def code_of(error: Refused) -> str:
    """Our stable name for a refusal of one item."""
    for problem in error.problems:
        if not problem.code.startswith("http_"):
            return problem.code
    if isinstance(error, NotFound):
        return "not_in_store"
    if isinstance(error, Conflict):
        return "conflict"
    return "plan_limit" if isinstance(error, PlanLimit) else "store_refused"

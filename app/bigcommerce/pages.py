"""Walking a store's lists page by page, with a cursor to stop and resume at (FACTS 4.1, 5.1).

The walk is by **keyset** where the store can do it (``id:greater`` in v3, ``min_id`` in v2): rows
that come, go or change never shift what is still to be read. Where it cannot, or ignores the
filter, the walk falls back to page **numbers**, which need a guard against loops, a step back when
the list shrinks, and remembering ids already given.

A page too heavy for the store (FACTS quirk 33) is asked for again at half its size, and the size
grows back once pages of the smaller size go well. The store's own ``per_page`` is believed over
what was asked.
"""

import itertools
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

import msgspec

from app.bigcommerce import retry
from app.bigcommerce.client import Param, StoreClient
from app.bigcommerce.errors import (
    BigCommerceError,
    Invalid,
    MalformedAnswer,
    PageLoop,
    StoreUnavailable,
    Unreachable,
    Where,
)
from app.bigcommerce.shapes import Shape, build
from app.bigcommerce.wire import Answer

T = TypeVar("T")
LARGEST = 250
SMALLEST = 10
PATIENT_PAGES = 2


class Cursor(msgspec.Struct, frozen=True):
    """Where a walk stands; JSON-able. ``after``: last id (keyset). ``offset``: rows passed by
    number. ``read``: rows given so far. ``total``: what the list held when it was begun."""

    mode: Literal["keyset", "numbers"] = "keyset"
    after: int = 0
    offset: int = 0
    read: int = 0
    size: int = LARGEST
    total: int | None = None
    done: bool = False


class Pagination(Shape):
    """``meta.pagination`` as the store reports it; None where it does not say."""

    total: int | None = None
    count: int | None = None
    per_page: int | None = None
    current_page: int | None = None
    total_pages: int | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows, and the cursor to resume after them once they are safely stored."""

    items: list[T]
    cursor: Cursor

    @property
    def last(self) -> bool:
        """Whether the list ends here."""
        return self.cursor.done


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """A list of the store: its path, what a row is, and how it may be walked.

    ``keyset`` False: the list has no id filter with a matching order. ``key`` gives a row's id.
    """

    path: str
    rows: type[list[T]]
    key: Callable[[T], int]
    params: Mapping[str, Param] = field(default_factory=dict)
    keyset: bool = True
    size: int = LARGEST

    @property
    def is_v2(self) -> bool:
        """v2 lists have no ``meta`` and end with 204 or a short page."""
        return self.path.startswith("/v2/")


@dataclass(slots=True)
class _Pace:
    """Page sizes that work: halves on trouble, doubles after a few good pages."""

    size: int
    largest: int
    good: int = 0
    needed: int = PATIENT_PAGES

    def trouble(self) -> bool:
        """Shrink; False when it is already the smallest."""
        if self.size <= SMALLEST:
            return False
        self.size = max(self.size // 2, SMALLEST)
        self.good = 0
        self.needed *= 2
        return True

    def success(self, *, aligned: bool) -> None:
        self.good += 1
        if self.good >= self.needed and self.size < self.largest and aligned:
            self.size = min(self.size * 2, self.largest)
            self.good = 0

    def cut(self, size: int) -> None:
        """The store gives pages of at most ``size``."""
        self.size = self.largest = max(size, 1)


@dataclass(slots=True)
class _Memory:
    """What a walk by numbers has seen in this process; a resumed walk starts empty."""

    ids: set[int] = field(default_factory=set)
    pages: set[tuple[int, ...]] = field(default_factory=set)
    total: int | None = None


async def walk(
    client: StoreClient, listing: Listing[T], cursor: Cursor | None = None
) -> AsyncIterator[Page[T]]:
    """Pages from ``cursor`` (or the start) to the end; raises errors.py's errors and PageLoop.

    An empty list gives one empty page, so that its cursor can be stored as done.
    """
    at = cursor or Cursor(mode="keyset" if listing.keyset else "numbers", size=listing.size)
    pace, memory = _Pace(min(at.size, listing.size), listing.size), _Memory()
    while not at.done:
        if at.mode == "keyset":
            page = await _keyset_page(client, listing, at, pace)
        else:
            page = await _numbered_page(client, listing, at, pace, memory)
        if page is None:  # the store does not do keysets
            at = msgspec.structs.replace(at, mode="numbers", offset=at.read)
            continue
        yield page
        at = page.cursor


async def _keyset_page(
    client: StoreClient, listing: Listing[T], at: Cursor, pace: _Pace
) -> Page[T] | None:
    """The rows after ``at.after``; None when the store refuses or ignores the id filter."""
    ids: dict[str, Param] = {"id:greater": at.after}
    if listing.is_v2:
        ids = {"min_id": at.after + 1}
    try:
        answer, size = await _fetch(client, listing, lambda _: ids, pace)
    except Invalid:
        return None
    rows, reported = answer.data, _reported(answer)
    keys = [listing.key(row) for row in rows]
    if any(key <= at.after for key in keys) or keys != sorted(set(keys)):
        return None
    read = at.read + len(rows)
    total = at.total
    if total is None and reported.total is not None:
        total = at.read + reported.total
    done = _ends(listing, len(rows), len(rows), 1, reported, size)
    _believe(pace, reported)
    pace.success(aligned=True)
    after = keys[-1] if keys else at.after
    return Page(rows, Cursor("keyset", after, 0, read, pace.size, total, done))


async def _numbered_page(
    client: StoreClient, listing: Listing[T], at: Cursor, pace: _Pace, memory: _Memory
) -> Page[T]:
    answer, size = await _fetch(client, listing, _page_number(at.offset), pace)
    rows, reported = answer.data, _reported(answer)
    number = at.offset // size + 1
    keys = tuple(listing.key(row) for row in rows)
    shrunk = (reported.total or 0) < (memory.total or 0)
    if keys and keys in memory.pages and not shrunk:
        raise PageLoop(Where("GET", listing.path, answer.status), detail=f"page {number}")
    memory.pages.add(keys)
    memory.total = reported.total
    step = min(reported.per_page or size, size)
    passed = number * step
    if shrunk and number > 1:
        # Rows have moved up into the page before: read that one again.
        before, _ = await _fetch(client, listing, _page_number(passed - 2 * step), pace)
        rows = [*before.data, *rows]
    fresh = {listing.key(row): row for row in rows if listing.key(row) not in memory.ids}
    memory.ids.update(fresh)
    done = _ends(listing, len(keys), passed, number, reported, size)
    _believe(pace, reported)
    pace.success(aligned=passed % min(pace.size * 2, pace.largest) == 0)
    after = max([at.after, *fresh])
    total = reported.total if at.total is None else at.total
    read = at.read + len(fresh)
    return Page(
        list(fresh.values()), Cursor("numbers", after, passed, read, pace.size, total, done)
    )


async def _fetch(
    client: StoreClient,
    listing: Listing[T],
    position: Callable[[int], Mapping[str, Param]],
    pace: _Pace,
) -> tuple[Answer[list[T]], int]:
    """The rows at ``position(size)`` at the largest size that works, and that size."""
    order: dict[str, Param] = {}
    if listing.keyset:
        order = {"sort": "id:asc"} if listing.is_v2 else {"sort": "id", "direction": "asc"}
    for stumble in itertools.count(1):
        size = pace.size
        try:
            answer = await client.request(
                "GET",
                listing.path,
                listing.rows,
                params={**listing.params, **order, **position(size), "limit": size},
                attempts=retry.ATTEMPTS if size <= SMALLEST else 1,
            )
        except Invalid as error:
            most = _most_allowed(error)
            if most is None or most >= size:
                raise
            pace.cut(most)
        except BigCommerceError as error:
            if not _too_heavy(error) or not pace.trouble():
                raise
            await client.rest(stumble)
        else:
            return answer, size
    raise AssertionError("unreachable")


def _page_number(offset: int) -> Callable[[int], Mapping[str, Param]]:
    return lambda size: {"page": max(offset, 0) // size + 1}


def _too_heavy(error: BigCommerceError) -> bool:
    """Whether a smaller page might succeed: the store was reached and broke off."""
    if isinstance(error, Unreachable):
        return error.reached
    if isinstance(error, StoreUnavailable):
        return error.status in retry.STUMBLES
    return isinstance(error, MalformedAnswer) and error.status is None


def _most_allowed(error: Invalid) -> int | None:
    """The page size the store names when it refuses a larger one (FACTS 2.4)."""
    found = (problem.details.get("max_limit") for problem in error.problems)
    return next((most for most in found if isinstance(most, int) and most > 0), None)


def _reported(answer: Answer[list[T]]) -> Pagination:
    sent = answer.meta.get("pagination")
    return build(sent, Pagination) if isinstance(sent, dict) else Pagination()


def _believe(pace: _Pace, reported: Pagination) -> None:
    if reported.per_page and reported.per_page < pace.size:
        pace.cut(reported.per_page)


def _ends(
    listing: Listing[T], rows: int, passed: int, number: int, reported: Pagination, size: int
) -> bool:
    """Whether a page of so many rows was the last; ``passed`` rows are behind its end."""
    if rows == 0 or (listing.is_v2 and rows < size):
        return True
    if listing.is_v2:
        return False
    if reported.total is not None:
        return reported.total <= passed
    if reported.total_pages is not None:
        return reported.total_pages <= number
    return reported.per_page is not None and rows < reported.per_page

"""Cutting work into the largest batches the API takes (FACTS 7)."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batches(items: Sequence[T], size: int) -> Iterator[list[T]]:
    """``items`` in order, in lists of at most ``size``."""
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch


def within(items: Sequence[object], most: int) -> None:
    """Refuse a batch the API would refuse; a caller's mistake, hence ValueError."""
    if not 0 < len(items) <= most:
        raise ValueError(f"a batch holds 1 to {most} items, not {len(items)}")


def joined(ids: Sequence[int] | Sequence[str]) -> str:
    """The value of an ``:in`` filter."""
    return ",".join(str(one) for one in ids)

"""Rows of an order as they are and as they should be, and how the two differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.orders.drafts import Change
from app.orders.values import plain, plain_values, split

Stored = Mapping[str, Any]
Row = dict[str, Any]


@dataclass(frozen=True)
class StoredOrder:
    """The rows of an order; lines and addresses by external id."""

    order: Stored
    lines: Mapping[int, Stored]
    addresses: Mapping[int, Stored]


@dataclass
class Merged:
    """The rows that should be there, and how they differ from those that are."""

    order: Row
    lines: list[Row] = field(default_factory=list)
    addresses: list[Row] = field(default_factory=list)
    gone_lines: list[UUID] = field(default_factory=list)
    gone_addresses: list[UUID] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


def together(
    group: str,
    values: Row,
    old_open: Stored,
    old_personal: Stored,
    currency: str | None,
) -> tuple[Row, Row]:
    """Values after a draft, split into open and personal: absent keys keep what is stored."""
    return split(group, {**old_open, **old_personal, **plain_values(group, values, currency)})


def differences(prefix: str, old: Stored, new: Stored) -> list[Change]:
    """Keys that were added, removed or changed."""
    return [
        Change(f"{prefix}.{key}", old.get(key), new.get(key))
        for key in sorted(old.keys() | new.keys())
        if key not in old or key not in new or old[key] != new[key]
    ]


def hidden_differences(prefix: str, old: Stored, new: Stored) -> list[Change]:
    """As `differences`, for personal values, which are not told."""
    return [Change(change.field, None, None) for change in differences(prefix, old, new)]


def row_differences(prefix: str, old: Stored | None, row: Row, values: str) -> list[Change]:
    """What is new in a row whose mapped values are in one of its columns."""
    if old is None:
        return [Change(prefix, None, "")]
    found = differences(prefix, old[values], row[values])
    found += [
        Change(f"{prefix}.{column}", plain(old[column]), plain(row[column]))
        for column in row
        if column != values and old[column] != row[column]
    ]
    return found

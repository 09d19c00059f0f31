"""The state of one store, and the ways in which it may behave badly."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Literal

Record = dict[str, Any]

GRANTED = "store_v2_products store_v2_orders store_v2_information store_inventory"


@dataclass
class Behaviour:
    """What a test may switch on; the defaults are a healthy store on an unlimited plan."""

    keyset: Literal["works", "refused", "ignored"] = "works"
    legacy_consignments: bool = False
    quota: int = 20_000
    window: float = 30.0
    rival_share: float = 0.0
    headers_on_429: bool = True
    down_until: float = 0.0
    delay: float = 0.0
    # What happens to the next requests, one entry each: "ok", "reset", "drop", "truncate", "cut",
    # "429", "bare429", "500", "502", "503".
    faults: deque[str] = field(default_factory=deque)

    def go_down(self, seconds: float) -> None:
        """Answer 503 for some seconds from now on."""
        self.down_until = time.monotonic() + seconds


@dataclass(frozen=True)
class Entry:
    """One request as the store saw it."""

    at: float
    method: str
    path: str
    query: dict[str, str]
    status: int
    headers: dict[str, str]
    foreseen: bool = False


@dataclass
class Shop:
    """A store and all that was asked of it."""

    hash: str
    token: str | None = None
    scopes: str = GRANTED
    name: str = "Kontor Süd"
    weight_units: str = "Pounds"
    dimension_units: str = "Inches"
    products: list[Record] = field(default_factory=list)
    brands: list[Record] = field(default_factory=list)
    categories: list[Record] = field(default_factory=list)
    orders: list[Record] = field(default_factory=list)
    lines: dict[int, list[Record]] = field(default_factory=dict)
    addresses: dict[int, list[Record]] = field(default_factory=dict)
    hooks: dict[int, Record] = field(default_factory=dict)
    behaviour: Behaviour = field(default_factory=Behaviour)
    log: list[Entry] = field(default_factory=list)
    window_started: float = 0.0
    used: int = 0
    shown_left: int | None = None
    next_id: int = 900

    def fresh_id(self) -> int:
        """Number something new."""
        self.next_id += 1
        return self.next_id

    def count(self, prefix: str = "", method: str | None = None) -> int:
        """Count the requests whose path starts so."""
        return sum(
            1
            for entry in self.log
            if entry.path.startswith(prefix) and method in (None, entry.method)
        )

    def writes(self) -> list[Entry]:
        """Requests which may have changed something, hooks left out."""
        return [
            entry
            for entry in self.log
            if entry.method != "GET" and not entry.path.startswith("v3/hooks")
        ]

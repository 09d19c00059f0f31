"""The store's clock: wall time that can be moved, a timer for windows, and sleeping."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime


class Clock:
    """Store time. `move` shifts what the store believes; the timer and sleep stay real."""

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        timer: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._wall = wall
        self.timer = timer
        self.sleep = sleep
        self.offset = 0.0

    def unix(self) -> int:
        """Store time in whole Unix seconds."""
        return int(self._wall() + self.offset)

    def now(self) -> datetime:
        """Store time as an aware UTC datetime without fractions of a second."""
        return datetime.fromtimestamp(self.unix(), UTC)

    def move(self, seconds: float) -> None:
        """Shift the store's clock by `seconds` (negative goes back)."""
        self.offset += seconds


def rfc2822(moment: datetime) -> str:
    """The date form of v2 answers: `Wed, 10 Jan 2018 21:05:30 +0000` (FACTS 4.1)."""
    return format_datetime(moment.astimezone(UTC))


def iso(moment: datetime) -> str:
    """The date form of v3 answers: `2018-01-10T21:05:30+00:00`."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def parse_date(text: str) -> datetime:
    """Read RFC-2822 or ISO-8601; naive dates count as UTC. Raises ValueError."""
    cleaned = text.strip()
    try:
        moment = datetime.fromisoformat(cleaned.replace(" ", "+") if "T" in cleaned else cleaned)
    except ValueError:
        moment = parsedate_to_datetime(cleaned)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

"""The shared request quota of the store: fixed windows and a rival app (FACTS 2.1)."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Reading:
    """What the four rate-limit headers say after one request."""

    window_ms: int
    reset_ms: int
    quota: int
    left: int
    allowed: bool

    def headers(self) -> dict[str, str]:
        """The headers of an answer; `X-Retry-After` (seconds) only when refused."""
        found = {
            "X-Rate-Limit-Time-Window-Ms": str(self.window_ms),
            "X-Rate-Limit-Time-Reset-Ms": str(self.reset_ms),
            "X-Rate-Limit-Requests-Quota": str(self.quota),
            "X-Rate-Limit-Requests-Left": str(self.left),
        }
        if not self.allowed:
            found["X-Retry-After"] = str(max(1, -(-self.reset_ms // 1000)))
        return found


class Quota:
    """Counts requests in a window that opens with the first request after the last one closed."""

    def __init__(self, timer: Callable[[], float], quota: int, window_ms: int) -> None:
        self._timer = timer
        self.quota = quota
        self.window_ms = window_ms
        self.rival_per_second = 0.0
        self._opened = timer()
        self._used = 0
        self._rival_used = 0.0
        self._rival_seen = self._opened

    def take(self) -> Reading:
        """Count one request and say whether it may pass."""
        self._advance()
        allowed = self._left() > 0
        if allowed:
            self._used += 1
        return self._reading(allowed)

    def peek(self) -> Reading:
        """The state of the window without using any of it."""
        self._advance()
        return self._reading(True)

    def configure(
        self, quota: int | None = None, window_ms: int | None = None, left: int | None = None
    ) -> None:
        """Change the limits, or say how many requests are left in the running window."""
        self._advance()
        if quota is not None:
            self.quota = quota
        if window_ms is not None:
            self.window_ms = window_ms
        if left is not None:
            self._used = max(0, self.quota - left)
            self._rival_used = 0.0

    def set_rival(self, per_second: float) -> None:
        """Let another app of the same store use `per_second` requests of this quota."""
        self._advance()
        self.rival_per_second = per_second

    def _advance(self) -> None:
        now = self._timer()
        if (now - self._opened) * 1000 >= self.window_ms:
            self._opened = now
            self._used = 0
            self._rival_used = 0.0
        else:
            self._rival_used += (now - self._rival_seen) * self.rival_per_second
        self._rival_seen = now

    def _left(self) -> int:
        return max(0, self.quota - self._used - int(self._rival_used))

    def _reading(self, allowed: bool) -> Reading:
        elapsed = (self._timer() - self._opened) * 1000
        reset = max(0, int(self.window_ms - elapsed))
        return Reading(self.window_ms, reset, self.quota, self._left(), allowed)

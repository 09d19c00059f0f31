"""The 90 percent rule: a failing destination is blocked for three minutes (FACTS 3.4)."""

from collections import defaultdict, deque
from collections.abc import Callable

WINDOW_S = 120.0
BLOCK_S = 180.0
MINIMUM = 100
SUCCESS = 0.9


class Blocklist:
    """Counts deliveries per host in a sliding window; times shrink with `scale`."""

    def __init__(self, timer: Callable[[], float], scale: float) -> None:
        self._timer = timer
        self._window_s = WINDOW_S * scale
        self._block_s = BLOCK_S * scale
        self._seen: dict[str, deque[tuple[float, bool]]] = defaultdict(deque)
        self._until: dict[str, float] = {}

    def blocks(self, host: str) -> bool:
        """Whether the host is blocked now."""
        return self.time_left(host) > 0

    def time_left(self, host: str) -> float:
        """Seconds until the host is served again."""
        return max(0.0, self._until.get(host, 0.0) - self._timer())

    def blocked_hosts(self) -> list[str]:
        """Hosts that are blocked now."""
        return [host for host in self._until if self.blocks(host)]

    def count(self, host: str, ok: bool) -> None:
        """Count a delivery; too many failures block the host."""
        now = self._timer()
        window = self._seen[host]
        window.append((now, ok))
        while window and window[0][0] < now - self._window_s:
            window.popleft()
        if len(window) < MINIMUM:
            return
        successes = sum(1 for _, good in window if good)
        if successes / len(window) < SUCCESS:
            self._until[host] = now + self._block_s
            window.clear()

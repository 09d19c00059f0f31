"""A store's quota as a simulation: fixed windows, a rival app, several of our workers."""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from app.bigcommerce.pacing import (
    Lane,
    PacingState,
    Policy,
    Refuse,
    observe,
    reserve,
)


@dataclass
class Simulation:
    """Runs workers against a quota in simulated seconds; all times in seconds."""

    quota: int = 150
    window: float = 30.0
    rival_rate: float = 0.0
    rival_burst: int = 1
    latency: float = 0.3
    headers: bool = True
    phase: float = 0.0
    seed: int = 1
    policy: Policy = field(default_factory=Policy)
    now: float = 0.0
    used: int = 0
    window_end: float = 0.0
    served: dict[str, list[float]] = field(default_factory=dict)
    limited: list[float] = field(default_factory=list)
    rival_limited: int = 0
    waits: list[tuple[str, float]] = field(default_factory=list)
    state: PacingState = field(default_factory=PacingState)

    def run(self, workers: list[Lane], seconds: float, *, work: int = 10**9) -> None:
        """Let every worker send as fast as pacing lets it, up to ``work`` requests in all."""
        rng = random.Random(self.seed)
        self.window_end = self.window - self.phase
        events: list[tuple[float, int, Callable[[], None]]] = []
        serial = iter(range(10**9))
        left_to_do = [work]

        def at(time: float, action: Callable[[], None]) -> None:
            heapq.heappush(events, (time, next(serial), action))

        def rival() -> None:
            for _ in range(self.rival_burst):
                self.rival_limited += not self._take()
            at(self.now + self.rival_burst / self.rival_rate * rng.uniform(0.5, 1.5), rival)

        def ask(lane: Lane) -> None:
            if left_to_do[0] <= 0:
                return
            self.state, decision = reserve(self.state, self.now, lane, self.policy)
            if isinstance(decision, Refuse):
                self.waits.append((lane, decision.wait))
                at(self.now + decision.wait, lambda: ask(lane))
                return
            left_to_do[0] -= 1
            self.waits.append((lane, decision.delay))
            ticket, sent = decision.ticket, self.now + decision.delay
            at(sent, lambda: send(lane, ticket))

        def send(lane: Lane, ticket: str) -> None:
            half = self.latency * rng.uniform(0.3, 0.7)
            at(self.now + half, lambda: arrive(lane, ticket, half))

        def arrive(lane: Lane, ticket: str, half: float) -> None:
            status = 200 if self._take() else 429
            headers = self._headers(status)
            if status == 200:
                self.served.setdefault(lane, []).append(self.now)
            else:
                self.limited.append(self.now)
                left_to_do[0] += 1
            at(self.now + half, lambda: answered(lane, ticket, status, headers))

        def answered(lane: Lane, ticket: str, status: int, headers: dict[str, str]) -> None:
            self.state, _ = observe(self.state, self.now, ticket, status, headers)
            ask(lane)

        if self.rival_rate:
            at(0.0, rival)
        for lane in workers:
            at(0.0, lambda lane=lane: ask(lane))  # type: ignore[misc] # binds the loop's lane
        while events and events[0][0] < seconds:
            self.now, _, action = heapq.heappop(events)
            while self.now >= self.window_end:
                self.window_end += self.window
                self.used = 0
            action()

    def _take(self) -> bool:
        if self.used >= self.quota:
            return False
        self.used += 1
        return True

    def _headers(self, status: int) -> dict[str, str]:
        if not self.headers:
            return {}
        return {
            "x-rate-limit-time-window-ms": str(int(self.window * 1000)),
            "x-rate-limit-time-reset-ms": str(int((self.window_end - self.now) * 1000)),
            "x-rate-limit-requests-quota": str(self.quota),
            "x-rate-limit-requests-left": str(self.quota - self.used),
        }

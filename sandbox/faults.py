"""Faults on order: rules that make the store misbehave in ways it is known to (FACTS 2, 8)."""

import random
import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from sandbox.errors import JSON

Effect = Literal[
    "status",  # answer `status` with a body of kind `body`, nothing happens
    "unavailable",  # 503 with the store's HTML page
    "rate_limit",  # 429 with all headers
    "overload",  # 429 without rate-limit headers
    "close",  # close the connection before doing anything
    "drop_response",  # do it, then close the connection without an answer
    "truncate",  # do it, then send half of the JSON
    "delay",  # wait `delay_ms` first
    "duplicate_webhooks",  # deliver every event twice
    "reorder_webhooks",  # deliver events late and out of order
    "mute_webhooks",  # lose the events
    "image_unavailable",  # image URLs matching `path` cannot be fetched
    "saved_partly",  # product writes answer 207: saved, but the stock was not
]
BodyKind = Literal["auto", "empty", "html", "text", "truncated"]

BEFORE: frozenset[str] = frozenset({"status", "unavailable", "rate_limit", "overload", "close"})
AFTER: frozenset[str] = frozenset({"drop_response", "truncate"})


class FaultRule(BaseModel):
    """When and how to misbehave. `path` is a regex searched in the path after the store hash
    (`/v2/orders`), for webhook effects in the event's scope, for images in their address.
    `skip` lets the first ones pass, `every` strikes each n-th, `count` stops after n strikes.
    """

    model_config = ConfigDict(extra="forbid")

    effect: Effect
    method: str | None = None
    path: str = ""
    count: int | None = Field(default=None, ge=1)
    skip: int = Field(default=0, ge=0)
    every: int = Field(default=1, ge=1)
    probability: float = Field(default=1.0, ge=0, le=1)
    status: int = Field(default=500, ge=400, le=599)
    body: BodyKind = "auto"
    message: str = "Internal Server Error"
    delay_ms: int = Field(default=0, ge=0)

    @field_validator("path")
    @classmethod
    def _compiles(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as problem:
            raise ValueError(f"not a regular expression: {problem}") from problem
        return value


class ActiveFault:
    """A rule with its own memory of how often it was met and how often it struck."""

    def __init__(self, number: int, rule: FaultRule) -> None:
        self.number = number
        self.rule = rule
        self.seen = 0
        self.fired = 0
        self._path = re.compile(rule.path)

    def strikes(self, method: str, path: str, rng: random.Random) -> bool:
        """Whether the rule acts on this request; counts the meeting."""
        rule = self.rule
        if rule.method and rule.method.upper() != method:
            return False
        if not self._path.search(path):
            return False
        if rule.count is not None and self.fired >= rule.count:
            return False
        self.seen += 1
        past_skipped = self.seen - rule.skip
        if past_skipped <= 0 or past_skipped % rule.every:
            return False
        if rule.probability < 1.0 and rng.random() >= rule.probability:
            return False
        self.fired += 1
        return True

    def describe(self) -> JSON:
        """The rule and its counters, for the control API."""
        return {"id": self.number, **self.rule.model_dump(), "seen": self.seen, "fired": self.fired}


class Faults:
    """The rules in force. Probabilities come from the seed, so a scenario repeats exactly."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._active: list[ActiveFault] = []
        self._next = 1

    def add(self, rules: list[FaultRule]) -> list[JSON]:
        """Put rules in force, after those already there."""
        added = [ActiveFault(self._next + i, rule) for i, rule in enumerate(rules)]
        self._next += len(added)
        self._active.extend(added)
        return [fault.describe() for fault in added]

    def describe(self) -> list[JSON]:
        """All rules in force with their counters."""
        return [fault.describe() for fault in self._active]

    def clear(self) -> None:
        """Behave again."""
        self._active.clear()

    def strike(self, method: str, path: str, effects: frozenset[str]) -> FaultRule | None:
        """The first rule with one of these effects that acts on the request."""
        for fault in self._active:
            if fault.rule.effect in effects and fault.strikes(method, path, self._rng):
                return fault.rule
        return None

    def jitter(self) -> float:
        """A number between 0 and 1 from the seeded generator."""
        return self._rng.random()

"""What the tests of the library share: a client on a settable clock, and header sets."""

import random
from collections.abc import Callable

import httpx

from app.bigcommerce import MemoryPacingStore, PacingStore, RequestRecord, StoreClient
from app.bigcommerce.pacing import Lane

API = "https://api.bigcommerce.com"
HASH = "abc123"
TOKEN = "tok-0123456789-secret"
URL = f"{API}/stores/{HASH}"


class Clock:
    """Seconds that pass only by sleeping."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def quota_headers(
    left: int, *, quota: int = 150, window_ms: int = 30_000, reset_ms: int = 15_000
) -> dict[str, str]:
    return {
        "X-Rate-Limit-Time-Window-Ms": str(window_ms),
        "X-Rate-Limit-Time-Reset-Ms": str(reset_ms),
        "X-Rate-Limit-Requests-Quota": str(quota),
        "X-Rate-Limit-Requests-Left": str(left),
    }


def make_client(
    http: httpx.AsyncClient,
    clock: Clock,
    *,
    pacing: PacingStore | None = None,
    lane: Lane = "bulk",
    patience: float = 0.0,
    on_request: Callable[[RequestRecord], None] | None = None,
    store_hash: str = HASH,
    token: str = TOKEN,
) -> StoreClient:
    return StoreClient(
        http,
        api_url=API,
        store_hash=store_hash,
        access_token=token,
        pacing=pacing or MemoryPacingStore(clock),
        clock=clock,
        sleep=clock.sleep,
        rng=random.Random(7),
        lane=lane,
        patience=patience,
        on_request=on_request,
        user_agent="tests/1.0",
    )

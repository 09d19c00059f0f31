"""What was asked of the store API, for tests and for developers counting requests."""

from collections import Counter, deque
from dataclasses import asdict, dataclass

from sandbox.errors import JSON


@dataclass(frozen=True)
class LoggedRequest:
    """One answered request; `ms` is the time until the answer was ready, `body_bytes` its size."""

    seq: int
    at: int
    method: str
    path: str
    query: str
    endpoint: str
    status: int
    client_id: str
    request_bytes: int
    body_bytes: int
    ms: float
    fault: str


class RequestLog:
    """A bounded log with an ever growing sequence number and counters per endpoint."""

    def __init__(self, keep: int = 50_000) -> None:
        self._entries: deque[LoggedRequest] = deque(maxlen=keep)
        self._counts: Counter[str] = Counter()
        self._seq = 0

    def next_seq(self) -> int:
        """The number of the request that is being answered."""
        self._seq += 1
        return self._seq

    def add(self, entry: LoggedRequest) -> None:
        """Remember one answered request."""
        self._entries.append(entry)
        self._counts[f"{entry.method} {entry.endpoint}"] += 1

    def since(self, seq: int) -> list[JSON]:
        """Requests with a sequence number above `seq`, oldest first."""
        return [asdict(entry) for entry in self._entries if entry.seq > seq]

    def counts(self) -> dict[str, int]:
        """Requests per `METHOD /path/{template}` since the last clearing."""
        return dict(sorted(self._counts.items()))

    def total(self) -> int:
        """Requests answered since the last clearing."""
        return sum(self._counts.values())

    def clear(self) -> None:
        """Forget entries and counters; sequence numbers go on."""
        self._entries.clear()
        self._counts.clear()

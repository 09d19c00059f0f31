"""Run all benchmarks, or those that are named."""

from __future__ import annotations

import sys
from collections.abc import Callable

from rich.console import Console

from benchmarks import (
    drifting,
    inbox,
    latency,
    linking,
    mapping,
    overselling,
    predicting,
    publishing,
    reading,
    survival,
    syncing,
)

BENCHMARKS: dict[str, Callable[[Console], None]] = {
    "reading": reading.measure,
    "syncing": syncing.measure,
    "linking": linking.measure,
    "drifting": drifting.measure,
    "publishing": publishing.measure,
    "predicting": predicting.measure,
    "overselling": overselling.measure,
    "inbox": inbox.measure,
    "latency": latency.measure,
    "survival": survival.measure,
    "mapping": mapping.measure,
}


def main() -> None:
    """Entry."""
    chosen = sys.argv[1:] or list(BENCHMARKS)
    unknown = set(chosen) - BENCHMARKS.keys()
    if unknown:
        sys.exit(f"There is no benchmark {', '.join(sorted(unknown))}; known: {list(BENCHMARKS)}")
    console = Console(width=120)
    for name in chosen:
        BENCHMARKS[name](console)


if __name__ == "__main__":
    main()

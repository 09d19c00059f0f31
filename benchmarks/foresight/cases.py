"""The cases that are played, with their sizes."""

from __future__ import annotations

from benchmarks.foresight import linking, published, publishing, rows, syncing
from benchmarks.foresight.worlds import Case

LINK_LISTINGS = 1_500
SYNC_LISTINGS = 1_000
PUBLISH_LISTINGS = 400


def cases(share: float = 1.0) -> list[Case]:
    """All cases; `share` makes them smaller."""
    return [*_linking(share), *_syncing(share), *_publishing(share)]


def _linking(share: float) -> list[Case]:
    return [
        Case(
            f"link: {name}",
            "link_listings",
            round(LINK_LISTINGS * share),
            build,
            linking.look,
            linking.disturb,
            rows.keys,
            linking.apply,
        )
        for name, build in linking.BUILDS.items()
    ]


def _syncing(share: float) -> list[Case]:
    return [
        Case(
            f"sync: {name}",
            "sync_listings",
            round(SYNC_LISTINGS * share),
            build,
            syncing.look,
            syncing.disturb,
            syncing.keys,
            syncing.apply,
            by_subject=False,
        )
        for name, build in syncing.BUILDS.items()
    ]


def _publishing(share: float) -> list[Case]:
    return [
        Case(
            f"publish: {name}",
            "publish_listings",
            round(PUBLISH_LISTINGS * share),
            build,
            published.look,
            published.disturb,
            published.keys,
            published.apply,
        )
        for name, build in publishing.BUILDS.items()
    ]

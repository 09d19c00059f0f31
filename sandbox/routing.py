"""Matching a path to an endpoint; literal segments win over numbers."""

from collections import defaultdict
from collections.abc import Iterable

from sandbox.call import Endpoint


class Routes:
    """Endpoints by number of segments."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self._by_size: dict[int, list[tuple[list[str], Endpoint]]] = defaultdict(list)
        for endpoint in endpoints:
            segments = endpoint.path.strip("/").split("/")
            self._by_size[len(segments)].append((segments, endpoint))
        for rows in self._by_size.values():
            rows.sort(key=lambda row: row[1].path.count("{"))

    def match(self, method: str, path: str) -> tuple[Endpoint, dict[str, int]] | list[str]:
        """The endpoint and the ids of the path, or the methods the path would take."""
        segments = path.strip("/").split("/")
        others: list[str] = []
        for pattern, endpoint in self._by_size[len(segments)]:
            ids = _ids(pattern, segments)
            if ids is None:
                continue
            if endpoint.method == method:
                return endpoint, ids
            others.append(endpoint.method)
        return sorted(set(others))


def _ids(pattern: list[str], segments: list[str]) -> dict[str, int] | None:
    ids: dict[str, int] = {}
    for expected, actual in zip(pattern, segments, strict=True):
        if expected.startswith("{"):
            if not actual.isdecimal():
                return None
            ids[expected[1:-1]] = int(actual)
        elif expected != actual:
            return None
    return ids

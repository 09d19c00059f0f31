"""Categories of the store by path; missing ones are made level by level."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from app.bigcommerce.client import StoreClient
from app.bigcommerce.errors import NOT_OFFERED, Refused, Unreachable
from app.bigcommerce.models.catalog import Category
from app.bigcommerce.resources import categories
from app.bigcommerce.resources.batches import batches

Path = tuple[str, ...]
TOP = 0
READS_BEFORE_GIVING_UP = 2


@dataclass
class CategoryPaths:
    """Ids of categories by parent and name in lower case, in the tree of one storefront.

    Names are unique among siblings, ignoring case. `tree` is None for stores without trees.
    """

    tree: int | None
    children: dict[tuple[int, str], int] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    parents: dict[int, int] = field(default_factory=dict)

    def find(self, path: Path) -> int | None:
        """The id of a path, if all of it exists."""
        at: int | None = TOP
        for name in path:
            at = self.children.get((at, name.casefold())) if at is not None else None
        return at or None

    def path_of(self, number: int) -> Path:
        """The names from the top down; () for a category that is not known."""
        names: list[str] = []
        while number in self.names and len(names) < len(self.names):
            names.insert(0, self.names[number])
            number = self.parents[number]
        return tuple(names)

    def missing(self, paths: Iterable[Path]) -> list[Path]:
        """Every path, and every path above it, that does not exist; the shortest first."""
        wanted: dict[tuple[str, ...], Path] = {}
        for path in paths:
            for depth in range(1, len(path) + 1):
                above = path[:depth]
                if self.find(above) is None:
                    wanted.setdefault(tuple(name.casefold() for name in above), above)
        return sorted(wanted.values(), key=len)

    def add(self, number: int, parent: int, name: str) -> None:
        """Note a category that exists."""
        self.children[(parent, name.strip().casefold())] = number
        self.names[number] = name
        self.parents[number] = parent

    def to_json(self) -> dict[str, Any]:
        """What a run keeps, so that the categories are read once."""
        rows = [[number, self.parents[number], name] for number, name in self.names.items()]
        return {"tree": self.tree, "rows": rows}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> CategoryPaths:
        """Read what `to_json` wrote."""
        found = cls(kept["tree"])
        for number, parent, name in kept["rows"]:
            found.add(number, parent, name)
        return found


async def read_categories(client: StoreClient, channel_id: int) -> CategoryPaths:
    """Read the categories of a storefront's tree: ceil(C/250) requests and one for the tree."""
    try:
        trees = await categories.trees(client, [channel_id])
    except NOT_OFFERED:
        trees = []
    found = CategoryPaths(trees[0].id if trees else None)
    for row in await categories.all_of(client):
        if _belongs(row, found.tree):
            found.add(row.key, row.parent_id, row.name)
    return found


def _belongs(row: Category, tree: int | None) -> bool:
    return bool(row.key) and (tree is None or row.tree_id in (None, tree))


async def make_missing(
    client: StoreClient, known: CategoryPaths, paths: Iterable[Path], channel_id: int
) -> dict[Path, str]:
    """Make what is missing, up to 50 a request; return why paths could not be made.

    After an answer that was lost, or a name that somebody else made first, the store is read
    again: nothing is made twice.
    """
    refused: dict[Path, str] = {}
    wanted = known.missing(paths)
    for depth in sorted({len(path) for path in wanted}):
        level = [path for path in wanted if len(path) == depth]
        for _ in range(READS_BEFORE_GIVING_UP):
            level = [path for path in level if known.find(path) is None]
            whole = [path for path in level if depth == 1 or known.find(path[:-1]) is not None]
            why = await _make(client, known, whole)
            if not why:
                break
            fresh = await read_categories(client, channel_id)
            known.children, known.names, known.parents = (
                fresh.children,
                fresh.names,
                fresh.parents,
            )
            refused |= dict.fromkeys(whole, why)
    return {path: why for path, why in refused.items() if known.find(path) is None}


async def _make(client: StoreClient, known: CategoryPaths, paths: list[Path]) -> str:
    """Make categories whose parents exist; "" when all of them were made."""
    why = ""
    for batch in batches(paths, categories.CREATE_BATCH):
        try:
            why = await _make_batch(client, known, batch) or why
        except Refused as error:
            why = error.for_merchant
        except Unreachable as error:
            if not error.sent:
                raise
            why = error.sentence
    return why


async def _make_batch(client: StoreClient, known: CategoryPaths, paths: list[Path]) -> str:
    if known.tree is None:
        for path in paths:
            parent = known.find(path[:-1]) or TOP
            made = await categories.create_legacy(client, path[-1], parent)
            known.add(made.key, parent, path[-1])
        return ""
    bodies = []
    for path in paths:
        parent = known.find(path[:-1]) or TOP
        place = {"parent_id": parent} if parent else {"parent_id": TOP, "tree_id": known.tree}
        bodies.append({"name": path[-1], **place})
    answer = await categories.create(client, bodies)
    for row in answer.data:
        if row.key:
            known.add(row.key, row.parent_id, row.name)
    return answer.partly_saved.for_merchant if answer.partly_saved else ""

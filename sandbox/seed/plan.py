"""Seeding a store: categories, products, orders, in that order."""

import random

from sandbox.seed.orders import OrderSeed
from sandbox.seed.products import ProductSeed
from sandbox.seed.words import CATEGORY_PATHS
from sandbox.store.categories import create_category, sibling
from sandbox.store.store import Store


def seed_store(store: Store) -> None:
    """Fill an empty store; the same settings and clock give the same store."""
    seed = store.settings.seed
    leaves = _categories(store)
    ProductSeed(store, random.Random(f"products-{seed}"), leaves).run()
    OrderSeed(store, random.Random(f"orders-{seed}")).run()


def _categories(store: Store) -> dict[str, int]:
    """Make the tree; returns the id of the last name of every path."""
    leaves: dict[str, int] = {}
    for path in CATEGORY_PATHS:
        parent = 0
        for name in path:
            row = sibling(store, parent, name) or create_category(
                store, {"name": name, "parent_id": parent}
            )
            parent = int(row["category_id"])
        leaves[path[-1]] = parent
    return leaves

"""Categories of the default storefront's tree and their other views (FACTS 5.7)."""

import uuid
from typing import Any

from sandbox.errors import JSON
from sandbox.store.catalog import slug
from sandbox.store.store import Store

TREES: tuple[dict[str, Any], ...] = ({"id": 1, "name": "Default catalog tree", "channels": [1]},)
MOST_DEPTH = 8


def create_category(store: Store, body: JSON) -> JSON:
    """Make a category from a checked body (`parent_id` 0 = top of the tree)."""
    number = store.next_id("category", first=18)
    name = str(body["name"])
    row: JSON = {
        "category_id": number,
        "category_uuid": str(uuid.UUID(store.settings.derived(f"category-{number}")[:32])),
        "parent_id": int(body.get("parent_id", 0)),
        "tree_id": 1,
        "name": name,
        "description": body.get("description", ""),
        "views": 0,
        "sort_order": int(body.get("sort_order", 0)),
        "page_title": body.get("page_title", ""),
        "search_keywords": body.get("search_keywords", ""),
        "meta_keywords": list(body.get("meta_keywords", [])),
        "meta_description": body.get("meta_description", ""),
        "layout_file": body.get("layout_file", "category.html"),
        "is_visible": bool(body.get("is_visible", True)),
        "default_product_sort": body.get("default_product_sort", "use_store_settings"),
        "image_url": body.get("image_url", ""),
        "url": {"path": slug(name, number), "is_customized": False, **body.get("url", {})},
    }
    store.categories[number] = row
    return row


def sibling(store: Store, parent_id: int, name: str) -> JSON | None:
    """The category of that name under a parent, ignoring case."""
    wanted = name.strip().lower()
    for row in store.categories.values():
        if row["parent_id"] == parent_id and str(row["name"]).lower() == wanted:
            return row
    return None


def ancestors(store: Store, category_id: int) -> list[int]:
    """Ids from the top down to the category itself."""
    path: list[int] = []
    current = store.categories.get(category_id)
    while current is not None and current["category_id"] not in path:
        path.insert(0, current["category_id"])
        current = store.categories.get(current["parent_id"])
    return path


def legacy(row: JSON) -> JSON:
    """A category as the deprecated endpoints show it."""
    hidden = ("category_id", "category_uuid", "tree_id", "url")
    body = {name: value for name, value in row.items() if name not in hidden}
    url = row["url"]
    body["id"] = row["category_id"]
    body["custom_url"] = {"url": url["path"], "is_customized": url["is_customized"]}
    return body


def nested(store: Store, *, with_path: bool = True, depth_limit: int = 99) -> list[JSON]:
    """The tree as nested nodes; `depth` starts at 0."""
    children: dict[int, list[JSON]] = {}
    for row in store.categories.values():
        children.setdefault(row["parent_id"], []).append(row)

    def node(row: JSON, above: list[int]) -> JSON:
        body: JSON = {
            "id": row["category_id"],
            "parent_id": row["parent_id"],
            "name": row["name"],
            "is_visible": row["is_visible"],
            "url": row["url"]["path"],
            "children": [],
        }
        if with_path:
            body["depth"] = len(above)
            body["path"] = above
        if len(above) < depth_limit:
            below = [*above, row["category_id"]]
            body["children"] = [node(child, below) for child in children.get(below[-1], [])]
        return body

    return [node(row, []) for row in children.get(0, [])]

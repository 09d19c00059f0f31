"""Creating brands and categories, and assigning products (FACTS 5.7, 5.9)."""

from sandbox.api.v3.checks import (
    Flag,
    Listing,
    Number,
    Record,
    Rules,
    Text,
    at_most,
    check,
    objects,
    require,
)
from sandbox.call import Answer, Call, Endpoint, data
from sandbox.errors import JSON, Refused
from sandbox.store.catalog import create_brand
from sandbox.store.categories import (
    MOST_DEPTH,
    TREES,
    ancestors,
    create_category,
    legacy,
    sibling,
)
from sandbox.store.store import Store

PRODUCTS = "store_v2_products"
BATCH = 50

BRAND_RULES: Rules = {"name": Text(1, 255)}
ASSIGNMENT_RULES: Rules = {
    name: Number(whole=True) for name in ("product_id", "category_id", "channel_id")
}
CATEGORY_RULES: Rules = {
    "sort_order": Number(whole=True, least=-(2**31), most=2**31 - 1),
    "meta_keywords": Listing(str),
    "url": Record(),
    "is_visible": Flag(),
    "name": Text(1, 50),
    "parent_id": Number(whole=True),
    "tree_id": Number(whole=True),
}


def post_brand(call: Call) -> Answer:
    """Create a brand; its name is unique ignoring case."""
    body = call.json_object()
    require(body, "name")
    check(body, BRAND_RULES)
    if body["name"].strip().lower() in call.store.brand_names:
        raise Refused(409, "The brand name is a duplicate", {"name": "duplicate"})
    return data(create_brand(call.store, body))


def post_tree_categories(call: Call) -> Answer:
    """Create categories from an array; 201, or 207 when some could not be created."""
    rows = objects(call.json_array(), "categories")
    at_most(rows, BATCH)
    made: list[JSON] = []
    errors: JSON = {}
    for index, row in enumerate(rows):
        try:
            made.append(_create(call.store, row))
        except Refused as refusal:
            errors[str(index)] = refusal.title
    meta = {"total": len(rows), "success": len(made), "failed": len(errors)}
    if not errors:
        return Answer({"data": made, "meta": meta}, 201)
    if not made:
        raise Refused(422, "No category could be created.", errors)
    failed = {"status": 422, "title": "Some categories were not created.", "errors": errors}
    return Answer({"data": made, "errors": failed, "meta": meta}, 207)


def post_legacy_category(call: Call) -> Answer:
    """Create one category the deprecated way; `parent_id` 0 is the top."""
    body = call.json_object()
    require(body, "name", "parent_id")
    return data(legacy(_create(call.store, {**body, "tree_id": 1})))


def put_category_assignments(call: Call) -> Answer:
    """Put products into categories; existing assignments stay."""
    rows = objects(call.json_array(), "assignments")
    _check_products(call.store, rows)
    for row in rows:
        if row.get("category_id") not in call.store.categories:
            raise Refused(422, "The category does not exist.", {"category_id": "unknown"})
    for row in rows:
        categories = call.store.products[row["product_id"]].fields["categories"]
        if row["category_id"] not in categories:
            categories.append(row["category_id"])
    return Answer(None, 204)


def put_channel_assignments(call: Call) -> Answer:
    """Sell products on channels; repeating an assignment is harmless."""
    rows = objects(call.json_array(), "assignments")
    _check_products(call.store, rows)
    channels = {row["id"] for row in call.store.profile.channels}
    for row in rows:
        if row.get("channel_id") not in channels:
            raise Refused(422, "The channel does not exist.", {"channel_id": "unknown"})
    for row in rows:
        product = call.store.products[row["product_id"]]
        if row["channel_id"] not in product.channels:
            product.channels.append(row["channel_id"])
    return Answer(None, 204)


def delete_channel_assignments(call: Call) -> Answer:
    """Stop selling products on channels; a filter is obligatory."""
    wanted = {name: _ints(call.query.get(name)) for name in ("product_id:in", "channel_id:in")}
    if set(call.query) - set(wanted):
        raise Refused(422, "Unknown filters.", {})
    if not any(wanted.values()):
        raise Refused(422, "A filter is required.", {})
    for product in call.store.products.values():
        if wanted["product_id:in"] and product.id not in wanted["product_id:in"]:
            continue
        gone = wanted["channel_id:in"] or set(product.channels)
        product.channels = [number for number in product.channels if number not in gone]
    return Answer(None, 204)


def _create(store: Store, row: JSON) -> JSON:
    require(row, "name")
    check(row, CATEGORY_RULES)
    parent = int(row.get("parent_id", 0))
    if not parent and row.get("tree_id") not in {tree["id"] for tree in TREES}:
        raise Refused(422, "A category needs an existing parent_id or tree_id.", {})
    if parent and parent not in store.categories:
        raise Refused(422, "The parent category does not exist.", {"parent_id": str(parent)})
    if len(ancestors(store, parent)) >= MOST_DEPTH:
        raise Refused(422, f"Categories are at most {MOST_DEPTH} levels deep.", {})
    if sibling(store, parent, row["name"]) is not None:
        raise Refused(409, "The category name is used by a sibling.", {"name": "duplicate"})
    return create_category(store, row)


def _check_products(store: Store, rows: list[JSON]) -> None:
    for row in rows:
        check(row, ASSIGNMENT_RULES)
        if row.get("product_id") not in store.products:
            raise Refused(422, "The product does not exist.", {"product_id": "unknown"})


def _ints(text: str | None) -> set[int]:
    return {int(part) for part in (text or "").split(",") if part.isdecimal()}


_P = "/v3/catalog/products"
ENDPOINTS = (
    Endpoint("POST", "/v3/catalog/brands", post_brand, PRODUCTS),
    Endpoint("POST", "/v3/catalog/trees/categories", post_tree_categories, PRODUCTS),
    Endpoint("POST", "/v3/catalog/categories", post_legacy_category, PRODUCTS),
    Endpoint("PUT", f"{_P}/category-assignments", put_category_assignments, PRODUCTS),
    Endpoint("PUT", f"{_P}/channel-assignments", put_channel_assignments, PRODUCTS),
    Endpoint("DELETE", f"{_P}/channel-assignments", delete_channel_assignments, PRODUCTS),
)

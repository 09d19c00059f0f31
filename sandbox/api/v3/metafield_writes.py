"""Writing metafields, single and in batches (FACTS 5.8). Only the owner client may change them."""

from collections.abc import Callable, Container

from sandbox.api.v3.checks import (
    Choice,
    Number,
    Rules,
    Text,
    at_most,
    check,
    objects,
    require,
)
from sandbox.call import Answer, Call, Endpoint, data
from sandbox.errors import JSON, Refused, not_found

PRODUCTS = "store_v2_products"
ORDERS = "store_v2_orders"
BATCH = 50
MOST = 250

RULES: Rules = {
    "permission_set": Choice(
        ("app_only", "read", "write", "read_and_sf_access", "write_and_sf_access")
    ),
    "namespace": Text(1, 64),
    "key": Text(1, 64),
    "value": Text(1),
    "description": Text(0, 255),
    "resource_id": Number(whole=True),
}


def create_for_product(call: Call) -> Answer:
    """Add a metafield to a product."""
    return data(_create(call, "product", call.product().id, call.json_object()))


def create_for_variant(call: Call) -> Answer:
    """Add a metafield to a variant."""
    row = call.product().variant(call.ids["variant_id"])
    if row is None:
        raise not_found()
    return data(_create(call, "variant", int(row["id"]), call.json_object()))


def create_for_order(call: Call) -> Answer:
    """Add a metafield to an order."""
    return data(_create(call, "order", call.order().id, call.json_object()))


def read_one(call: Call) -> Answer:
    """One metafield."""
    return data(_own(call, call.ids["metafield_id"], writing=False))


def update_one(call: Call) -> Answer:
    """Change one metafield."""
    row = _own(call, call.ids["metafield_id"], writing=True)
    _write(call, row, call.json_object())
    return data(row)


def delete_one(call: Call) -> Answer:
    """Delete one metafield."""
    _remove(call, _own(call, call.ids["metafield_id"], writing=True))
    return Answer(None, 204)


def create_many(kind: str) -> Callable[[Call], Answer]:
    """A handler that adds metafields to records of one kind."""

    def handler(call: Call) -> Answer:
        return _batch(call, lambda row: _create_in_batch(call, kind, row))

    return handler


def update_many(call: Call) -> Answer:
    """Change metafields by id."""
    return _batch(call, lambda row: _update_in_batch(call, row))


def delete_many(call: Call) -> Answer:
    """Delete metafields by an array of ids."""
    rows = call.json_array()
    at_most(rows, BATCH)
    if not all(isinstance(number, int) for number in rows):
        raise Refused(422, "JSON data is missing or invalid", {})
    for number in rows:
        _remove(call, _own(call, number, writing=True))
    return Answer({"data": rows, "errors": [], "meta": _meta(len(rows), 0)})


def _batch(call: Call, one: Callable[[JSON], JSON]) -> Answer:
    rows = objects(call.json_array(), "metafields")
    at_most(rows, BATCH)
    done: list[JSON] = []
    failures: list[JSON] = []
    for index, row in enumerate(rows):
        try:
            done.append(one(row))
        except Refused as refusal:
            failures.append(
                {
                    "status": refusal.status,
                    "title": refusal.title,
                    "errors": {**(refusal.errors or {}), "index": str(index)},
                }
            )
    body = {"data": done, "errors": failures, "meta": _meta(len(done), len(failures))}
    return Answer(body, 422 if failures else 200)


def _create_in_batch(call: Call, kind: str, row: JSON) -> JSON:
    require(row, "resource_id")
    check(row, RULES)
    number = row["resource_id"]
    store = call.store
    known: dict[str, Container[int]] = {
        "product": store.products,
        "variant": store.variant_owner,
        "order": store.orders,
    }
    if number not in known[kind]:
        raise Refused(404, "The resource does not exist.", {"resource_id": str(number)})
    return _create(call, kind, int(number), row)


def _update_in_batch(call: Call, row: JSON) -> JSON:
    require(row, "id")
    found = _own(call, row["id"], writing=True)
    _write(call, found, row)
    return found


def _create(call: Call, kind: str, number: int, body: JSON) -> JSON:
    require(body, "permission_set", "namespace", "key", "value")
    check(body, RULES)
    store = call.store
    rows = store.metafields[(kind, number)]
    mine = [row for row in rows if row["owner_client_id"] == call.grant.client_id]
    if any((row["namespace"], row["key"]) == (body["namespace"], body["key"]) for row in mine):
        raise Refused(409, "A metafield with this namespace and key exists already.", {})
    if len(mine) >= MOST:
        raise Refused(422, f"Not more than {MOST} metafields per resource.", {})
    row: JSON = {
        "id": store.next_id("metafield"),
        "permission_set": body["permission_set"],
        "namespace": body["namespace"],
        "key": body["key"],
        "value": body["value"],
        "description": body.get("description", ""),
        "resource_type": kind,
        "resource_id": number,
        "date_created": store.now_iso(),
        "date_modified": store.now_iso(),
        "owner_client_id": call.grant.client_id,
    }
    rows.append(row)
    return row


def _write(call: Call, row: JSON, body: JSON) -> None:
    check(body, RULES)
    writable = ("permission_set", "namespace", "key", "value", "description")
    row.update({name: body[name] for name in writable if name in body})
    row["date_modified"] = call.store.now_iso()


def _own(call: Call, number: int, *, writing: bool) -> JSON:
    for rows in call.store.metafields.values():
        for row in rows:
            if row["id"] == number:
                mine = row["owner_client_id"] == call.grant.client_id
                if not mine and (writing or row["permission_set"] == "app_only"):
                    raise Refused(403, "The metafield belongs to another app.", {})
                return row
    raise not_found()


def _remove(call: Call, row: JSON) -> None:
    call.store.metafields[(row["resource_type"], row["resource_id"])].remove(row)


def _meta(success: int, failed: int) -> JSON:
    return {"total": success + failed, "success": success, "failed": failed}


_P = "/v3/catalog/products/{product_id}"
_M = "/metafields/{metafield_id}"
_O = "/v3/orders"
_SINGLE = tuple(
    Endpoint(method, f"{owner}{_M}", handler, scope)
    for owner, scope in (
        (_P, PRODUCTS),
        (f"{_P}/variants/{{variant_id}}", PRODUCTS),
        (f"{_O}/{{order_id}}", ORDERS),
    )
    for method, handler in (("GET", read_one), ("PUT", update_one), ("DELETE", delete_one))
)
_BATCH = tuple(
    Endpoint(method, f"{base}/metafields", handler, scope)
    for kind, base, scope in (
        ("product", "/v3/catalog/products", PRODUCTS),
        ("variant", "/v3/catalog/variants", PRODUCTS),
        ("order", _O, ORDERS),
    )
    for method, handler in (
        ("POST", create_many(kind)),
        ("PUT", update_many),
        ("DELETE", delete_many),
    )
)
ENDPOINTS = (
    Endpoint("POST", f"{_O}/{{order_id}}/metafields", create_for_order, ORDERS),
    Endpoint("POST", f"{_P}/metafields", create_for_product, PRODUCTS),
    Endpoint("POST", f"{_P}/variants/{{variant_id}}/metafields", create_for_variant, PRODUCTS),
    *_SINGLE,
    *_BATCH,
)

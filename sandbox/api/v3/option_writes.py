"""Options and option values of a product (FACTS 5.5)."""

from sandbox.api.v3.checks import Choice, Listing, Number, Rules, Text, check, objects, require
from sandbox.call import Answer, Call, Endpoint, data
from sandbox.errors import JSON, Refused, not_found
from sandbox.store.catalog import touch
from sandbox.store.variants import add_option, add_option_value

PRODUCTS = "store_v2_products"
MOST_VALUES = 250

ORDER = Number(whole=True, least=-(2**31), most=2**31 - 1)

OPTION_RULES: Rules = {
    "sort_order": ORDER,
    "display_name": Text(1, 255),
    "type": Choice(
        (
            "radio_buttons",
            "rectangles",
            "dropdown",
            "product_list",
            "product_list_with_images",
            "swatch",
        )
    ),
    "option_values": Listing(dict, MOST_VALUES),
}
VALUE_RULES: Rules = {"label": Text(1, 255), "sort_order": ORDER}


def read(call: Call) -> Answer:
    """One option with its values."""
    return data(_option(call))


def create(call: Call) -> Answer:
    """Add an option with values."""
    product = call.product()
    body = call.json_object()
    require(body, "display_name", "type")
    check(body, OPTION_RULES)
    labels = _labels(objects(body.get("option_values", []), "option_values"))
    if len(set(labels)) < len(labels):
        raise Refused(422, "The option values must be unique.", {"option_values": "duplicate"})
    if any(row["display_name"] == body["display_name"] for row in product.options):
        raise Refused(409, "The option name is a duplicate", {"display_name": "duplicate"})
    row = add_option(call.store, product, body)
    touch(call.store, product)
    return data(row)


def update(call: Call) -> Answer:
    """Rename or reorder an option."""
    row = _option(call)
    body = call.json_object()
    check(body, OPTION_RULES)
    row.update({name: body[name] for name in ("display_name", "sort_order") if name in body})
    for variant in call.product().variants:
        for value in variant["option_values"]:
            if value["option_id"] == row["id"]:
                value["option_display_name"] = row["display_name"]
    touch(call.store, call.product())
    return data(row)


def delete(call: Call) -> Answer:
    """Delete an option no variant uses."""
    product, row = call.product(), _option(call)
    used = {value["option_id"] for entry in product.variants for value in entry["option_values"]}
    if row["id"] in used:
        raise Refused(422, "The option is used by variants.", {})
    product.options.remove(row)
    return Answer(None, 204)


def list_values(call: Call) -> Answer:
    """Values of an option."""
    return data(_option(call)["option_values"])


def create_value(call: Call) -> Answer:
    """Add a value; variants with it have to be added afterwards."""
    option = _option(call)
    body = call.json_object()
    require(body, "label")
    check(body, VALUE_RULES)
    if body["label"] in {row["label"] for row in option["option_values"]}:
        raise Refused(409, "The option value is a duplicate", {"label": "duplicate"})
    if len(option["option_values"]) >= MOST_VALUES:
        raise Refused(422, f"An option has at most {MOST_VALUES} values.", {})
    row = add_option_value(call.store, option, body)
    touch(call.store, call.product())
    return data(row)


def delete_value(call: Call) -> Answer:
    """Delete a value no variant uses."""
    product, option = call.product(), _option(call)
    number = call.ids["value_id"]
    row = next((value for value in option["option_values"] if value["id"] == number), None)
    if row is None:
        raise not_found()
    if any(value["id"] == number for entry in product.variants for value in entry["option_values"]):
        raise Refused(422, "The option value is used by variants.", {})
    option["option_values"].remove(row)
    touch(call.store, product)
    return Answer(None, 204)


def _labels(rows: list[JSON]) -> list[str]:
    for row in rows:
        require(row, "label")
        check(row, VALUE_RULES)
    return [str(row["label"]) for row in rows]


def _option(call: Call) -> JSON:
    for row in call.product().options:
        if row["id"] == call.ids["option_id"]:
            return row
    raise not_found()


_P = "/v3/catalog/products/{product_id}/options"
ENDPOINTS = (
    Endpoint("POST", _P, create, PRODUCTS),
    Endpoint("GET", f"{_P}/{{option_id}}", read, PRODUCTS),
    Endpoint("PUT", f"{_P}/{{option_id}}", update, PRODUCTS),
    Endpoint("DELETE", f"{_P}/{{option_id}}", delete, PRODUCTS),
    Endpoint("GET", f"{_P}/{{option_id}}/values", list_values, PRODUCTS),
    Endpoint("POST", f"{_P}/{{option_id}}/values", create_value, PRODUCTS),
    Endpoint("DELETE", f"{_P}/{{option_id}}/values/{{value_id}}", delete_value, PRODUCTS),
)

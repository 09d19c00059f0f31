"""Writing pictures and custom fields of a product one by one (FACTS 5.2, 5.6)."""

from sandbox.api.v3.checks import check, require
from sandbox.api.v3.product_rules import (
    CUSTOM_FIELD_RULES,
    IMAGE_RULES,
    check_custom_fields,
    check_images,
)
from sandbox.api.v3.product_writes import write_image
from sandbox.call import Answer, Call, Endpoint, data
from sandbox.errors import JSON, Refused, not_found
from sandbox.store.catalog import add_custom_fields, add_images, touch

PRODUCTS = "store_v2_products"
MOST_URL = 255
MOST_IMAGES = 1000
MOST_CUSTOM_FIELDS = 200


def create_image(call: Call) -> Answer:
    """Add a picture by address (at most 255 characters here) or by upload."""
    product = call.product()
    if len(product.images) >= MOST_IMAGES:
        raise Refused(422, f"A product has at most {MOST_IMAGES} images.", {})
    if isinstance(call.body, bytes):
        body: JSON = {"is_thumbnail": not product.images}
    else:
        body = call.json_object()
        require(body, "image_url")
        if len(str(body["image_url"])) > MOST_URL:
            raise Refused(422, "The image_url is too long.", {"image_url": "too long"})
        check_images(call.sandbox, [body], 400)
    row = add_images(call.store, product, [body])[0]
    touch(call.store, product)
    return data(row)


def update_image(call: Call) -> Answer:
    """Change a picture's texts; another address is ignored."""
    row = _one(call.product().images, call.ids["image_id"])
    body = call.json_object()
    check(body, IMAGE_RULES)
    write_image(call.product(), row, body)
    return data(row)


def delete_image(call: Call) -> Answer:
    """Delete a picture."""
    product = call.product()
    product.images.remove(_one(product.images, call.ids["image_id"]))
    if product.images and not any(row["is_thumbnail"] for row in product.images):
        product.images[0]["is_thumbnail"] = True
    touch(call.store, product)
    return Answer(None, 204)


def create_custom_field(call: Call) -> Answer:
    """Add a custom field."""
    product = call.product()
    body = call.json_object()
    new: JSON = {name: body[name] for name in ("name", "value") if name in body}
    check_custom_fields([new], product.custom_fields)
    if len(product.custom_fields) >= MOST_CUSTOM_FIELDS:
        raise Refused(422, f"A product has at most {MOST_CUSTOM_FIELDS} custom fields.", {})
    row = add_custom_fields(call.store, product, [new])[0]
    touch(call.store, product)
    return data(row)


def update_custom_field(call: Call) -> Answer:
    """Change a custom field."""
    product = call.product()
    row = _one(product.custom_fields, call.ids["field_id"])
    body = call.json_object()
    check(body, CUSTOM_FIELD_RULES)
    row.update({name: body[name] for name in ("name", "value") if name in body})
    touch(call.store, product)
    return data(row)


def delete_custom_field(call: Call) -> Answer:
    """Delete a custom field; leaving it out of a PUT does not."""
    product = call.product()
    product.custom_fields.remove(_one(product.custom_fields, call.ids["field_id"]))
    touch(call.store, product)
    return Answer(None, 204)


def _one(rows: list[JSON], number: int) -> JSON:
    for row in rows:
        if row["id"] == number:
            return row
    raise not_found()


_P = "/v3/catalog/products/{product_id}"
ENDPOINTS = (
    Endpoint("POST", f"{_P}/images", create_image, PRODUCTS),
    Endpoint("PUT", f"{_P}/images/{{image_id}}", update_image, PRODUCTS),
    Endpoint("DELETE", f"{_P}/images/{{image_id}}", delete_image, PRODUCTS),
    Endpoint("POST", f"{_P}/custom-fields", create_custom_field, PRODUCTS),
    Endpoint("PUT", f"{_P}/custom-fields/{{field_id}}", update_custom_field, PRODUCTS),
    Endpoint("DELETE", f"{_P}/custom-fields/{{field_id}}", delete_custom_field, PRODUCTS),
)

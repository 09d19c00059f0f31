"""Products as v3 shows them, with includes (FACTS 5.1)."""

from collections.abc import Callable

from sandbox.call import Call
from sandbox.errors import JSON, invalid
from sandbox.store.records import Product

# Either of these cuts the page to ten products, whatever the limit.
SLOW_INCLUDES = frozenset({"options", "modifiers"})
SLOW_PAGE = 10


def _primary_image(product: Product) -> JSON | None:
    return next((row for row in product.images if row["is_thumbnail"]), None)


INCLUDES: dict[str, Callable[[Product], object]] = {
    "variants": lambda product: product.variants,
    "images": lambda product: product.images,
    "custom_fields": lambda product: product.custom_fields,
    "bulk_pricing_rules": lambda product: product.bulk_pricing_rules,
    "primary_image": _primary_image,
    "modifiers": lambda product: product.modifiers,
    "options": lambda product: product.options,
    "videos": lambda product: product.videos,
    "channels": lambda product: product.channels,
    "parent_relations": lambda product: [],
    "reviews": lambda product: [],
}

# These cannot be left out (FACTS 5.1).
ALWAYS = ("id", "gift_wrapping_options_type", "gift_wrapping_options_list")


def includes(call: Call) -> list[str]:
    """The include parameter. Raises Refused 422 for a name that cannot be included."""
    names = [part.strip() for part in call.query.get("include", "").split(",") if part.strip()]
    for name in names:
        if name not in INCLUDES:
            raise invalid("include", f"'{name}' is not a valid include.")
    return names


def renderer(names: list[str], keep: Callable[[JSON], JSON]) -> Callable[[Product], JSON]:
    """A function that renders one product with the given includes and chosen fields."""

    def render(product: Product) -> JSON:
        body = dict(keep(product.fields))
        for name in names:
            body[name] = INCLUDES[name](product)
        return body

    return render


def whole(product: Product) -> JSON:
    """A product with everything, as create and update answer."""
    names = ["variants", "images", "custom_fields", "bulk_pricing_rules", "options", "modifiers"]
    return renderer([*names, "videos"], lambda fields: fields)(product)

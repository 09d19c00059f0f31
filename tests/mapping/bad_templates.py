"""Templates that would do harm, each with what the linter must find in it."""

from app.mapping.sets import MappingSet
from tests.mapping.template_parts import (
    EMPTY,
    IGNORE,
    Sample,
    by_set,
    constant,
    field,
    rules,
    table,
    when,
    with_base,
)

PRICE, COST = "listing_variant.list_price", "listing_variant.estimated_cost"
VARIANT_PRICE, SALE = "bigcommerce_variant__price", "bigcommerce_variant__sale_price"
TITLE, BRAND = "listing__title", "listing__brand"
COLOURS = table("colours", ("Red", "Rot"), ("Blue", "Blau"))


def imported(
    name: str, code: str, *sets: MappingSet, unit: str | None = None, **changes: object
) -> Sample:
    return Sample(
        name, "import_listings", with_base("import_listings", **changes), code, tuple(sets), unit
    )


def published(name: str, code: str, *sets: MappingSet, **changes: object) -> Sample:
    return Sample(
        name, "publish_listings", with_base("publish_listings", **changes), code, tuple(sets)
    )


def synced(name: str, code: str, **changes: object) -> Sample:
    return Sample(name, "sync_listings", with_base("sync_listings", **changes), code)


def ordered(name: str, code: str, **changes: object) -> Sample:
    return Sample(name, "get_orders", with_base("get_orders", **changes), code)


def shipped(name: str, code: str, **changes: object) -> Sample:
    return Sample(name, "sync_orders", with_base("sync_orders", **changes), code)


def band(low: object, high: object) -> dict[str, object]:
    return {"all": [when(COST, "gte", low), when(COST, "lt", high)]}


BAD = (
    ordered("quantity not mapped", "required_unmapped", line_item__quantity=None),
    ordered("quantity ignored", "required_unmapped", line_item__quantity=IGNORE),
    synced("stock cleared", "required_empty", bigcommerce_variant__inventory_level=EMPTY),
    shipped(
        "tracking number blank",
        "required_empty",
        bigcommerce_shipment__tracking_number=constant(""),
    ),
    synced(
        "price only by rule",
        "required_not_always",
        bigcommerce_variant__price=rules((when(PRICE, "gt", 0), field(PRICE))),
    ),
    imported("target misspelt", "unknown_target", listing__titel=field("bigcommerce_product.name")),
    imported(
        "source misspelt", "unknown_source", listing__brand=field("bigcommerce_product.brnad")
    ),
    imported(
        "price mapped twice",
        "target_twice",
        listing__price=field("bigcommerce_product.price"),
        listing__list_price=field("bigcommerce_product.sale_price"),
    ),
    imported("name as quantity", "wrong_type", listing__quantity=field("bigcommerce_product.name")),
    imported(
        "images as price", "wrong_type", listing__list_price=field("bigcommerce_product.images")
    ),
    ordered(
        "date as amount", "wrong_type", order__total_inc_tax=field("bigcommerce_order.date_created")
    ),
    published("words as price", "wrong_type", bigcommerce_product__price=constant("19.99 USD")),
    published(
        "unit behind a price",
        "wrong_type",
        bigcommerce_product__price=field("listing.price", {"do": "suffix", "text": " USD"}),
    ),
    published("name too long", "too_long", bigcommerce_product__name=constant("x" * 251)),
    published(
        "cut too late",
        "truncate_too_long",
        bigcommerce_product__name=field("listing.title", {"do": "truncate", "length": 300}),
    ),
    published(
        "description as name",
        "html_in_text",
        bigcommerce_product__name=field("listing.description"),
    ),
    imported("blank constant", "empty_constant", listing__brand=constant("  ")),
    published(
        "type that is none", "not_in_enumeration", bigcommerce_product__type=constant("service")
    ),
    published("condition cleared", "cannot_be_empty", bigcommerce_product__condition=EMPTY),
    synced(
        "rule behind a wider one",
        "unreachable_rule",
        bigcommerce_variant__price=rules(
            (when(COST, "gt", 10), field(PRICE)),
            (when(COST, "gt", 100), field("listing_variant.map")),
            otherwise=field(PRICE),
        ),
    ),
    imported(
        "rule behind one that always holds",
        "unreachable_rule",
        listing__brand=rules(
            (None, field("bigcommerce_product.brand")),
            (when("bigcommerce_product.brand", "exists"), constant("x")),
        ),
    ),
    imported(
        "rule that contradicts itself",
        "rule_never_true",
        listing__brand=rules(
            (
                {
                    "all": [
                        when("bigcommerce_product.brand", "equals", "A"),
                        when("bigcommerce_product.brand", "equals", "B"),
                    ]
                },
                constant("C"),
            ),
            otherwise=field("bigcommerce_product.brand"),
        ),
    ),
    imported(
        "upper bound below the lower",
        "rule_never_true",
        listing__brand=rules(
            (when("bigcommerce_product.price", "between", [100, 10]), constant("C")),
            otherwise=field("bigcommerce_product.brand"),
        ),
    ),
    synced(
        "price bands overlap",
        "tiers_overlap",
        bigcommerce_variant__price=rules(
            (band(0, 50), field(PRICE)),
            (band(40, 90), field("listing_variant.msrp")),
            otherwise=field(PRICE),
        ),
    ),
    synced(
        "price bands leave a gap",
        "tiers_gap",
        bigcommerce_variant__sale_price=rules(
            (band(0, 50), field(PRICE)), (band(60, 90), field("listing_variant.msrp"))
        ),
    ),
    imported(
        "set that does not exist",
        "set_missing",
        listing__brand=by_set("bigcommerce_product.brand", "colors"),
    ),
    imported(
        "set without entries",
        "set_empty",
        table("none"),
        listing__brand=by_set("bigcommerce_product.brand", "none"),
    ),
    imported(
        "set with two answers",
        "set_duplicate",
        table("twice", ("a", "x"), ("a", "y")),
        listing__brand=by_set("bigcommerce_product.brand", "twice"),
    ),
    imported(
        "set with capitals",
        "set_case_variants",
        table("case", ("Red", "x"), ("red ", "y")),
        listing__brand=by_set("bigcommerce_product.brand", "case"),
    ),
    imported(
        "fallback without value",
        "fallback_missing",
        COLOURS,
        listing__brand=by_set("bigcommerce_product.brand", "colours", "fallback"),
    ),
    published(
        "set gives a wrong type",
        "set_value_not_allowed",
        table("types", ("a", "physical"), ("b", "service")),
        bigcommerce_product__type=by_set("listing.type", "types"),
    ),
    published(
        "cost shown to shoppers",
        "confidential_public",
        bigcommerce_product__custom_fields=field("listing.estimated_cost"),
    ),
    shipped(
        "phone in the shipping mail",
        "personal_data_public",
        bigcommerce_shipment__comments=field("shipping_address.phone"),
    ),
    ordered(
        "e-mail as order status",
        "personal_data_unprotected",
        order__status=field("bigcommerce_billing_address.email"),
    ),
    published(
        "access key in a template",
        "secret_in_template",
        bigcommerce_product__warranty=constant("access_token: 8f3kd92lsk3d"),
    ),
    published(
        "e-mail for everybody",
        "personal_data_public",
        bigcommerce_product__warranty=constant("Write to jane@example.com"),
    ),
    synced(
        "division by zero",
        "division_by_zero",
        bigcommerce_variant__price=field(PRICE, {"do": "divide", "value": 0}),
    ),
    imported(
        "pattern that cannot be read",
        "bad_pattern",
        listing__brand=field(
            "bigcommerce_product.brand", {"do": "regex_replace", "pattern": "(", "with": ""}
        ),
    ),
    imported(
        "unknown unit",
        "bad_unit",
        listing__weight=field(
            "bigcommerce_product.weight", {"do": "convert_unit", "from": "stone", "to": "kg"}
        ),
    ),
    imported(
        "weight in centimetres",
        "unit_mismatch",
        listing__weight=field(
            "bigcommerce_product.weight", {"do": "convert_unit", "from": "in", "to": "cm"}
        ),
    ),
    imported(
        "pounds taken for kilograms",
        "unit_not_converted",
        unit="Pounds",
        listing__weight=field("bigcommerce_product.weight"),
    ),
    published(
        "the same SKU everywhere", "constant_identifier", bigcommerce_variant__sku=constant("TOY-1")
    ),
    synced(
        "the same stock everywhere",
        "same_everywhere",
        bigcommerce_variant__inventory_level=constant(100),
    ),
    synced("negative price", "too_small", bigcommerce_variant__price=constant(-5)),
    imported(
        "amount compared with words",
        "condition_type",
        listing__brand=rules(
            (when("bigcommerce_product.price", "gt", "cheap"), constant("x")),
            otherwise=field("bigcommerce_product.brand"),
        ),
    ),
    imported(
        "age of a name",
        "condition_type",
        listing__brand=rules(
            (when("bigcommerce_product.name", "older_than", "3d"), constant("x")),
            otherwise=field("bigcommerce_product.brand"),
        ),
    ),
    imported(
        "compared with nothing",
        "condition_without_value",
        listing__brand=rules(
            (when("bigcommerce_product.brand", "equals"), constant("x")),
            otherwise=field("bigcommerce_product.brand"),
        ),
    ),
    published(
        "category without its parent",
        "category_level_gap",
        bigcommerce_product__category_level_2=field("listing.category_2"),
    ),
    ordered(
        "rate of zero",
        "bad_rate",
        order__total_inc_tax=field(
            "bigcommerce_order.total_inc_tax", {"do": "convert_currency", "to": "USD", "rate": 0}
        ),
    ),
    ordered(
        "currency in words",
        "bad_currency",
        order__total_inc_tax=field(
            "bigcommerce_order.total_inc_tax",
            {"do": "convert_currency", "to": "dollars", "rate": 2},
        ),
    ),
    imported(
        "every record skipped",
        "stops_everything",
        listing__brand=field("bigcommerce_product.brand", {"do": "skip_record", "reason": "x"}),
    ),
    imported("no rules at all", "no_rules", listing__brand={"kind": "rules", "rules": []}),
    imported("kind that is none", "invalid_mapping", listing__brand={"kind": "script"}),
    synced(
        "bounds the wrong way round",
        "clamp_bounds",
        bigcommerce_variant__price=field(PRICE, {"do": "clamp", "min": 20, "max": 10}),
    ),
    imported(
        "result used outside rules", "result_outside_rules", listing__brand=field("@previous")
    ),
)

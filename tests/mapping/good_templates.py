"""Templates that shops use; the linter must leave them alone."""

from app.mapping.defaults import NAMES, default_mappings
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
NAME, BRAND = "bigcommerce_product.name", "bigcommerce_product.brand"
KG = {"do": "convert_unit", "from": "store", "to": "kg"}
COLOURS = table("colours", ("Red", "Rot"), ("Blue", "Blau"))
STATES = table("states", ("California", "CA"), ("New York", "NY"))
CARRIERS = table("carriers", ("U.P.S.", "ups"), ("FedEx", "fedex"))


def imported(name: str, *sets: MappingSet, unit: str | None = None, **changes: object) -> Sample:
    return Sample(
        name, "import_listings", with_base("import_listings", **changes), "", tuple(sets), unit
    )


def published(name: str, **changes: object) -> Sample:
    return Sample(name, "publish_listings", with_base("publish_listings", **changes))


def synced(name: str, **changes: object) -> Sample:
    return Sample(name, "sync_listings", with_base("sync_listings", **changes))


def ordered(name: str, *sets: MappingSet, **changes: object) -> Sample:
    return Sample(name, "get_orders", with_base("get_orders", **changes), "", tuple(sets))


def shipped(name: str, *sets: MappingSet, **changes: object) -> Sample:
    return Sample(name, "sync_orders", with_base("sync_orders", **changes), "", tuple(sets))


def band(low: object, high: object) -> dict[str, object]:
    return {"all": [when(COST, "gte", low), when(COST, "lt", high)]}


def marked_up(factor: object) -> dict[str, object]:
    return field(COST, {"do": "multiply", "value": factor}, {"do": "round_up_to", "ending": 0.99})


GOOD = (
    *(Sample(f"default {name}", name, default_mappings(name)) for name in NAMES),
    imported("least"),
    synced("least"),
    published("least"),
    ordered("least"),
    shipped("least"),
    imported(
        "description without HTML",
        listing__description=field("bigcommerce_product.description", {"do": "strip_html"}),
    ),
    imported("description as it is", listing__description=field("bigcommerce_product.description")),
    imported("brand cleared", listing__brand=EMPTY),
    imported("brand ignored", listing__brand=IGNORE),
    imported("constant brand", listing__brand=constant("Acme")),
    imported(
        "weight converted", listing__weight=field("bigcommerce_product.weight", KG), unit="Pounds"
    ),
    imported(
        "weight taken as it is",
        listing__weight=field("bigcommerce_product.weight"),
        unit="Kilograms",
    ),
    imported("brand by set", COLOURS, listing__brand=by_set(BRAND, "colours")),
    imported(
        "brand by set with fallback",
        COLOURS,
        listing__brand=by_set(BRAND, "colours", "fallback", fallback="Bunt"),
    ),
    imported("brand by strict set", COLOURS, listing__brand=by_set(BRAND, "colours", "fail")),
    imported(
        "look-up as a step",
        COLOURS,
        listing__brand=field(BRAND, {"do": "trim"}, {"do": "lookup", "mapping_set_id": "colours"}),
    ),
    Sample(
        "custom fields by name",
        "import_listings",
        with_base(
            "import_listings",
            **{
                "listing.custom_field:Material": field("bigcommerce_product.custom_field:Material"),
                "listing.attribute:Color": field("bigcommerce_variant.option:Color"),
            },
        ),
    ),
    imported(
        "number from a custom field",
        listing__quantity=field("bigcommerce_product.custom_field:Stock"),
    ),
    imported(
        "first that is not empty",
        listing__mpn=field(
            "bigcommerce_product.mpn",
            {"do": "first_non_empty", "fields": ["bigcommerce_product.sku"]},
        ),
    ),
    imported(
        "brand by rules",
        listing__brand=rules(
            (when(NAME, "contains", "lego"), constant("Lego")),
            (when(BRAND, "is_empty"), constant("No name")),
            otherwise=field(BRAND),
        ),
    ),
    imported(
        "cascade from above",
        listing__brand=rules(
            (when("bigcommerce_product.price", "gte", 100), constant("Premium")),
            (when("bigcommerce_product.price", "gte", 50), constant("Plus")),
            otherwise=constant("Basic"),
        ),
    ),
    imported(
        "skips drafts",
        listing__brand=rules(
            (
                when("bigcommerce_product.is_visible", "equals", False),
                constant("", {"do": "skip_record", "reason": "Hidden in the store"}),
            ),
            otherwise=field(BRAND),
        ),
    ),
    imported(
        "recent products",
        listing__condition=rules(
            (
                when("bigcommerce_product.date_created", "within_last", "30d"),
                constant("New arrival"),
            ),
            otherwise=field("bigcommerce_product.condition"),
        ),
    ),
    imported("images added", listing__images=field("bigcommerce_product.images", list_mode="add")),
    imported(
        "part of the SKU",
        listing__quantity=field(
            "bigcommerce_product.sku", {"do": "split", "separator": "-", "index": -1}
        ),
    ),
    synced(
        "markup in tiers",
        bigcommerce_variant__price=rules(
            (band(0, 10), marked_up(2)),
            (band(10, 50), marked_up(1.5)),
            (when(COST, "gte", 50), marked_up(1.3)),
            otherwise=field(PRICE),
        ),
    ),
    synced(
        "tiers by cents",
        bigcommerce_variant__sale_price=rules(
            (when(COST, "between", [0, 9.99]), marked_up(2)),
            (when(COST, "between", [10, 49.99]), marked_up(1.5)),
        ),
    ),
    synced(
        "two bands on purpose",
        bigcommerce_variant__price=rules(
            (band(0, 10), marked_up(2)), (band(20, 30), marked_up(3)), otherwise=field(PRICE)
        ),
    ),
    synced(
        "buffer",
        bigcommerce_variant__inventory_level=field(
            "listing_variant.quantity", {"do": "subtract", "value": 2}, {"do": "clamp", "min": 0}
        ),
    ),
    synced(
        "bounded by MAP",
        bigcommerce_variant__price=field(
            PRICE, {"do": "clamp", "min": {"field": "listing_variant.map"}}
        ),
    ),
    synced("list price as sale price", bigcommerce_variant__sale_price=field(PRICE)),
    synced("no sale", bigcommerce_variant__sale_price=EMPTY),
    synced(
        "aggregate field by name",
        **{
            "bigcommerce_variant__custom_field:Offer": field(
                "listing_variant.custom_aggregate_field"
            )
        },
    ),
    published(
        "name cut",
        bigcommerce_product__name=field(
            "listing.title", {"do": "truncate", "length": 250, "words": True}
        ),
    ),
    published("always physical", bigcommerce_product__type=constant("physical")),
    published("spelt in capitals", bigcommerce_product__type=constant("Physical")),
    published(
        "three levels",
        bigcommerce_product__category_level_1=field("listing.category_1"),
        bigcommerce_product__category_level_2=field("listing.category_2"),
        bigcommerce_product__category_level_3=field("listing.category_3"),
    ),
    published(
        "short description from HTML",
        bigcommerce_product__meta_description=field(
            "listing.description", {"do": "strip_html"}, {"do": "truncate", "length": 160}
        ),
    ),
    published(
        "cost where only the shop sees it",
        bigcommerce_product__cost_price=field("listing.estimated_cost"),
    ),
    published(
        "name with brand",
        bigcommerce_product__name=field(
            "listing.brand", {"do": "join", "separator": " ", "fields": ["listing.title"]}
        ),
    ),
    published(
        "options as custom fields",
        bigcommerce_variant__custom_fields=field("listing_variant.option"),
    ),
    ordered(
        "customer message kept as message",
        order__customer_message=field("bigcommerce_order.customer_message"),
    ),
    ordered(
        "state code by set",
        STATES,
        billing_address__state_code=by_set("bigcommerce_billing_address.state", "states"),
    ),
    ordered(
        "converted by the order's rate",
        order__total_inc_tax=field(
            "bigcommerce_order.total_inc_tax",
            {
                "do": "convert_currency",
                "from": {"field": "bigcommerce_order.currency_code"},
                "to": "USD",
                "rate": {"field": "bigcommerce_order.currency_exchange_rate"},
            },
        ),
    ),
    ordered(
        "engraving kept",
        **{"line_item__custom_field:Engraving": field("bigcommerce_line_item.option:Engraving")},
    ),
    ordered("weight in store units", line_item__weight=field("bigcommerce_line_item.weight")),
    shipped(
        "provider by set",
        CARRIERS,
        bigcommerce_shipment__shipping_provider=by_set(
            "shipment.carrier", "carriers", "fallback", fallback="ups"
        ),
    ),
    shipped("provider cleared", bigcommerce_shipment__shipping_provider=EMPTY),
    shipped("registered carrier", bigcommerce_shipment__shipping_provider=constant("carrier_12")),
    shipped(
        "link built from the number",
        bigcommerce_shipment__tracking_link=field(
            "shipment.tracking_number", {"do": "prefix", "text": "https://track.example/"}
        ),
    ),
)

"""Whole records: groups, repeated groups, the store's own names, fields by name."""

from decimal import Decimal

from app.mapping.defaults import default_mappings
from app.mapping.engine.compile import compile_template
from app.mapping.records import by_name, evaluate_record, take_apart
from tests.mapping.engine import context

PRODUCT = {
    "id": 77,
    "name": "Luxury Toy Set",
    "sku": "TOY-001",
    "price": "19.9900",
    "inventory_level": 100,
    "weight": 2.5,
    "depth": 10,
    "images": [{"url_standard": "https://cdn.example/toy.jpg", "is_thumbnail": True}],
    "categories": [["Toys", "Educational"]],
    "brand": "Acme",
    "custom_fields": [{"id": 9, "name": "Material", "value": "Wood"}],
}
VARIANTS = [
    {
        "id": 1,
        "sku": "TOY-BLUE",
        "price": None,
        "inventory_level": 50,
        "image_url": "https://cdn.example/blue.jpg",
        "option_values": [{"option_display_name": "Color", "label": "Blue"}],
    },
    {"id": 2, "sku": "TOY-RED", "price": 21.99, "inventory_level": 0, "image_url": ""},
]
ORDER = {
    "id": 250,
    "status": "Awaiting Fulfillment",
    "date_created": "Wed, 10 Jan 2018 21:05:30 +0000",
    "date_shipped": "",
    "subtotal_inc_tax": "97.2000",
    "geoip_country": "United States",
    "store_default_to_transactional_exchange_rate": "1.0000000000",
}
BILLING = {"first_name": "J", "street_1": "123 Main St", "country_iso2": "US", "state_code": "CA"}
ADDRESSES = [{"id": 20, "street_1": "1 Oak"}, {"id": 21, "street_1": "2 Elm"}]
LINES = [
    {"id": 1, "sku": "A", "quantity": 2, "order_address_id": 21, "weight": "1.5"},
    {"id": 2, "sku": "", "quantity": 1, "order_address_id": 20},
    {"id": 3, "sku": "C", "quantity": 1, "order_address_id": 0, "type": "digital"},
]


def test_importing_a_product_with_the_default_template() -> None:
    template = compile_template("import_listings", default_mappings("import_listings"))
    record = {"bigcommerce_product": PRODUCT, "bigcommerce_variant": VARIANTS}
    mapped = evaluate_record(template, record, context("Pounds", "Inches"))
    nested = mapped.nested()
    assert mapped.ok
    listing = nested["listing"]
    assert listing["title"] == "Luxury Toy Set"
    assert listing["list_price"] == Decimal("19.99")
    assert listing["weight"] == Decimal("1.133981")
    assert listing["length"] == Decimal("25.4")
    assert listing["category_path"] == [["Toys", "Educational"]]
    assert listing["images"] == ["https://cdn.example/toy.jpg"]
    assert listing["custom_fields"] == [{"name": "Material", "value": "Wood"}]
    assert "upc" not in listing
    blue, red = nested["listing_variant"]
    assert blue["list_price"] is None
    assert blue["options"] == {"Color": "Blue"}
    assert blue["image"] == "https://cdn.example/blue.jpg"
    assert (red["sku"], red["quantity"], red["list_price"]) == ("TOY-RED", 0, Decimal("21.99"))


def test_an_order_as_the_store_sends_it() -> None:
    template = compile_template("get_orders", default_mappings("get_orders"), name="Get Orders 1")
    record = {
        "bigcommerce_order": ORDER,
        "bigcommerce_billing_address": BILLING,
        "bigcommerce_shipping_address": ADDRESSES,
        "bigcommerce_line_item": LINES,
    }
    mapped = evaluate_record(template, record, context(), record_id="250")
    nested = mapped.nested()
    order = nested["order"]
    assert order["order_id"] == "250"
    assert order["subtotal_inc_tax"] == Decimal("97.2")
    assert order["geo_ip_country"] == "United States"
    assert order["exchange_rate"] == 1
    assert order["date_shipped"] is None
    billing = nested["billing_address"]
    assert billing["street_address_1"] == "123 Main St"
    assert (billing["country_iso_2"], billing["state_code"]) == ("US", "CA")
    assert [a["street_address_1"] for a in nested["shipping_address"]] == ["1 Oak", "2 Elm"]
    assert [line["quantity"] for line in nested["line_item"]] == [2, 1, 1]
    assert [(p.field, p.code, p.record) for p in mapped.problems] == [
        ("line_item.sku", "required_missing", "250")
    ]


def test_a_line_is_mapped_with_its_own_address_and_order() -> None:
    join = {
        "do": "join",
        "separator": "/",
        "fields": ["bigcommerce_order.order_id", "bigcommerce_shipping_address.street_1"],
    }
    mappings = {
        "line_item.name": {"kind": "field", "source": "bigcommerce_line_item.sku", "steps": [join]}
    }
    template = compile_template("get_orders", mappings)
    record = {
        "bigcommerce_order": ORDER,
        "bigcommerce_shipping_addresses": ADDRESSES,
        "bigcommerce_line_items": LINES,
    }
    lines = evaluate_record(template, record, context()).nested()["line_item"]
    assert [line["name"] for line in lines] == ["A/250/2 Elm", "250/1 Oak", "C/250"]


def test_our_own_names_win_over_the_stores() -> None:
    order = {"handling_cost_inc_tax": "1", "handling_cost_including_tax": "2"}
    flat = take_apart("get_orders", {"bigcommerce_order": order}).base
    assert flat == {"bigcommerce_order.handling_cost_including_tax": "2"}
    flat = take_apart("get_orders", {"bigcommerce_order.handling_cost_inc_tax": "1"}).base
    assert flat == {"bigcommerce_order.handling_cost_including_tax": "1"}


def test_fields_by_name_end_up_in_their_list() -> None:
    mappings = {
        "listing.custom_fields": {"kind": "field", "source": "bigcommerce_product.custom_fields"},
        "listing.custom_field:Origin": {"kind": "value", "value": "Store"},
        "listing.attribute:Weight": {"kind": "field", "source": "bigcommerce_product.weight"},
        "listing_variant.option:Size": {"kind": "value", "value": "S"},
    }
    template = compile_template("import_listings", mappings)
    record = {"bigcommerce_product": PRODUCT, "bigcommerce_variant": VARIANTS[:1]}
    mapped = evaluate_record(template, record, context())
    nested = mapped.nested()
    assert nested["listing"] == {
        "custom_fields": [
            {"name": "Material", "value": "Wood"},
            {"name": "Origin", "value": "Store"},
        ],
        "attributes": [{"name": "Weight", "value": "2.5"}],
    }
    assert nested["listing_variant"] == [{"options": {"Size": "S"}}]
    listing = mapped.once["listing"]
    assert listing.added == {"listing.attributes"}
    assert by_name(listing, "listing.custom_field") == {"Origin": "Store"}


def test_a_cleared_name_leaves_the_list() -> None:
    mappings = {
        "listing.custom_fields": {"kind": "field", "source": "bigcommerce_product.custom_fields"},
        "listing.custom_field:Material": {"kind": "empty"},
    }
    template = compile_template("import_listings", mappings)
    mapped = evaluate_record(template, {"bigcommerce_product": PRODUCT}, context())
    assert mapped.nested()["listing"] == {"custom_fields": []}
    assert mapped.once["listing"].cleared == {"listing.custom_field:Material"}


def test_lists_can_be_added_to() -> None:
    mapping = {"kind": "field", "source": "bigcommerce_product.images", "list_mode": "add"}
    template = compile_template("import_listings", {"listing.images": mapping})
    mapped = evaluate_record(template, {"bigcommerce_product": PRODUCT}, context())
    assert mapped.once["listing"].added == {"listing.images"}


def test_a_skipped_variant_is_left_out_and_a_skipped_product_skips_the_record() -> None:
    def skipping(source: str, of: object) -> dict[str, object]:
        stop = {"kind": "value", "value": "", "steps": [{"do": "skip_record", "reason": "Red"}]}
        when = {"field": source, "op": "equals", "value": of}
        return {
            "kind": "rules",
            "rules": [{"when": when, "then": stop}],
            "otherwise": {"kind": "field", "source": source},
        }

    record = {"bigcommerce_product": PRODUCT, "bigcommerce_variant": VARIANTS}
    sku = skipping("bigcommerce_variant.sku", "TOY-RED")
    mapped = evaluate_record(
        compile_template("import_listings", {"listing_variant.sku": sku}), record, context()
    )
    assert mapped.outcome == "mapped"
    assert mapped.nested()["listing_variant"] == [{"sku": "TOY-BLUE"}]
    title = skipping("bigcommerce_product.name", "Luxury Toy Set")
    mapped = evaluate_record(
        compile_template("import_listings", {"listing.title": title}), record, context()
    )
    assert (mapped.outcome, mapped.reason) == ("skipped", "Red")


def test_what_occurs_once_sees_the_first_entry() -> None:
    mapping = {"kind": "field", "source": "bigcommerce_variant.sku"}
    template = compile_template("import_listings", {"listing.master_sku": mapping})
    record = {"bigcommerce_product": {}, "bigcommerce_variant": VARIANTS}
    assert evaluate_record(template, record, context()).nested()["listing"] == {
        "master_sku": "TOY-BLUE"
    }


def test_a_record_may_be_flat_or_as_the_store_sends_it() -> None:
    template = compile_template("import_listings", default_mappings("import_listings"))
    flat = {
        "bigcommerce_product.name": "Toy",
        "bigcommerce_product.sku": "T",
        "bigcommerce_variant.sku": "T-1",
    }
    mapped = evaluate_record(template, flat, context())
    assert mapped.nested() == {
        "listing": {"title": "Toy", "master_sku": "T"},
        "listing_variant": [{"sku": "T-1"}],
    }
    assert mapped.flat() == {
        "listing.title": "Toy",
        "listing.master_sku": "T",
        "listing_variant.sku": "T-1",
    }
    raw = {"name": "Toy", "sku": "T", "variants": [{"sku": "T-1"}, {"sku": "T-2"}]}
    variants = evaluate_record(template, raw, context()).nested()["listing_variant"]
    assert [variant["sku"] for variant in variants] == ["T-1", "T-2"]
    orders = compile_template("get_orders", default_mappings("get_orders"))
    order = {
        **ORDER,
        "billing_address": BILLING,
        "products": LINES,
        "shipping_addresses": ADDRESSES,
    }
    nested = evaluate_record(orders, order, context()).nested()
    assert nested["order"]["order_id"] == "250"
    linked = {**ORDER, "products": {"url": "https://x", "resource": "/orders/250/products"}}
    assert evaluate_record(orders, linked, context()).nested()["line_item"] == []
    assert nested["billing_address"]["state_code"] == "CA"
    assert len(nested["line_item"]) == 3
    assert len(nested["shipping_address"]) == 2

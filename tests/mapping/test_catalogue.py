"""The field catalogue against the list of features, row by row."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.mapping.catalogue import CATALOGUES, Catalogue, UnknownIntegration, catalogue_of, describe

SEEDS = Path(__file__).parents[3] / "shared" / "seeds"
STARTS = {
    "Import Listings": "import_listings",
    "Sync & Link Listings": "sync_listings",
    "Publish Listings": "publish_listings",
    "Get Orders": "get_orders",
    "Sync Orders": "sync_orders",
}


def seed_rows() -> Iterator[tuple[str, str, bool]]:
    """Integration, row text without its mark, and whether it is required."""
    integration, inside, row = "", False, ""
    text = "\n".join(path.read_text() for path in sorted(SEEDS.glob("*.txt")))
    for line in (raw.strip() for raw in text.splitlines()):
        if line in STARTS:
            integration = STARTS[line]
        if line == "Complete Field Mappings":
            inside, row = True, ""
        elif line.startswith(("Practice Mapping", "Note: For accepted")):
            inside = False
        elif inside and line:
            if "Maps To Example" in line or line.endswith(" Fields") or line.startswith("Below"):
                row = ""
                continue
            row = f"{row} {line}".strip()
            if line.endswith((" Optional", " Required")):
                yield integration, row.rpartition(" ")[0], line.endswith("Required")
                row = ""


def found(catalogue: Catalogue, row: str, required: bool) -> bool:
    shipments = catalogue.integration == "sync_orders"
    for target in catalogue.targets.fields:
        names = [target.label, f"{target.group_label} - {target.label}"]
        for source in catalogue.sources.fields:
            pairs = [f"{source.label} {name} " for name in names]
            if shipments:
                pairs = [f"{target.label} Shipment - {source.label} "]
            if any(row.startswith(pair) for pair in pairs) and target.required is required:
                return True
    return False


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the list of features is not beside the checkout")
def test_every_row_of_the_list_of_features_is_in_the_catalogue() -> None:
    rows = list(seed_rows())
    missing = [row for row in rows if not found(catalogue_of(row[0]), row[1], row[2])]
    assert missing == []
    counts = {name: sum(row[0] == name for row in rows) for name in STARTS.values()}
    assert counts == {
        "import_listings": 18,
        "sync_listings": 10,
        "publish_listings": 36,
        "get_orders": 106,
        "sync_orders": 8,
    }


@pytest.mark.parametrize(
    ("integration", "required"),
    [
        ("import_listings", {"listing.title", "listing.master_sku"}),
        ("sync_listings", {"bigcommerce_variant.inventory_level", "bigcommerce_variant.price"}),
        (
            "publish_listings",
            {
                "bigcommerce_product.name",
                "bigcommerce_product.type",
                "bigcommerce_product.price",
                "bigcommerce_variant.weight",
            },
        ),
        ("get_orders", {"order.date_created", "line_item.quantity", "line_item.sku"}),
        ("sync_orders", {"bigcommerce_shipment.tracking_number"}),
        ("link_listings", set()),
    ],
)
def test_required_marks(integration: str, required: set[str]) -> None:
    fields = CATALOGUES[integration].targets.fields
    assert {field.key for field in fields if field.required} == required


@pytest.mark.parametrize("integration", sorted(CATALOGUES))
def test_keys_are_unique_and_descriptions_complete(integration: str) -> None:
    catalogue = CATALOGUES[integration]
    for side in (catalogue.sources, catalogue.targets):
        keys = [field.key for field in side.fields]
        aliases = [alias for field in side.fields for alias in field.aliases]
        assert len(set(keys)) == len(keys)
        assert not set(keys) & set(aliases)
        assert len(set(aliases)) == len(aliases)
    described = describe(integration)
    for entry in described["source"] + described["target"]:
        assert {"key", "label", "group", "type", "example"} <= set(entry)
        assert entry["label"]
        assert entry["example"]
    assert all(isinstance(entry["required"], bool) for entry in described["target"])


@pytest.mark.parametrize(
    ("integration", "source", "target"),
    [
        ("import_listings", "bigcommerce_product.name", "listing.title"),
        ("import_listings", "bigcommerce_variant.sku", "listing_variant.list_price"),
        ("publish_listings", "listing.title", "bigcommerce_product.name"),
        ("sync_listings", "listing_variant.quantity", "bigcommerce_variant.inventory_level"),
        ("get_orders", "bigcommerce_order.total_inc_tax", "order.total_inc_tax"),
        ("get_orders", "bigcommerce_billing_address.state_code", "billing_address.state_code"),
        ("get_orders", "bigcommerce_shipping_address.zip", "shipping_address.zip"),
        ("get_orders", "bigcommerce_line_item.price_ex_tax", "line_item.price_ex_tax"),
        ("get_orders", "bigcommerce_order.subtotal_including_tax", "order.subtotal_inc_tax"),
        ("get_orders", "bigcommerce_order.subtotal_inc_tax", "order.subtotal_including_tax"),
        ("get_orders", "bigcommerce_billing_address.street_1", "billing_address.street_address_1"),
        ("sync_orders", "shipment.tracking_number", "bigcommerce_shipment.tracking_number"),
        ("import_listings", "bigcommerce_product.custom_field:Material", "listing.brand"),
        ("import_listings", "bigcommerce_variant.option:Color", "listing.custom_field:Material"),
        ("import_listings", "bigcommerce_product.metafield:specs.color", "listing.upc"),
        ("get_orders", "bigcommerce_line_item.option:Engraving", "line_item.custom_field:Text"),
        ("publish_listings", "listing.custom_field:X", "bigcommerce_product.metafield:a.b"),
    ],
)
def test_keys_of_the_contract_and_fields_by_name(
    integration: str, source: str, target: str
) -> None:
    assert catalogue_of(integration).source(source) is not None
    assert catalogue_of(integration).target(target) is not None


def test_unknown_keys_and_integrations() -> None:
    assert catalogue_of("get_orders").target("order.nonsense") is None
    assert catalogue_of("import_listings").source("bigcommerce_product.custom_field:") is None
    with pytest.raises(UnknownIntegration):
        catalogue_of("nonsense")

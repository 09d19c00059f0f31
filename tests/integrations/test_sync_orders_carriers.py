"""Names of carriers, as people write them, and what the store is sent for them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.integrations.shipping.carriers import (
    PROVIDERS,
    Carrier,
    choose_carrier,
    folded,
    provider_of,
    tracking_carrier_of,
)
from app.integrations.shipping.tracking_carriers import TRACKING_CARRIERS
from app.mapping.catalogue.sync_orders import PROVIDERS as KNOWN_TO_TEMPLATES

OFFICIAL = Path(__file__).parents[3] / "shared" / "bigcommerce" / "tracking_carrier_values.csv"


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("U.P.S.", Carrier("ups")),
        ("ups", Carrier("ups")),
        ("UPS®", Carrier("ups")),
        ("UPS Next Day Air", Carrier("ups")),
        ("United Parcel Service", Carrier("ups")),
        ("Royal Mail", Carrier("royalmail")),
        ("ROYAL-MAIL", Carrier("royalmail")),
        ("Fed Ex", Carrier("fedex")),
        ("FedEx Ground", Carrier("fedex")),
        ("U.S. Postal Service", Carrier("usps")),
        ("USPS Priority Mail", Carrier("usps")),
        ("Canada Post", Carrier("canadapost")),
        ("canada-post", Carrier("canadapost")),
        ("Australia Post", Carrier("auspost")),
        ("carrier_7", Carrier("carrier_7")),
        ("DHL Express", Carrier("", "dhl")),
        ("dhl", Carrier("", "dhl")),
        ("DHL eCommerce", Carrier("", "dhl-global-mail")),
        ("UPS Mail Innovations", Carrier("", "ups-mi")),
        ("Evri", Carrier("", "myhermes-uk")),
        ("Česká pošta", Carrier("", "ceska-posta")),
        ("Osterreichische Post", Carrier("", "austrian-post")),
        ("Pigeon Post 9000", Carrier(unknown="Pigeon Post 9000")),
        ("Upside Couriers", Carrier(unknown="Upside Couriers")),
        ("carrier_", Carrier(unknown="carrier_")),
        ("", Carrier()),
        ("   ", Carrier()),
    ],
)
def test_names_lead_to_a_provider_or_a_tracking_carrier(name: str, wanted: Carrier) -> None:
    assert choose_carrier(name, name) == wanted


def test_an_emptied_provider_still_gets_its_tracking_carrier() -> None:
    assert choose_carrier("", "UPS") == Carrier("", "ups")
    assert choose_carrier("ups", "UPS Mail Innovations") == Carrier("ups", "ups-mi")
    assert choose_carrier("Nobody", "DHL") == Carrier("", "dhl")
    assert choose_carrier("", "Nobody") == Carrier(unknown="Nobody")


def test_every_provider_of_the_store_means_itself() -> None:
    assert set(PROVIDERS) == set(KNOWN_TO_TEMPLATES)
    for provider in PROVIDERS:
        assert provider_of(provider) == provider


def test_no_name_means_two_carriers() -> None:
    seen: dict[str, str] = {}
    for code, names in TRACKING_CARRIERS.items():
        for name in (code, *names):
            assert seen.setdefault(folded(name), code) == code, name


@pytest.mark.skipif(not OFFICIAL.exists(), reason="the official list is not beside the checkout")
def test_codes_are_those_of_the_official_list() -> None:
    with OFFICIAL.open(encoding="utf-8", errors="replace", newline="") as file:
        rows = list(csv.reader(file))[1:]
    codes = {cell for row in rows for cell in row[:2]}
    assert set(TRACKING_CARRIERS) <= codes
    names = {row[0]: row[1] for row in rows}
    for name in ("DHL Express", "Purolator", "OnTrac", "GLS", "An Post", "PostNL Domestic"):
        assert tracking_carrier_of(name) == names[name]


@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_is_written_only_known_values_are_sent(provider: str, carrier: str) -> None:
    chosen = choose_carrier(provider, carrier)
    assert chosen.provider in {"", *PROVIDERS} or chosen.provider.startswith("carrier_")
    assert chosen.tracking_carrier in {"", *TRACKING_CARRIERS}

"""Dealers in comments: what is read, what is left to a person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.integrations.ordering.order_ffl import read_ffl

LABELLED = """Please ring twice.

FFL Dealer Information
License Number: 1-23-456-07-8A-12345
Dealer Name: Harbour Transfers: Main Branch
Address: 12 Quay Road
Austin, TX 78701
Phone: (512) 555-0100
Email: transfers@harbour.example
Expiration Date: 11/01/2028
"""


def test_labelled_lines_are_read() -> None:
    assert read_ffl(LABELLED) == {
        "license_number": "1-23-456-07-8A-12345",
        "name": "Harbour Transfers: Main Branch",
        "address": "12 Quay Road, Austin, TX 78701",
        "phone": "(512) 555-0100",
        "email": "transfers@harbour.example",
        "expires_on": "2028-11-01",
        "raw": LABELLED,
        "needs_review": False,
    }


@pytest.mark.parametrize(
    "text",
    [
        "FFL Name: Depot\nFFL Number: 1-23-456-07-8a-12345\nFFL Address: 1 Elm Street",
        "- FFL License: 1-23-456-07-8A-12345\n- Business Name: Depot\n- Street: 1 Elm Street",
        "FFL Dealer: Depot\nFFL #: 1-23-456-07-8A-12345\nPremise Address: 1 Elm Street",
        "FEDERAL FIREARMS LICENSE NO = 1-23-456-07-8A-12345\nNAME = Depot\nADDRESS = 1 Elm Street",
    ],
)
def test_other_labels_are_understood(text: str) -> None:
    found = read_ffl(text)
    assert found is not None
    assert (found["license_number"], found["name"], found["address"], found["needs_review"]) == (
        "1-23-456-07-8A-12345",
        "Depot",
        "1 Elm Street",
        False,
    )


def test_an_address_in_parts_is_put_together() -> None:
    address = "Address: 1 Elm\nCity: Austin\nState: TX\nZip: 78701"
    found = read_ffl(f"FFL: Depot\nLicense: 1-23-456-07-8A-12345\n{address}")
    assert found is not None
    assert found["address"] == "1 Elm, Austin, TX, 78701"


@pytest.mark.parametrize(
    "text",
    [
        "FFL: my usual dealer, call me",
        "Send to my FFL please",
        "FFL License Number: 123\nName: Depot\nAddress: 1 Elm Street",
        "FFL 1-23-456-07-8A-12345",
        LABELLED.replace("11/01/2028", "next year"),
        LABELLED.replace("transfers@harbour.example", "transfers at harbour"),
    ],
)
def test_what_is_not_clear_is_for_a_person(text: str) -> None:
    found = read_ffl(text)
    assert found is not None
    assert found["needs_review"] is True
    assert found["raw"] == text


@pytest.mark.parametrize("text", ["", "Leave at the door", "Name: Dana\nAddress: here", "fluffy"])
def test_a_comment_about_something_else_is_none(text: str) -> None:
    assert read_ffl(text) is None


@given(st.text(max_size=300))
def test_no_comment_is_too_odd(text: str) -> None:
    found = read_ffl(f"FFL\n{text}")
    assert found is not None
    assert found["raw"] == f"FFL\n{text}"


@pytest.mark.parametrize(
    "text",
    [
        "FFL: Joe's Guns | 1 Elm Street, Austin TX | 1-23-456-07-8A-12345 | (512) 555-0100",
        "Gift.\nFFL dealer: Joe's Guns | 1-23-456-07-8a-12345 | 512-555-0100 "
        "| 1 Elm Street | Austin TX",
        "FFL: Name: Joe's Guns | Address: 1 Elm Street, Austin TX "
        "| License: 1-23-456-07-8A-12345 | Tel: (512) 555-0100",
    ],
)
def test_a_dealer_in_one_line_is_read(text: str) -> None:
    found = read_ffl(text)
    assert found is not None
    assert found["name"] == "Joe's Guns"
    assert found["address"] == "1 Elm Street, Austin TX"
    assert found["license_number"] == "1-23-456-07-8A-12345"
    assert found["phone"] in ("(512) 555-0100", "512-555-0100")
    assert (found["raw"], found["needs_review"]) == (text, False)

"""Where webhooks may not go."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from app.notifications.addresses import check_url, is_public, resolve
from app.notifications.errors import AddressNotAllowed

INSIDE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
]


@pytest.mark.parametrize("address", INSIDE)
def test_addresses_of_the_own_network_are_recognised(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700:4700::1111", "2002:808:808::"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "https://localhost/hook",
        "https://printer.local/",
        "https://metadata.google.internal/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://user:pw@example.com/",
        "https://example.com:99999/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "https:///nothing",
    ],
)
def test_such_urls_are_refused_at_once(url: str) -> None:
    with pytest.raises(AddressNotAllowed):
        check_url(url, private=False)


async def test_a_name_that_leads_inside_is_refused_when_it_is_used() -> None:
    check_url("https://example.com/hook", private=False)
    with pytest.raises(AddressNotAllowed):
        await resolve("https://127.0.0.1:9/", private=False)


async def test_the_connection_goes_to_the_judged_address_under_the_names_host() -> None:
    target = await resolve("http://localhost:8080/hook?x=1", private=True)
    assert target.address in {"127.0.0.1", "::1"}
    assert target.host_header == "localhost:8080"
    assert target.url.endswith(":8080/hook?x=1")
    assert "localhost" not in target.url

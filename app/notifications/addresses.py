"""Where webhooks may go: not into the network that this service stands in (SSRF).

Names are resolved here and the connection goes to the address that was judged, so that a name
which means something else a moment later cannot lead elsewhere.
"""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from app.notifications.errors import AddressNotAllowed

_NAT64 = ("64:ff9b::", "64:ff9b:1:")


@dataclass(frozen=True)
class Target:
    """A webhook's URL taken apart, and the address to connect to."""

    scheme: str
    host: str
    port: int
    path: str
    address: str

    @property
    def url(self) -> str:
        """The URL with the address in the place of the name."""
        literal = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.scheme}://{literal}:{self.port}{self.path}"

    @property
    def host_header(self) -> str:
        """What the request says it is for."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.scheme == "https" else 80
        return name if self.port == usual else f"{name}:{self.port}"


def check_url(url: str, *, private: bool) -> None:
    """Raise `AddressNotAllowed` for a URL that can be seen not to be allowed; asks nobody."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        raise AddressNotAllowed("The port of the address is not valid.") from None
    if parts.scheme not in {"https", "http"} or not parts.hostname or port == 0:
        raise AddressNotAllowed("Use an https address.")
    if parts.username or parts.password:
        raise AddressNotAllowed("Leave user and password out of the address; use the signature.")
    if private:
        return
    if parts.scheme != "https":
        raise AddressNotAllowed("Use an https address.")
    host = parts.hostname.rstrip(".").lower()
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        raise AddressNotAllowed("This name means a machine of the service's own network.")
    try:
        literal = ip_address(host)
    except ValueError:
        return
    if not is_public(literal):
        raise AddressNotAllowed("This address is not on the public internet.")


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is on the public internet, also when it is wrapped in another one."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address.teredo is not None:
            inner = address.teredo[1]
        if inner is None and address.compressed.startswith(_NAT64):
            inner = IPv4Address(address.packed[-4:])
        if inner is not None and not is_public(inner):
            return False
    return address.is_global and not address.is_multicast


async def resolve(url: str, *, private: bool) -> Target:
    """Look the URL's name up; raises `AddressNotAllowed`, or `OSError` when it is not found."""
    check_url(url, private=private)
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
    if not private and not all(is_public(ip_address(address)) for address in addresses):
        raise AddressNotAllowed("This name leads to an address that is not on the public internet.")
    path = parts.path or "/"
    return Target(
        scheme=parts.scheme,
        host=host,
        port=port,
        path=f"{path}?{parts.query}" if parts.query else path,
        address=addresses[0],
    )

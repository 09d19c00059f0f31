"""Whether a picture can be fetched, found out before the store is told its address.

Addresses come from callers, so asking for them must not lead into our own network: a host is
looked up once, every address of it must be public, and the connection goes to the address that
was judged. Only an installation whose BigCommerce is itself on a private address (a sandbox) may
ask private addresses.

What cannot be judged from here is not bad: our network may be narrower than BigCommerce's. Then
the store's answer decides.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx

from app.integrations.publishing.plan import Remark

LONGEST_URL: Final = 255
LARGEST: Final = 8 * 1024 * 1024
AT_ONCE: Final = 8
SECONDS: Final = 5.0
REDIRECTS: Final = 3
BUDGET: Final = 15.0
"""Seconds for the pictures of a batch; those that are left then are the store's to judge."""
BLIND_AFTER: Final = 5
"""So many hosts that do not answer, and none that does: it is we who cannot see out."""
FIELD: Final = "bigcommerce_product.images"
_GONE: Final = frozenset({400, 401, 403, 404, 410, 451})
_NO_HEAD: Final = frozenset({400, 401, 403, 404, 405, 501})
_MOVED: Final = frozenset({301, 302, 303, 307, 308})

_TRANSLATED: Final = ipaddress.ip_network("64:ff9b::/96")

Resolve = Callable[[str, int], Awaitable[list[str]]]


class _Unjudged(Exception):
    """Nothing can be said about a picture from here."""


class _Private(_Unjudged):
    """The address leads into a private network and is not asked."""


async def look_up(host: str, port: int) -> list[str]:
    """Addresses of a host; raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_private(address: str) -> bool:
    """Whether an IP address is anything but a public one."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        # Addresses that carry an IPv4 address lead wherever that one leads.
        if ip in _TRANSLATED or ip.sixtofour is not None or ip.teredo is not None:
            return True
        ip = ip.ipv4_mapped or ip
    return not ip.is_global or ip.is_multicast


@dataclass
class ImageChecker:
    """Judges addresses of pictures, each once; remembers hosts that do not answer."""

    http: httpx.AsyncClient
    allow_private: bool
    resolve: Resolve = look_up
    verdicts: dict[str, Remark | None] = field(default_factory=dict)
    silent_hosts: set[str] = field(default_factory=set)
    addresses: dict[str, list[str]] = field(default_factory=dict)
    answered: bool = False

    @property
    def blind(self) -> bool:
        """Whether nothing can be judged from here."""
        return not self.answered and len(self.silent_hosts) >= BLIND_AFTER

    async def judge(self, urls: Collection[str]) -> dict[str, Remark]:
        """Return what is wrong with addresses, by address; good and unjudged ones are absent."""
        wanted = [url for url in dict.fromkeys(urls) if url not in self.verdicts]
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(url: str) -> None:
            async with gate:
                self.verdicts[url] = await self._verdict(url)

        with suppress(TimeoutError):
            async with asyncio.timeout(BUDGET):
                await asyncio.gather(*(one(url) for url in wanted))
        for url in wanted:
            # Whatever the time did not suffice for is still judged by its looks.
            self.verdicts.setdefault(url, form_problem(url))
        return {url: remark for url in urls if (remark := self.verdicts[url]) is not None}

    async def _verdict(self, url: str) -> Remark | None:
        problem = form_problem(url)
        if problem is not None or self.blind:
            return problem
        try:
            async with asyncio.timeout(SECONDS):
                return await self._ask(url)
        except _Unjudged:
            return None
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError, ValueError) as error:
            if isinstance(error, httpx.ConnectError) and self._is_near(url):
                return Remark("image_unreachable", f"Picture {url} cannot be fetched.", FIELD)
            self.silent_hosts.add(urlsplit(url).netloc)
            return None

    def _is_near(self, url: str) -> bool:
        """Whether a host is in our own network, so that its silence is no matter of distance."""
        found = self.addresses.get(urlsplit(url).hostname or "", [])
        return bool(found) and all(is_private(address) for address in found)

    async def _ask(self, url: str) -> Remark | None:
        at = url
        for _ in range(REDIRECTS + 1):
            answer = await self._request("HEAD", at)
            if answer.status_code in _NO_HEAD:
                answer = await self._request("GET", at)
            if answer.status_code not in _MOVED or "location" not in answer.headers:
                return _judged(url, answer)
            at = urljoin(at, answer.headers["location"])
            if form_problem(at, longest=None) is not None:
                break
        return Remark("image_unreachable", f"Picture {url} is redirected nowhere.", FIELD)

    async def _request(self, method: str, url: str) -> httpx.Response:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        if parts.netloc in self.silent_hosts:
            raise _Unjudged
        address = await self._address(host, port)
        shown = f"[{address}]" if ":" in address else address
        target = httpx.URL(url).copy_with(host=shown.strip("[]"), port=port)
        headers = {"Host": parts.netloc.rpartition("@")[2], "Accept": "image/*,*/*;q=0.1"}
        if method == "GET":
            headers["Range"] = "bytes=0-0"
        request = self.http.build_request(
            method, target, headers=headers, timeout=SECONDS, extensions={"sni_hostname": host}
        )
        request.headers.pop("Cookie", None)
        answer = await self.http.send(request, stream=True, follow_redirects=False)
        await answer.aclose()
        self.answered = True
        return answer

    async def _address(self, host: str, port: int) -> str:
        if host not in self.addresses:
            self.addresses[host] = await self.resolve(host, port)
        found = self.addresses[host]
        if not found:
            raise _Unjudged
        if not self.allow_private and any(is_private(address) for address in found):
            raise _Private
        return found[0]


def form_problem(url: str, *, longest: int | None = LONGEST_URL) -> Remark | None:
    """What is wrong with an address by its looks."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
        usable = usable and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or any(character.isspace() for character in url):
        return Remark("image_url_invalid", f"“{url[:200]}” is not an address of a picture.", FIELD)
    if longest is not None and len(url) > longest:
        text = f"The address of a picture is longer than {longest} characters: {url[:80]}…"
        return Remark("image_url_too_long", text, FIELD)
    return None


def _judged(url: str, answer: httpx.Response) -> Remark | None:
    status = answer.status_code
    if status in _GONE:
        text = f"Picture {url} cannot be fetched: its host answers {status}."
        return Remark("image_unreachable", text, FIELD)
    if not 200 <= status < 300:
        return None
    if answer.headers.get("content-type", "").lower().startswith("text/html"):
        return Remark("image_not_a_picture", f"{url} is a page, not a picture.", FIELD)
    size = _size(answer)
    if size is not None and size > LARGEST:
        text = f"Picture {url} has {size / 1024 / 1024:.1f} MB; BigCommerce takes 8 MB."
        return Remark("image_too_large", text, FIELD)
    return None


def _size(answer: httpx.Response) -> int | None:
    told = answer.headers.get("content-range", "").rpartition("/")[2]
    if not told and answer.status_code != 206:
        told = answer.headers.get("content-length", "")
    return int(told) if told.isascii() and told.isdigit() else None

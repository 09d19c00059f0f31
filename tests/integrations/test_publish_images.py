"""Pictures are judged before they are sent, without ever asking our own network."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from app.integrations.publishing.image_checks import BLIND_AFTER, LARGEST, ImageChecker, is_private
from tests.serving import serving


@contextmanager
def host(seen: list[str]) -> Iterator[str]:
    app = FastAPI()

    @app.middleware("http")
    async def note(request: Request, call_next: object) -> Response:
        seen.append(f"{request.method} {request.headers['host']} {request.url.path}")
        response: Response = await call_next(request)  # type: ignore[operator]  # a function
        return response

    @app.api_route("/ok.jpg", methods=["GET", "HEAD"])
    async def ok() -> Response:
        return Response(b"x", media_type="image/jpeg")

    @app.api_route("/large.jpg", methods=["GET", "HEAD"])
    async def large() -> Response:
        headers = {"content-length": str(LARGEST + 1)}
        return Response(None, headers=headers, media_type="image/jpeg")

    @app.get("/only-get.jpg")
    async def only_get(request: Request) -> Response:
        assert request.headers["range"] == "bytes=0-0"
        headers = {"content-range": f"bytes 0-0/{LARGEST + 1}"}
        return Response(b"x", 206, headers=headers, media_type="image/jpeg")

    @app.api_route("/page", methods=["GET", "HEAD"])
    async def page() -> Response:
        return Response("<p>", media_type="text/html")

    @app.api_route("/busy.jpg", methods=["GET", "HEAD"])
    async def busy() -> Response:
        return Response(status_code=503)

    @app.api_route("/moved/{place:path}", methods=["GET", "HEAD"])
    async def moved(place: str) -> Response:
        return RedirectResponse(f"/{place}")

    @app.api_route("/circle", methods=["GET", "HEAD"])
    async def circle() -> Response:
        return RedirectResponse("/circle")

    with serving(app) as url:
        yield url


@pytest.fixture
def seen() -> list[str]:
    return []


@pytest.fixture
def pictures(seen: list[str]) -> Iterator[str]:
    with host(seen) as url:
        yield url


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as client:
        yield client


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("ok.jpg", None),
        ("moved/ok.jpg", None),
        ("busy.jpg", None),
        ("gone.jpg", "image_unreachable"),
        ("moved/gone.jpg", "image_unreachable"),
        ("circle", "image_unreachable"),
        ("large.jpg", "image_too_large"),
        ("only-get.jpg", "image_too_large"),
        ("page", "image_not_a_picture"),
        ("x" * 256, "image_url_too_long"),
        ("with space.jpg", "image_url_invalid"),
    ],
)
async def test_verdicts(
    http: httpx.AsyncClient, pictures: str, path: str, code: str | None
) -> None:
    url = f"{pictures}/{path}"
    found = await ImageChecker(http, allow_private=True).judge([url])
    assert (found[url].code if url in found else None) == code


@pytest.mark.parametrize("url", ["", "ftp://a.example/1.jpg", "/1.jpg", "http://", "http://a:x/"])
async def test_what_is_no_address(http: httpx.AsyncClient, url: str) -> None:
    found = await ImageChecker(http, allow_private=True).judge([url])
    assert found[url].code == "image_url_invalid"


async def test_private_addresses_are_not_asked(
    http: httpx.AsyncClient, pictures: str, seen: list[str]
) -> None:
    async def inside(name: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    checker = ImageChecker(http, allow_private=False, resolve=inside)
    port = pictures.rpartition(":")[2]
    urls = [f"{pictures}/gone.jpg", f"http://pictures.example:{port}/gone.jpg"]
    assert await checker.judge(urls) == {}
    assert seen == []


async def test_one_private_address_among_public_ones_is_enough(
    http: httpx.AsyncClient, pictures: str, seen: list[str]
) -> None:
    async def mixed(name: str, port: int) -> list[str]:
        return ["93.184.216.34", "10.0.0.1"]

    checker = ImageChecker(http, allow_private=False, resolve=mixed)
    assert await checker.judge(["http://pictures.example/gone.jpg"]) == {}
    assert seen == []


async def test_the_connection_goes_to_the_address_that_was_judged(
    http: httpx.AsyncClient, pictures: str, seen: list[str]
) -> None:
    lookups: list[str] = []

    async def resolve(name: str, port: int) -> list[str]:
        lookups.append(name)
        return ["127.0.0.1"]

    port = pictures.rpartition(":")[2]
    checker = ImageChecker(http, allow_private=True, resolve=resolve)
    urls = [f"http://pictures.example:{port}/{name}" for name in ("ok.jpg", "gone.jpg")]
    found = await checker.judge(urls)
    assert set(found) == {urls[1]}
    assert f"HEAD pictures.example:{port} /ok.jpg" in seen
    assert set(lookups) == {"pictures.example"}


async def test_a_redirect_inwards_is_not_followed() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(302, headers={"location": "http://169.254.169.254/latest"})

    async def resolve(name: str, port: int) -> list[str]:
        return [name if name[0].isdigit() else "93.184.216.34"]

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        checker = ImageChecker(http, allow_private=False, resolve=resolve)
        assert await checker.judge(["https://pictures.example/1.jpg"]) == {}
    assert asked == ["93.184.216.34"]


async def test_who_cannot_see_out_stops_looking(http: httpx.AsyncClient) -> None:
    lookups: list[str] = []

    async def nothing(name: str, port: int) -> list[str]:
        lookups.append(name)
        raise OSError

    checker = ImageChecker(http, allow_private=False, resolve=nothing)
    urls = [f"https://{n}.example/{m}.jpg" for n in range(100) for m in range(3)]
    assert await checker.judge(urls) == {}
    assert len(set(lookups)) <= BLIND_AFTER + 8


@pytest.mark.parametrize(
    ("address", "private"),
    [
        ("127.0.0.1", True),
        ("10.1.2.3", True),
        ("172.16.0.1", True),
        ("192.168.1.1", True),
        ("169.254.169.254", True),
        ("100.64.0.1", True),
        ("0.0.0.0", True),
        ("224.0.0.1", True),
        ("::1", True),
        ("fe80::1%eth0", True),
        ("fd00::1", True),
        ("::ffff:127.0.0.1", True),
        ("64:ff9b::7f00:1", True),
        ("2002:7f00:1::", True),
        ("93.184.216.34", False),
        ("2606:2800:220:1:248:1893:25c8:1946", False),
    ],
)
def test_private_addresses(address: str, private: bool) -> None:
    assert is_private(address) is private

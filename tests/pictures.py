"""Pictures to publish, on a host of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import FastAPI, Response

from tests.serving import serving


@contextmanager
def picture_host() -> Iterator[str]:
    """A host of pictures: `/good/…` is one, `/gone/…` is not there, `/huge/…` is too large."""
    app = FastAPI()

    @app.api_route("/good/{name}", methods=["GET", "HEAD"])
    async def good(name: str) -> Response:
        return Response(b"picture", media_type="image/jpeg")

    @app.api_route("/huge/{name}", methods=["GET", "HEAD"])
    async def huge(name: str) -> Response:
        headers = {"content-length": str(9 * 1024 * 1024)}
        return Response(None, headers=headers, media_type="image/jpeg")

    @app.api_route("/page/{name}", methods=["GET", "HEAD"])
    async def page(name: str) -> Response:
        return Response("<p>no picture</p>", media_type="text/html")

    with serving(app) as url:
        yield url

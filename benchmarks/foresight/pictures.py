"""A host of pictures: `/good/…` is one, `/page/…` is no picture, all else is not there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

GOOD = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: 7\r\n\r\n"
PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\r\n"
GONE = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            _, path, _ = head.split(b" ", 2)
            kind = path.split(b"/")[1]
            writer.write({b"good": GOOD, b"page": PAGE}.get(kind, GONE))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        # The other side has seen enough.
        return
    finally:
        writer.close()


@asynccontextmanager
async def picture_host() -> AsyncIterator[str]:
    """Serve for a while; gives the address. Only HEAD is answered as HTTP asks for."""
    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    try:
        port = server.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.close()

"""Answers that never arrive: the connection is closed instead."""

from typing import Any

import httpx
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

DROP = "sandbox.drop"


class DroppedResponse(Response):
    """Closes the connection. In process, where there is none, raises what a client would see."""

    def __init__(self) -> None:
        super().__init__(status_code=499)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Close the transport of the request and let the server notice."""
        transport = scope.get(DROP)
        if transport is None:
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
        transport.abort()
        await _disconnected(receive)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


def transport_of(send: Send) -> Any:
    """The server's connection behind an ASGI `send`, when the server is uvicorn; else None."""
    return getattr(getattr(send, "__self__", None), "transport", None)

"""Receivers of notifications on loopback ports."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from app.core.settings import Settings
from tests.serving import serving


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings that let webhooks go to loopback, where the receivers stand."""
    return settings.model_copy(update={"notify_private_addresses": True})


@dataclass
class Receiver:
    """Somebody's webhook: what came, and what is answered."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A webhook on a loopback port; answers 200 once `answers` is used up."""
    held = Receiver()
    outside = FastAPI()

    @outside.post("/hook")
    async def hook(request: Request) -> Response:
        held.received.append((dict(request.headers), await request.body()))
        status = held.answers.pop(0) if held.answers else 200
        headers = {"Location": "http://127.0.0.1:1/"} if status == 302 else {}
        return Response(status_code=status, headers=headers)

    with serving(outside) as url:
        held.url = f"{url}/hook"
        yield held


@dataclass
class Postbox:
    """A mail server's memory."""

    port: int
    mails: list[str] = field(default_factory=list)
    refuse: int | None = None
    """Answer to the recipient, when it is not taken."""


@pytest.fixture
async def postbox() -> AsyncIterator[Postbox]:
    """An SMTP server that knows just enough to take a mail."""
    held = Postbox(port=0)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())
            await writer.drain()

        await say("220 postbox")
        while line := (await reader.readline()).decode().strip():
            word = line.split()[0].upper()
            if word == "EHLO":
                await say("250 postbox")
            elif word == "DATA":
                await say("354 go on")
                content = await reader.readuntil(b"\r\n.\r\n")
                held.mails.append(content.decode())
                await say("250 taken")
            elif word == "QUIT":
                await say("221 bye")
                break
            elif word == "RCPT" and held.refuse is not None:
                await say(f"{held.refuse} no")
            else:
                await say("250 fine")
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, family=socket.AF_INET)
    held.port = server.sockets[0].getsockname()[1]
    async with server:
        yield held


async def endpoint(api: httpx.AsyncClient, **body: object) -> dict[str, Any]:
    """Add an endpoint."""
    answer = await api.post("/v1/notification-endpoints", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found

"""A merchant's browser between our pages and BigCommerce's."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI

from tests.conftest import CLIENT_ID
from tests.connections.stores import PUBLIC_URL, STORE, RunningStore


@asynccontextmanager
async def browser(app: FastAPI, *, follow: bool = True) -> AsyncIterator[httpx.AsyncClient]:
    """A client that keeps cookies and reaches both our service and the sandbox's pages."""
    ours = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        mounts={PUBLIC_URL: ours}, follow_redirects=follow, base_url=PUBLIC_URL
    ) as client:
        yield client


async def consent(
    visitor: httpx.AsyncClient, store: RunningStore, *, external: bool = True, user: str = ""
) -> httpx.Response:
    """Confirm the install at BigCommerce's page."""
    form = {"context": f"stores/{STORE}", "external": "1" if external else "0", "consent": "yes"}
    if user:
        form["user_id"] = user
    return await visitor.post(f"{store.url}/app/{CLIENT_ID}/install", data=form)


async def install_by_link(
    app: FastAPI, store: RunningStore, address: str, *, external: bool = True
) -> httpx.Response:
    """Open an `authorization_url` and confirm the install in the same browser."""
    async with browser(app) as visitor:
        shown = await visitor.get(address)
        assert shown.status_code == 200
        assert "Install this app" in shown.text
        return await consent(visitor, store, external=external)


async def install_from_marketplace(
    app: FastAPI, store: RunningStore, *, user: str = ""
) -> httpx.Response:
    """Install inside the control panel, in a browser that knows nothing of us."""
    async with browser(app) as visitor:
        return await consent(visitor, store, external=False, user=user)


async def open_app(app: FastAPI, store: RunningStore, **claims: Any) -> httpx.Response:
    """Open the app in the control panel."""
    token = await store.signed(**claims)
    async with browser(app) as visitor:
        return await visitor.get("/bigcommerce/load", params={"signed_payload_jwt": token})


def code_of(page: httpx.Response) -> str:
    """The one-time code in a page."""
    found = re.search(r'\{"code": "([^"]+)"\}', page.text)
    assert found, page.text
    return found.group(1)


async def session_of(app: FastAPI, page: httpx.Response) -> dict[str, Any]:
    """What a page's script gets for its code."""
    async with browser(app) as visitor:
        answer = await visitor.post("/bigcommerce/session", json={"code": code_of(page)})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body

"""Signed payloads: opening, uninstalling, losing a user; forgeries and replays."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.connections.install_callback import forget_old_codes
from app.connections.payload_callbacks import forget_used_payloads
from app.core.clock import SettableClock
from app.core.resources import Resources
from tests.conftest import CLIENT_ID, client_for, row_count
from tests.connections.stores import STORE, RunningStore, begin, connect, make_channel
from tests.panel.browsing import (
    browser,
    install_by_link,
    install_from_marketplace,
    open_app,
    session_of,
)

CALLBACKS = ("load", "uninstall", "remove_user")


async def call(app: FastAPI, name: str, token: str) -> httpx.Response:
    async with browser(app, follow=False) as visitor:
        return await visitor.get(f"/bigcommerce/{name}", params={"signed_payload_jwt": token})


@pytest.fixture
async def installed(api: httpx.AsyncClient, app: FastAPI, store: RunningStore) -> dict[str, Any]:
    """A connection made by an install."""
    pending = await begin(api, await make_channel(api))
    await install_by_link(app, store, pending["authorization_url"])
    return pending


async def status_of(api: httpx.AsyncClient, connection: dict[str, Any]) -> str:
    return str((await api.get(f"/v1/connections/{connection['id']}")).json()["status"])


async def forgeries(store: RunningStore, clock: SettableClock) -> dict[str, str]:
    good = await store.signed()
    header, payload, _ = good.split(".")
    none = urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).decode()
    past = int(clock.now().timestamp()) - 90_000
    return {
        "empty": "",
        "garbage": "a.b.c",
        "unsigned": f"{none.rstrip('=')}.{payload}.",
        "no signature": f"{header}.{payload}.",
        "wrong secret": await store.signed(secret="x" * 40),
        "other algorithm": await store.signed(algorithm="HS512"),
        "wrong audience": await store.signed(claims={"aud": "another-app"}),
        "wrong issuer": await store.signed(claims={"iss": "xx"}),
        "expired": await store.signed(claims={"exp": past + 10, "iat": past, "nbf": past}),
        "not yet": await store.signed(claims={"nbf": past + 200_000}),
        "no subject": await store.signed(claims={"sub": None}),
        "odd subject": await store.signed(claims={"sub": "stores/../x"}),
        "no user": await store.signed(claims={"user": None}),
    }


@pytest.mark.parametrize("name", CALLBACKS)
async def test_forged_payloads_are_refused(
    name: str,
    api: httpx.AsyncClient,
    app: FastAPI,
    store: RunningStore,
    installed: dict[str, Any],
    clock: SettableClock,
) -> None:
    for kind, token in (await forgeries(store, clock)).items():
        answer = await call(app, name, token)
        assert answer.status_code == 401, kind
    assert (await browser_get(app, f"/bigcommerce/{name}")).status_code == 401
    assert await status_of(api, installed) == "active"


async def browser_get(app: FastAPI, path: str) -> httpx.Response:
    async with browser(app, follow=False) as visitor:
        return await visitor.get(path)


async def test_opening_the_app_gives_a_session(
    app: FastAPI, store: RunningStore, installed: dict[str, Any]
) -> None:
    page = await open_app(app, store)
    assert page.status_code == 200
    assert store.sandbox.store.profile.name in page.text
    session = await session_of(app, page)
    assert session["channel_id"] == installed["channel_id"]
    async with client_for(app, session["token"]) as owner:
        path = f"/v1/channels/{session['channel_id']}/setup/confirm"
        assert (await owner.post(path, json={"action": "complete"})).status_code == 200
        assert (await owner.get("/v1/api-keys")).status_code == 403


async def test_a_code_works_once_and_for_a_minute(
    app: FastAPI, store: RunningStore, installed: dict[str, Any], clock: SettableClock
) -> None:
    page = await open_app(app, store)
    await session_of(app, page)
    with pytest.raises(AssertionError, match="too old"):
        await session_of(app, page)
    late = await open_app(app, store)
    clock.at += timedelta(seconds=61)
    with pytest.raises(AssertionError, match="too old"):
        await session_of(app, late)


async def test_a_page_may_be_reloaded_for_a_minute(
    app: FastAPI, store: RunningStore, installed: dict[str, Any], clock: SettableClock
) -> None:
    token = await store.signed()
    assert (await call(app, "load", token)).status_code == 200
    clock.at += timedelta(seconds=59)
    assert (await call(app, "load", token)).status_code == 200
    clock.at += timedelta(seconds=2)
    late = await call(app, "load", token)
    assert late.status_code == 401
    assert "open the app again" in late.text


async def test_a_new_user_of_the_store_is_added_and_removed(
    app: FastAPI, store: RunningStore, installed: dict[str, Any], resources: Resources
) -> None:
    user = (await store.control.post("/sandbox/users", json={"email": "clerk@x.example"})).json()
    session = await session_of(app, await open_app(app, store, user_id=user["id"]))
    assert session["state"] == "connected"
    assert await row_count(resources, "connection_users") == 2
    async with resources.unit_of_work() as uow:
        rows = await uow.session.execute(text("SELECT t::text FROM connection_users t"))
        assert "clerk" not in " ".join(str(row[0]) for row in rows)
    token = await store.signed(user_id=user["id"])
    assert (await call(app, "remove_user", token)).status_code == 200
    assert await row_count(resources, "connection_users") == 1
    assert (await call(app, "remove_user", token)).status_code == 401


async def test_a_removed_user_cannot_redeem_an_open_page(
    app: FastAPI, store: RunningStore, installed: dict[str, Any]
) -> None:
    user = (await store.control.post("/sandbox/users", json={"email": "clerk@x.example"})).json()
    page = await open_app(app, store, user_id=user["id"])
    await call(app, "remove_user", await store.signed(user_id=user["id"]))
    with pytest.raises(AssertionError, match="callback_refused"):
        await session_of(app, page)


async def test_uninstalling_stops_everything(
    api: httpx.AsyncClient,
    app: FastAPI,
    store: RunningStore,
    installed: dict[str, Any],
    resources: Resources,
) -> None:
    page = await open_app(app, store)
    token = await store.signed()
    assert (await call(app, "uninstall", token)).status_code == 200
    assert await status_of(api, installed) == "uninstalled"
    rows = await api.get(f"/v1/channels/{installed['channel_id']}/integrations")
    assert {row["pause_reason"] for row in rows.json()["data"]} == {"store_uninstalled"}
    (told,) = (await api.get("/v1/notifications")).json()["data"]
    assert (told["kind"], told["code"]) == ("credentials_lost", "store_uninstalled")
    assert told["message"].startswith("The app was uninstalled from the store.")
    async with resources.unit_of_work() as uow:
        secrets = await uow.session.execute(
            text("SELECT sealed_access_token, sealed_webhook_secret FROM connections")
        )
        emails = await uow.session.scalars(text("SELECT sealed_email FROM connection_users"))
        assert set(secrets.one()) == {None}
        assert set(emails) == {None}
    with pytest.raises(AssertionError):
        await session_of(app, page)
    assert "was uninstalled" in (await open_app(app, store)).text
    tested = (await api.post(f"/v1/connections/{installed['id']}/test")).json()
    assert tested["ok"] is False


async def test_a_replayed_uninstall_does_not_stop_a_later_install(
    api: httpx.AsyncClient, app: FastAPI, store: RunningStore, installed: dict[str, Any]
) -> None:
    token = await store.signed()
    assert (await call(app, "uninstall", token)).status_code == 200
    await install_from_marketplace(app, store)
    assert await status_of(api, installed) == "active"
    assert (await call(app, "uninstall", token)).status_code == 401
    assert await status_of(api, installed) == "active"
    rows = await api.get(f"/v1/channels/{installed['channel_id']}/integrations")
    assert not any(row["paused"] for row in rows.json()["data"])


async def test_a_payload_for_opening_does_not_uninstall(
    api: httpx.AsyncClient, app: FastAPI, store: RunningStore, installed: dict[str, Any]
) -> None:
    token = await store.signed()
    assert (await call(app, "load", token)).status_code == 200
    assert (await call(app, "uninstall", token)).status_code == 401
    assert await status_of(api, installed) == "active"


async def test_a_stranger_to_the_app_may_not_uninstall(
    api: httpx.AsyncClient, app: FastAPI, store: RunningStore, installed: dict[str, Any]
) -> None:
    token = await store.signed(claims={"user": {"id": 77, "email": "x@x.example"}})
    assert (await call(app, "uninstall", token)).status_code == 403
    assert await status_of(api, installed) == "active"


async def test_other_people_do_not_come_back_to_the_account(
    api: httpx.AsyncClient, app: FastAPI, store: RunningStore, installed: dict[str, Any]
) -> None:
    """The store was sold: its new owner installs the app."""
    await call(app, "uninstall", await store.signed())
    owner = store.sandbox.app.owner
    store.sandbox.app.owner = type(owner)(owner.id + 900, "new-owner@x.example")
    session = await session_of(app, await install_from_marketplace(app, store))
    assert session["state"] == "unclaimed"
    assert await status_of(api, installed) == "uninstalled"


async def test_uninstalling_the_app_leaves_an_api_token_connection(
    api: httpx.AsyncClient, app: FastAPI, store: RunningStore
) -> None:
    connected = (await connect(api, store, await make_channel(api))).json()
    assert (await call(app, "uninstall", await store.signed())).status_code == 200
    assert await status_of(api, connected) == "active"
    page = await open_app(app, store)
    assert "not connected" in page.text
    assert "Harbour Goods" not in page.text


async def test_a_store_we_do_not_know_is_answered(app: FastAPI, store: RunningStore) -> None:
    for name in ("uninstall", "remove_user"):
        assert (await call(app, name, await store.signed())).status_code == 200
    page = await call(app, "load", await store.signed())
    assert page.status_code == 200
    assert "not connected" in page.text


async def test_old_notes_are_forgotten(
    app: FastAPI,
    store: RunningStore,
    installed: dict[str, Any],
    resources: Resources,
    clock: SettableClock,
) -> None:
    await open_app(app, store)
    clock.at += timedelta(days=2)
    async with resources.unit_of_work() as uow:
        await forget_used_payloads(uow)
        await forget_old_codes(uow)
    assert await row_count(resources, "used_jtis") == 0
    assert await row_count(resources, "install_codes") == 0


async def test_pages_live_in_a_frame_of_bigcommerce_only(
    app: FastAPI, store: RunningStore, installed: dict[str, Any]
) -> None:
    page = await open_app(app, store)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "https://*.mybigcommerce.com" in policy
    assert store.url in policy
    assert "unsafe" not in policy
    assert "x-frame-options" not in page.headers
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert "http://" not in page.text.replace("http://www.w3.org", "")
    refused = await call(app, "load", "forged")
    assert refused.headers["content-security-policy"]
    assert f"stores/{STORE}" not in page.text
    assert CLIENT_ID not in page.text

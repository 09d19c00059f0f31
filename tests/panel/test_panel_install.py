"""Installs: by an account's link, from the marketplace, again, and those of attackers."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from app.accounts.service import Scope, ensure_account
from app.connections.lifecycle import mark_rejected
from app.core.clock import SettableClock
from app.core.resources import Resources
from tests.conftest import CLIENT_ID, client_for, make_key, row_count
from tests.connections.stores import STORE, RunningStore, begin, connect, make_channel
from tests.panel.browsing import (
    browser,
    code_of,
    consent,
    install_by_link,
    install_from_marketplace,
    open_app,
    session_of,
)


async def status_of(api: httpx.AsyncClient, pending: dict[str, Any]) -> str:
    return str((await api.get(f"/v1/connections/{pending['id']}")).json()["status"])


async def claim(app: FastAPI, token: str, **body: str) -> httpx.Response:
    async with client_for(app, token) as visitor:
        return await visitor.post("/bigcommerce/claim", json=body)


async def test_the_authorization_url_leads_to_an_active_connection(
    api: httpx.AsyncClient, app: FastAPI, store: RunningStore
) -> None:
    channel_id = await make_channel(api)
    pending = await begin(api, channel_id)
    assert pending["status"] == "pending"
    assert (await api.get(f"/v1/channels/{channel_id}")).json()["connection_id"] is None
    end = await install_by_link(app, store, pending["authorization_url"])
    assert end.url.path == f"/app/{CLIENT_ID}/install/succeeded"
    connection = (await api.get(f"/v1/connections/{pending['id']}")).json()
    assert connection["status"] == "active"
    assert connection["store"]["weight_units"] == "lb"
    assert "store_v2_orders" in connection["scopes"]
    assert (await api.get(f"/v1/channels/{channel_id}")).json()["connection_id"] == pending["id"]
    tested = (await api.post(f"/v1/connections/{pending['id']}/test")).json()
    assert tested["ok"] is True
    assert len(store.sandbox.hooks.of_client(CLIENT_ID)) == 6


async def test_an_install_inside_the_frame_ends_on_our_page(
    api: httpx.AsyncClient, app: FastAPI, store: RunningStore
) -> None:
    pending = await begin(api, await make_channel(api))
    page = await install_by_link(app, store, pending["authorization_url"], external=False)
    assert page.status_code == 200
    assert "Harbour Goods" in page.text
    session = await session_of(app, page)
    assert session["connection_id"] == pending["id"]
    async with client_for(app, session["token"]) as owner:
        assert (await owner.get(f"/v1/channels/{session['channel_id']}")).status_code == 200


async def test_the_ticket_is_in_a_narrow_cookie(
    api: httpx.AsyncClient, app: FastAPI, store: RunningStore
) -> None:
    pending = await begin(api, await make_channel(api))
    async with browser(app, follow=False) as visitor:
        answer = await visitor.get(pending["authorization_url"])
    assert answer.status_code == 302
    assert answer.headers["location"] == f"{store.url}/app/{CLIENT_ID}/install"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "Path=/bigcommerce" in cookie
    assert "SameSite=lax" in cookie


async def test_behind_https_the_cookie_may_travel_into_the_frame(
    api: httpx.AsyncClient, app: FastAPI, store: RunningStore, resources: Resources
) -> None:
    pending = await begin(api, await make_channel(api))
    secure = resources.settings.model_copy(update={"public_url": "https://quayside.test/shop"})
    app.state.resources = replace(resources, settings=secure)
    async with browser(app, follow=False) as visitor:
        answer = await visitor.get(pending["authorization_url"])
    cookie = answer.headers["set-cookie"]
    assert "Secure" in cookie
    assert "SameSite=none" in cookie
    assert "Path=/shop/bigcommerce" in cookie


async def test_a_ticket_ends(
    api: httpx.AsyncClient, app: FastAPI, store: RunningStore, clock: SettableClock
) -> None:
    pending = await begin(api, await make_channel(api))
    async with browser(app, follow=False) as visitor:
        assert (await visitor.get("/bigcommerce/connect/guess")).status_code == 404
        clock.at += timedelta(hours=1, seconds=1)
        late = await visitor.get(pending["authorization_url"])
    assert late.status_code == 404
    assert "text/html" in late.headers["content-type"]


async def test_a_pending_connection_alone_attracts_no_install(
    api: httpx.AsyncClient, app: FastAPI, store: RunningStore, resources: Resources
) -> None:
    """An attacker waits for a store that is not theirs; its owner installs the app."""
    pending = await begin(api, await make_channel(api))
    page = await install_from_marketplace(app, store)
    assert page.status_code == 200
    assert "Link code" in page.text
    assert "Harbour Goods" not in page.text
    assert await status_of(api, pending) == "pending"
    session = await session_of(app, page)
    assert session["state"] == "unclaimed"
    async with client_for(app, session["token"]) as stranger:
        assert (await stranger.get("/v1/channels")).status_code == 401
    made = await claim(app, session["token"], choice="new_account")
    assert made.status_code == 200, made.text
    assert await status_of(api, pending) == "pending"
    async with client_for(app, made.json()["token"]) as owner:
        assert (await owner.get("/v1/connections")).status_code == 403
        own = made.json()["connection_id"]
        row = (await owner.get(f"/v1/connections/{own}")).json()
        assert (await owner.get(f"/v1/connections/{pending['id']}")).status_code == 403
    assert row["status"] == "active"
    assert row["id"] != pending["id"]
    assert row["store"]["currency"] == "USD"
    assert await row_count(resources, "unclaimed_installs") == 0


async def test_the_link_code_joins_the_account(
    api: httpx.AsyncClient, app: FastAPI, store: RunningStore
) -> None:
    pending = await begin(api, await make_channel(api))
    await install_from_marketplace(app, store)
    session = await session_of(app, await open_app(app, store))
    typed = pending["link_code"].lower().replace("-", " ")
    joined = await claim(app, session["token"], choice="link", link_code=typed)
    assert joined.status_code == 200, joined.text
    assert joined.json()["connection_id"] == pending["id"]
    assert await status_of(api, pending) == "active"
    assert len(store.sandbox.hooks.of_client(CLIENT_ID)) == 6
    again = await claim(app, session["token"], choice="link", link_code=typed)
    assert again.status_code == 401


async def test_guessing_link_codes_ends_soon(
    api: httpx.AsyncClient, app: FastAPI, store: RunningStore
) -> None:
    pending = await begin(api, await make_channel(api))
    session = await session_of(app, await install_from_marketplace(app, store))
    for _ in range(10):
        refused = await claim(app, session["token"], choice="link", link_code="AAAAA-AAAAA")
        assert refused.status_code == 422
        assert refused.json()["code"] == "link_code_refused"
    late = await claim(app, session["token"], choice="link", link_code=pending["link_code"])
    assert late.status_code == 422
    assert await status_of(api, pending) == "pending"
    assert (await claim(app, "forged.token", choice="new_account")).status_code == 401
    async with client_for(app, None) as nobody:
        answer = await nobody.post("/bigcommerce/claim", json={"choice": "new_account"})
    assert answer.status_code == 401


async def test_an_install_nobody_waits_for_opens_an_account(
    app: FastAPI, store: RunningStore, resources: Resources
) -> None:
    page = await install_from_marketplace(app, store)
    session = await session_of(app, page)
    assert session["state"] == "connected"
    async with client_for(app, session["token"]) as owner:
        connection = (await owner.get(f"/v1/connections/{session['connection_id']}")).json()
        channel = (await owner.get(f"/v1/channels/{session['channel_id']}")).json()
    assert connection["status"] == "active"
    assert channel["name"] == connection["store"]["name"]
    assert channel["connection_id"] == session["connection_id"]
    async with resources.unit_of_work() as uow:
        name = await uow.session.scalar(text("SELECT name FROM accounts"))
    assert name == f"{channel['name']} ({STORE})"


async def test_a_store_cannot_be_named_into_an_account(
    app: FastAPI, store: RunningStore, resources: Resources
) -> None:
    name = store.sandbox.store.profile.name
    async with resources.unit_of_work() as uow:
        taken = {
            await ensure_account(uow, name),
            await ensure_account(uow, f"{name} ({STORE})"),
        }
    session = await session_of(app, await install_from_marketplace(app, store))
    async with resources.unit_of_work() as uow:
        owner = await uow.session.scalar(text("SELECT account_id FROM connections"))
    assert session["state"] == "connected"
    assert owner not in taken


async def test_a_reload_shows_the_page_without_a_second_exchange(
    app: FastAPI, store: RunningStore, clock: SettableClock
) -> None:
    async with browser(app, follow=False) as visitor:
        back = (await consent(visitor, store, external=False)).headers["location"]
        pages = await asyncio.gather(*(visitor.get(back) for _ in range(3)))
        assert [page.status_code for page in pages] == [200, 200, 200]
        assert len({code_of(page) for page in pages}) == 3
        assert store.sandbox.app.installs == 1
        clock.at += timedelta(minutes=6)
        assert (await visitor.get(back)).status_code == 400


async def test_reinstalling_renews_the_live_connection(
    api: httpx.AsyncClient, app: FastAPI, store: RunningStore, resources: Resources
) -> None:
    channel_id = await make_channel(api)
    pending = await begin(api, channel_id)
    await install_by_link(app, store, pending["authorization_url"])
    async with resources.unit_of_work() as uow:
        await mark_rejected(uow, UUID(pending["id"]), "The token is dead.")
    await install_from_marketplace(app, store)
    assert await status_of(api, pending) == "active"
    rows = (await api.get(f"/v1/channels/{channel_id}/integrations")).json()["data"]
    assert not any(row["paused"] for row in rows)
    assert (await api.post(f"/v1/connections/{pending['id']}/test")).json()["ok"] is True


async def test_an_api_token_connection_does_not_get_the_apps_token(
    api: httpx.AsyncClient, app: FastAPI, store: RunningStore, resources: Resources
) -> None:
    """Somebody who was cut off keeps a dead connection and waits for a new token."""
    connected = (await connect(api, store, await make_channel(api))).json()
    async with resources.unit_of_work() as uow:
        await mark_rejected(uow, UUID(connected["id"]), "The API account was deleted.")
    session = await session_of(app, await install_from_marketplace(app, store))
    assert session["state"] == "unclaimed"
    assert await status_of(api, connected) == "needs_reauthorization"
    assert (await claim(app, session["token"], choice="new_account")).status_code == 200
    assert await status_of(api, connected) == "uninstalled"


async def test_a_working_api_token_connection_keeps_its_store(
    api: httpx.AsyncClient, app: FastAPI, store: RunningStore
) -> None:
    channel_id = await make_channel(api)
    connected = (await connect(api, store, channel_id)).json()
    session = await session_of(app, await install_from_marketplace(app, store))
    refused = await claim(app, session["token"], choice="new_account")
    assert refused.status_code == 409
    assert refused.json()["code"] == "store_already_connected"
    started = await begin(api, channel_id)
    assert started["status"] == "active"
    joined = await claim(app, session["token"], choice="link", link_code=started["link_code"])
    assert joined.status_code == 200, joined.text
    assert joined.json()["connection_id"] == connected["id"]
    renewed = (await api.get(f"/v1/connections/{connected['id']}")).json()
    assert renewed["method"] == "oauth2"
    # The hooks of the replaced API account are gone, those of the app are there.
    assert {hook.client_id for hook in store.sandbox.hooks.all()} == {CLIENT_ID}


async def test_a_ticket_for_another_store_connects_nothing(
    api: httpx.AsyncClient, app: FastAPI, store: RunningStore
) -> None:
    pending = await begin(api, await make_channel(api), "elsewhere")
    page = await install_by_link(app, store, pending["authorization_url"], external=False)
    assert "another store" in page.text
    assert (await session_of(app, page))["state"] == "unclaimed"
    assert await status_of(api, pending) == "pending"


async def test_a_ticket_does_not_take_a_store_from_its_account(
    api: httpx.AsyncClient, app: FastAPI, store: RunningStore, resources: Resources
) -> None:
    async with resources.unit_of_work() as uow:
        rival_id = await ensure_account(uow, "Rival Goods")
    async with client_for(app, await make_key(resources, rival_id, Scope.ADMIN)) as rival:
        theirs = await begin(rival, await make_channel(rival))
        ours = await begin(api, await make_channel(api))
        await install_by_link(app, store, ours["authorization_url"])
        page = await install_by_link(app, store, theirs["authorization_url"], external=False)
        assert await status_of(rival, theirs) == "pending"
    assert await status_of(api, ours) == "active"
    assert "connected already" in page.text


async def test_missing_scopes_are_named(
    api: httpx.AsyncClient, app: FastAPI, store: RunningStore
) -> None:
    channel_id = await make_channel(api)
    pending = await begin(api, channel_id)
    scopes = [s for s in store.sandbox.settings.scopes.split() if s != "store_inventory"]
    await store.control.post("/sandbox/scopes", json={"scopes": scopes})
    page = await install_by_link(app, store, pending["authorization_url"], external=False)
    assert page.status_code == 200
    assert "store_inventory" in page.text
    connection = (await api.get(f"/v1/connections/{pending['id']}")).json()
    assert connection["status"] == "active", "what needs the scope fails with its own reason"
    assert connection["status_reason"] == "scopes_missing: store_inventory"
    await store.control.post("/sandbox/scopes", json={"scopes": ["store_inventory"]})
    await install_from_marketplace(app, store)
    assert await status_of(api, pending) == "needs_reauthorization"
    (told,) = (await api.get("/v1/notifications")).json()["data"]
    assert (told["code"], told["count"]) == ("scopes_missing", 1)
    assert "store_v2_orders" in told["message"]
    everything = store.sandbox.settings.scopes.split()
    await store.control.post("/sandbox/scopes", json={"scopes": everything})
    await install_from_marketplace(app, store)
    assert await status_of(api, pending) == "active"


async def test_bad_callbacks_are_styled_refusals(
    app: FastAPI, store: RunningStore, resources: Resources
) -> None:
    context = f"stores/{STORE}"
    bad = [
        {},
        {"code": "x"},
        {"code": "x", "context": "nonsense", "scope": ""},
        {"code": "", "context": context, "scope": ""},
        {"code": "x" * 3000, "context": context, "scope": ""},
        {"code": "unknown", "context": context, "scope": "store_v2_orders"},
    ]
    async with browser(app, follow=False) as visitor:
        for query in bad:
            answer = await visitor.get("/bigcommerce/auth", params=query)
            assert answer.status_code == 400, query
            assert answer.headers["content-type"].startswith("text/html")
            outside = await visitor.get(
                "/bigcommerce/auth", params={**query, "external_install": "1"}
            )
            assert outside.status_code == 302
            assert outside.headers["location"].endswith("/install/failed")
    assert await row_count(resources, "connections") == 0
    assert await row_count(resources, "install_codes") == 0


async def test_a_code_survives_an_outage_of_bigcommerce(
    app: FastAPI, store: RunningStore, resources: Resources
) -> None:
    async with browser(app, follow=False) as visitor:
        back = (await consent(visitor, store, external=False)).headers["location"]
        # The store API is away, the token endpoint is not: the install must not be lost.
        await store.control.post("/sandbox/faults", json=[{"effect": "unavailable"}])
        page = await visitor.get(back)
    assert page.status_code == 200
    session = await session_of(app, page)
    async with client_for(app, session["token"]) as owner:
        connection = (await owner.get(f"/v1/connections/{session['connection_id']}")).json()
    assert connection["status"] == "active"
    assert connection["store"]["name"] is None

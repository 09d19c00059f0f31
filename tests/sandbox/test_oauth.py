"""Install, token exchange, callbacks and uninstall."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from tests.sandbox.conftest import SMALL, Store

INSTALL = f"/app/{SMALL.client_id}/install"


async def consent(store: Store, **form: str) -> dict[str, str]:
    """Confirm the install and return what the auth callback would get."""
    answer = await store.web.post(INSTALL, data=form)
    assert answer.status_code == 302
    target = urlsplit(answer.headers["location"])
    assert f"{target.scheme}://{target.netloc}{target.path}" == "http://app.test/bigcommerce/auth"
    return {name: values[0] for name, values in parse_qs(target.query).items()}


def token_request(sent: dict[str, str], **changes: str) -> dict[str, str]:
    """The body of a correct token request, with changes."""
    return {
        "client_id": SMALL.client_id,
        "client_secret": SMALL.client_secret,
        "code": sent["code"],
        "context": sent["context"],
        "scope": sent["scope"],
        "grant_type": "authorization_code",
        "redirect_uri": "http://app.test/bigcommerce/auth",
        **changes,
    }


async def exchange(store: Store, **changes: str) -> httpx.Response:
    """Consent and redeem the code, with changes to the token request."""
    return await store.web.post(
        "/oauth2/token", json=token_request(await consent(store), **changes)
    )


async def test_the_install_page_lists_the_scopes_and_posts_back(store: Store) -> None:
    page = (await store.web.get(INSTALL)).text
    assert "store_v2_orders" in page
    assert f'action="{INSTALL}"' in page


async def test_an_outside_install_says_so_and_one_from_the_panel_does_not(store: Store) -> None:
    assert (await consent(store))["external_install"] == "1"
    assert "external_install" not in await consent(store, external="0")


async def test_a_refused_consent_leads_back_without_a_code(store: Store) -> None:
    answer = await store.web.post(INSTALL, data={"consent": "no"})
    assert answer.headers["location"] == f"/manage/apps/{SMALL.client_id}"


async def test_another_store_or_app_is_unknown(store: Store) -> None:
    assert (await store.web.get(INSTALL, params={"store_hash": "other"})).status_code == 404
    assert (await store.web.get("/app/other/install")).status_code == 404
    known = await store.web.get(INSTALL, params={"context": "stores/sandbox01"})
    assert known.status_code == 200


@pytest.mark.parametrize("kind", ["json", "data"])
async def test_a_code_becomes_a_token_by_json_and_by_form(store: Store, kind: str) -> None:
    body = token_request(await consent(store))
    if kind == "json":
        answer = await store.web.post("/oauth2/token", json=body)
    else:
        answer = await store.web.post("/oauth2/token", data=body)
    assert answer.status_code == 200
    token = answer.json()
    assert set(token) == {"access_token", "scope", "user", "owner", "context", "account_uuid"}
    headers = {"X-Auth-Token": token["access_token"]}
    assert (await store.api.get("v2/store", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"client_secret": "wrong"}, 401),
        ({"client_id": "wrong"}, 401),
        ({"code": "wrong"}, 400),
        ({"context": "stores/other"}, 400),
        ({"scope": "store_v2_orders"}, 400),
        ({"grant_type": "password"}, 400),
        ({"redirect_uri": "http://app.test/bigcommerce/auth/"}, 400),
    ],
)
async def test_a_wrong_token_request_is_refused(
    store: Store, changes: dict[str, str], status: int
) -> None:
    answer = await exchange(store, **changes)
    assert answer.status_code == status
    assert answer.json()["error"]


async def test_a_code_works_once_and_not_for_long(store: Store, timer: object) -> None:
    sent = await consent(store)
    assert (await store.web.post("/oauth2/token", json=token_request(sent))).status_code == 200
    assert (await store.web.post("/oauth2/token", json=token_request(sent))).status_code == 400
    late = await consent(store)
    timer.now += SMALL.code_lifetime_s + 1  # type: ignore[attr-defined]  # the fixture's Timer
    assert (await store.web.post("/oauth2/token", json=token_request(late))).status_code == 400


async def test_installing_again_kills_the_earlier_token(store: Store) -> None:
    first = (await exchange(store)).json()["access_token"]
    second = (await exchange(store)).json()["access_token"]
    assert first != second
    old = await store.api.get("v2/time", headers={"X-Auth-Token": first})
    assert old.status_code == 401
    account = await store.api.get("v2/time")
    assert account.status_code == 200


async def test_uninstall_calls_the_app_and_takes_token_and_hooks(store: Store) -> None:
    token = (await exchange(store)).json()["access_token"]
    hook = {"scope": "store/order/*", "destination": "https://app.test/hooks", "is_active": True}
    headers = {"X-Auth-Token": token}
    assert (await store.api.post("v3/hooks", json=hook, headers=headers)).status_code == 200

    store.receiver.always = 500
    await store.control("POST", "uninstall")

    sent = store.receiver.requests[-1].url
    assert sent.path == "/bigcommerce/uninstall"
    key = OctKey.import_key(SMALL.client_secret)
    decoded = jwt.decode(sent.params["signed_payload_jwt"], key, algorithms=["HS256"])
    assert decoded.claims["sub"] == "stores/sandbox01"
    assert decoded.claims["aud"] == SMALL.client_id
    assert decoded.claims["exp"] - decoded.claims["nbf"] == 86_400
    assert (await store.api.get("v2/time", headers=headers)).status_code == 401
    assert (await store.control("GET", "hooks"))["hooks"] == []


async def test_the_control_panel_frames_the_app_once_installed(store: Store) -> None:
    path = f"/manage/apps/{SMALL.client_id}"
    assert "<iframe" not in (await store.web.get(path)).text
    await exchange(store)
    page = (await store.web.get(path)).text
    assert "http://app.test/bigcommerce/load?signed_payload_jwt=" in page
    await store.control("POST", "users", email="second@store.example")
    assert "second@store.example" in (await store.web.get(path)).text
    removed = await store.web.post(f"{path}/remove_user", data={"user_id": "2"})
    assert removed.status_code == 303
    assert store.receiver.requests[-1].url.path == "/bigcommerce/remove_user"
    assert (await store.web.post(f"{path}/uninstall")).status_code == 303
    assert "<iframe" not in (await store.web.get(path)).text


async def test_install_without_a_browser_reports_the_callback(store: Store) -> None:
    answer = await store.control("POST", "install", external=True)
    assert answer["status"] == 200
    sent = store.receiver.requests[-1].url
    assert sent.path == "/bigcommerce/auth"
    assert sent.params["external_install"] == "1"
    assert set(sent.params) >= {"code", "scope", "context", "account_uuid"}


async def test_payloads_can_be_minted_with_other_claims_and_algorithms(store: Store) -> None:
    body = {"claims": {"aud": "other", "owner": None}, "algorithm": "HS512"}
    minted = (await store.control("POST", "jwt", **body))["signed_payload_jwt"]
    key = OctKey.import_key(SMALL.client_secret)
    decoded = jwt.decode(str(minted), key, algorithms=["HS512"])
    assert decoded.claims["aud"] == "other"
    assert "owner" not in decoded.claims
    unsigned = (await store.control("POST", "jwt", algorithm="none"))["signed_payload_jwt"]
    assert str(unsigned).endswith(".")


async def test_fewer_scopes_mean_403_and_read_only_scopes_only_read(store: Store) -> None:
    await store.control("POST", "scopes", scopes=["store_v2_orders_read_only"])
    assert (await store.api.get("v2/orders")).status_code == 200
    assert (await store.api.put("v2/orders/100", json={})).status_code == 403
    refused = await store.api.get("v3/catalog/products")
    assert refused.status_code == 403
    assert refused.json()["status"] == 403
    assert (await store.api.get("v2/time")).status_code == 200

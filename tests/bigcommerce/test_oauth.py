from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import respx

from app.bigcommerce import errors
from app.bigcommerce.oauth import (
    REQUIRED_SCOPES,
    TokenGrant,
    exchange_code,
    install_url,
    missing_scopes,
    store_hash_of,
)

LOGIN = "https://login.bigcommerce.com"
GRANT: dict[str, Any] = {
    "access_token": "new-token-0123456789",
    "scope": "store_v2_orders store_v2_products",
    "user": {"id": 24, "username": "m@x.example", "email": "m@x.example"},
    "owner": {"id": 12, "username": "o@x.example", "email": "o@x.example"},
    "context": "stores/g5cd38",
    "account_uuid": "0b9b7a5e-0000-4000-8000-000000000000",
}


async def redeem() -> TokenGrant:
    return await exchange_code(
        login_url=LOGIN,
        client_id="client",
        client_secret="client-secret",
        redirect_uri="https://app.example.com/bigcommerce/auth",
        code="code-1",
        scope="store_v2_orders store_v2_products",
        context="stores/g5cd38",
    )


@pytest.fixture
def token_endpoint(respx_mock: respx.MockRouter) -> respx.Route:
    return respx_mock.post(f"{LOGIN}/oauth2/token")


async def test_the_code_becomes_a_grant(token_endpoint: respx.Route) -> None:
    token_endpoint.respond(json=GRANT)
    grant = await redeem()
    assert grant.access_token == GRANT["access_token"]
    assert grant.scopes == {"store_v2_orders", "store_v2_products"}
    assert grant.store_hash == "g5cd38"
    assert grant.user is not None
    assert grant.user.id == 24
    assert grant.owner is not None
    assert grant.owner.email == "o@x.example"
    form = parse_qs(token_endpoint.calls.last.request.content.decode())
    assert {key: value[0] for key, value in form.items()} == {
        "grant_type": "authorization_code",
        "client_id": "client",
        "client_secret": "client-secret",
        "code": "code-1",
        "scope": "store_v2_orders store_v2_products",
        "context": "stores/g5cd38",
        "redirect_uri": "https://app.example.com/bigcommerce/auth",
    }


async def test_owner_and_account_may_be_missing(token_endpoint: respx.Route) -> None:
    lean = {key: GRANT[key] for key in ("access_token", "scope", "context")}
    token_endpoint.respond(json=lean)
    grant = await redeem()
    assert (grant.user, grant.owner, grant.account_uuid) == (None, None, "")


async def test_the_token_is_not_printed(token_endpoint: respx.Route) -> None:
    token_endpoint.respond(json=GRANT)
    grant = await redeem()
    assert GRANT["access_token"] not in f"{grant} {grant!r}"


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(400, json={"error": "invalid_grant", "error_description": "code-1"}),
        httpx.Response(401, json={"error": "invalid_client"}),
        httpx.Response(400, json={"message": "no"}),
        httpx.Response(403, html="<h1>Forbidden</h1>"),
        httpx.Response(200, json={"error": "invalid_grant"}),
    ],
)
async def test_refused_codes(token_endpoint: respx.Route, response: httpx.Response) -> None:
    token_endpoint.mock(return_value=response)
    with pytest.raises(errors.CodeRejected) as caught:
        await redeem()
    assert "code-1" not in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        {"access_token": ""},
        {"access_token": None},
        {"access_token": 5},
        {"access_token": "two\nlines"},
        {"context": "stores/../x"},
        {"context": "stores/ABC"},
        {"context": "stores/abc\n"},
        {"context": None},
        {"scope": None},
    ],
)
async def test_malformed_grants(token_endpoint: respx.Route, change: dict[str, Any]) -> None:
    token_endpoint.respond(json={**GRANT, **change})
    with pytest.raises(errors.GrantMalformed):
        await redeem()


@pytest.mark.parametrize(
    "response", [httpx.Response(200, json=[1]), httpx.Response(200, text="<html>")]
)
async def test_answers_that_are_no_grants(
    token_endpoint: respx.Route, response: httpx.Response
) -> None:
    token_endpoint.mock(return_value=response)
    with pytest.raises(errors.GrantMalformed):
        await redeem()


@pytest.mark.parametrize(
    ("outcome", "sent"),
    [
        (httpx.ConnectError("no"), False),
        (httpx.ReadTimeout("no"), True),
        (httpx.Response(503), True),
        (httpx.Response(500, json={"error": "server_error"}), True),
        (httpx.Response(429), False),
    ],
)
async def test_unreachable(
    token_endpoint: respx.Route, outcome: httpx.Response | Exception, sent: bool
) -> None:
    token_endpoint.side_effect = [outcome]
    with pytest.raises(errors.Unreachable) as caught:
        await redeem()
    assert caught.value.sent is sent


@pytest.mark.parametrize(
    ("context", "store_hash"),
    [
        ("stores/g5cd38", "g5cd38"),
        ("stores/", None),
        ("stores/a/b", None),
        ("xstores/a", None),
        ("stores/a ", None),
        ("STORES/a", None),
        (7, None),
        (None, None),
    ],
)
def test_store_hash(context: object, store_hash: str | None) -> None:
    assert store_hash_of(context) == store_hash


def test_write_scopes_include_reading() -> None:
    granted = {scope.removesuffix("_read_only") for scope in REQUIRED_SCOPES}
    assert missing_scopes(granted) == frozenset()
    assert missing_scopes(REQUIRED_SCOPES) == frozenset()


def test_reading_does_not_include_writing() -> None:
    granted = {f"{scope.removesuffix('_read_only')}_read_only" for scope in REQUIRED_SCOPES}
    assert missing_scopes(granted) == {s for s in REQUIRED_SCOPES if not s.endswith("_read_only")}


def test_install_url() -> None:
    assert install_url(f"{LOGIN}/", "abc") == f"{LOGIN}/app/abc/install"
    assert install_url(LOGIN, "a/b", "failed") == f"{LOGIN}/app/a%2Fb/install/failed"

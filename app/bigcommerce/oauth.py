"""Turning an install's code into a token (FACTS 1.2, 1.4, 1.7)."""

import re
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import quote

import httpx
import msgspec
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client

from app.bigcommerce.errors import CodeRejected, GrantMalformed, Unreachable, Where
from app.bigcommerce.shapes import Shape, Unreadable, build

TOKEN_PATH = "/oauth2/token"  # noqa: S105 - a path
CONTEXT = re.compile(r"stores/([a-z0-9]{1,40})")
WHERE = Where("POST", TOKEN_PATH)
READ_ONLY = "_read_only"
REQUIRED_SCOPES = frozenset(
    {
        "store_v2_products",
        "store_v2_orders",
        "store_inventory",
        "store_v2_information_read_only",
        "store_channel_settings_read_only",
        "store_locations_read_only",
    }
)


class Person(Shape):
    """A user or owner of the store; ids stay, e-mail addresses change (quirk 55)."""

    id: int
    email: str = ""
    username: str = ""
    locale: str = ""


class TokenGrant(msgspec.Struct, frozen=True):
    """What an install gives us; ``store_hash`` is the authoritative tenant."""

    access_token: str
    scopes: frozenset[str]
    store_hash: str
    user: Person | None = None
    owner: Person | None = None
    account_uuid: str = ""

    def __repr__(self) -> str:
        return f"TokenGrant(store_hash={self.store_hash!r}, scopes={sorted(self.scopes)!r})"

    __str__ = __repr__


def store_hash_of(context: object) -> str | None:
    """The hash in ``stores/<hash>``, strictly; None for anything else."""
    match = CONTEXT.fullmatch(context) if isinstance(context, str) else None
    return match.group(1) if match else None


def missing_scopes(
    granted: Iterable[str], required: Iterable[str] = REQUIRED_SCOPES
) -> frozenset[str]:
    """Required scopes that were not granted; a write scope includes its read-only twin."""
    have = set(granted)
    return frozenset(
        scope
        for scope in required
        if scope not in have
        and not (scope.endswith(READ_ONLY) and scope.removesuffix(READ_ONLY) in have)
    )


def install_url(login_url: str, client_id: str, outcome: str = "") -> str:
    """Where an install from outside the control panel starts; ``outcome`` succeeded or failed."""
    tail = f"/{quote(outcome, safe='')}" if outcome else ""
    return f"{login_url.rstrip('/')}/app/{quote(client_id, safe='')}/install{tail}"


async def exchange_code(
    *,
    login_url: str,
    client_id: str,
    client_secret: str,
    redirect_uri: str,
    code: str,
    scope: str,
    context: str,
    transport: httpx.AsyncBaseTransport | None = None,
) -> TokenGrant:
    """Redeem ``code``; ``redirect_uri`` must be the registered callback, letter by letter.

    Raises CodeRejected, GrantMalformed, or Unreachable (``sent``: the code may be used up).
    """
    client = AsyncOAuth2Client(
        client_id,
        client_secret,
        token_endpoint_auth_method="client_secret_post",  # noqa: S106 - the method's name
        redirect_uri=redirect_uri,
        timeout=httpx.Timeout(20.0, connect=10.0),
        follow_redirects=False,
        transport=transport,
    )
    async with client:
        return await _redeem(
            client, f"{login_url.rstrip('/')}{TOKEN_PATH}", code=code, scope=scope, context=context
        )


async def _redeem(client: AsyncOAuth2Client, url: str, **fields: str) -> TokenGrant:
    statuses: list[int] = []
    client.register_compliance_hook("access_token_response", _noting(statuses))
    token: object = None
    refused = ""
    try:
        token = await client.fetch_token(url, grant_type="authorization_code", **fields)
    except OAuthError as error:
        refused = _first_word(error.error) or "refused"
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise Unreachable(WHERE, sent=False, reached=False, detail=type(error).__name__) from None
    except httpx.TransportError as error:
        raise Unreachable(WHERE, sent=True, detail=type(error).__name__) from None
    except (httpx.HTTPStatusError, ValueError):
        token = None  # no JSON object; the status decides what that means
    status = statuses[-1] if statuses else 500
    where = Where(WHERE.method, WHERE.path, status)
    if status >= 500 or status == 429:
        raise Unreachable(where, sent=status != 429)
    if status >= 400 or refused:
        # The form of a refusal is not documented (FACTS 9), so any 4xx is one.
        raise CodeRejected(where, detail=refused)
    return _grant(token, where)


def _noting(statuses: list[int]) -> Callable[[httpx.Response], httpx.Response]:
    def note(response: httpx.Response) -> httpx.Response:
        statuses.append(response.status_code)
        return response

    return note


def _grant(token: object, where: Where) -> TokenGrant:
    if not isinstance(token, Mapping):
        raise GrantMalformed(where, detail="not an object")
    access_token, scope = token.get("access_token"), token.get("scope")
    store_hash = store_hash_of(token.get("context"))
    if not isinstance(access_token, str) or not access_token.isprintable() or not access_token:
        raise GrantMalformed(where, detail="no access token")
    if store_hash is None:
        raise GrantMalformed(where, detail="no store in the context")
    if not isinstance(scope, str):
        raise GrantMalformed(where, detail="no scopes")
    uuid = token.get("account_uuid")
    return TokenGrant(
        access_token=access_token,
        scopes=frozenset(scope.split()),
        store_hash=store_hash,
        user=_person(token.get("user")),
        owner=_person(token.get("owner")),
        account_uuid=uuid if isinstance(uuid, str) else "",
    )


def _person(sent: object) -> Person | None:
    try:
        return build(sent, Person) if sent else None
    except Unreadable:
        return None


def _first_word(text: object) -> str:
    """Only a code, never free text that might repeat what was sent."""
    found = re.match(r"[a-z_]{1,40}", str(text))
    return found.group(0) if found else ""

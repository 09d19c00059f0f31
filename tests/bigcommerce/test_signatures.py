import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey

from app.bigcommerce.errors import SignatureRefused
from app.bigcommerce.signatures import (
    SignedPayload,
    WebhookProof,
    read_webhook,
    verify_signed_payload,
    verify_webhook,
)

CLIENT_ID = "client-id"
SECRET = "client-secret-0123456789abcdef0123456789abcdef"
NOW = 1_700_000_000
CLAIMS: dict[str, Any] = {
    "aud": CLIENT_ID,
    "iss": "bc",
    "iat": NOW,
    "nbf": NOW - 5,
    "exp": NOW + 86_400,
    "jti": "5c3b2c8e-0000-4000-8000-000000000000",
    "sub": "stores/abc123",
    "user": {"id": 9, "email": "m@x.example", "locale": "en-US"},
    "owner": {"id": 7, "email": "o@x.example"},
    "url": "/",
    "channel_id": None,
}


def signed(
    claims: Any = None, *, key: str = SECRET, algorithm: str = "HS256", **change: object
) -> str:
    given = {**CLAIMS, **change} if claims is None else claims
    return jwt.encode({"alg": algorithm}, given, OctKey.import_key(key), algorithms=[algorithm])


def verify(token: str, now: int = NOW) -> SignedPayload:
    return verify_signed_payload(token, client_id=CLIENT_ID, client_secret=SECRET, now=now)


def test_a_signed_payload() -> None:
    payload = verify(signed(channel_id=3))
    assert payload.store_hash == "abc123"
    assert (payload.user.id, payload.user.email, payload.user.locale) == (
        9, "m@x.example", "en-US",
    )  # fmt: skip
    assert payload.owner is not None
    assert payload.owner.id == 7
    assert (payload.url, payload.channel_id, payload.jti) == ("/", 3, CLAIMS["jti"])
    assert payload.expires_at == datetime.fromtimestamp(NOW + 86_400, UTC)


@pytest.mark.parametrize("now", [NOW - 60, NOW + 86_400 + 59])
def test_leeway(now: int) -> None:
    assert verify(signed(), now).store_hash == "abc123"


@pytest.mark.parametrize(
    "make",
    [
        lambda: signed(aud="someone-else"),
        lambda: signed(iss="evil"),
        lambda: signed(exp=NOW - 61),
        lambda: signed(nbf=NOW + 61),
        lambda: signed(iat=NOW + 61),
        lambda: signed(exp="soon"),
        lambda: signed(sub="stores/ABC"),
        lambda: signed(sub="stores/a/../b"),
        lambda: signed(sub=5),
        lambda: signed(user=None),
        lambda: signed(user={"email": "x"}),
        lambda: signed({k: v for k, v in CLAIMS.items() if k != "sub"}),
        lambda: signed({k: v for k, v in CLAIMS.items() if k != "exp"}),
        lambda: signed(key="another-secret-0123456789abcdef0123456789"),
        lambda: signed(algorithm="HS512"),
        lambda: _unsigned(),
        lambda: "",
        lambda: "a.b.c",
        lambda: "ключ.x.y",
        lambda: signed()[:-3],
    ],
)
def test_refused_payloads(make: Callable[[], str]) -> None:
    with pytest.raises(SignatureRefused):
        verify(make())


def _unsigned() -> str:
    parts = ({"alg": "none", "typ": "JWT"}, CLAIMS)
    coded = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts]
    return ".".join([*coded, ""])


@given(st.text(max_size=80))
def test_garbage_is_refused(token: str) -> None:
    with pytest.raises(SignatureRefused):
        verify(token)


BODY = json.dumps(
    {
        "scope": "store/order/statusUpdated",
        "store_id": "1025646",
        "data": {"type": "order", "id": 250, "status": {"previous_status_id": 0}},
        "hash": "3f9ea420af83450d7ef9f78b08c8af25b2213637",
        "created_at": 1561479335,
        "producer": "stores/abc123",
    }
).encode()
HEADER = "X-App-Webhook-Secret"
OWN = "own-secret"


def sign(body: bytes = BODY, *, stamp: int = NOW, key: str = SECRET) -> dict[str, str]:
    digest = hmac.new(key.encode(), f"msg-1.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "Webhook-Id": "msg-1",
        "Webhook-Timestamp": str(stamp),
        "Webhook-Signature": f"v1a,xx v1,{base64.b64encode(digest).decode()}",
    }


def check(
    headers: dict[str, str],
    body: bytes = BODY,
    *,
    secrets: tuple[str, ...] = (OWN,),
    client_secret: str | None = SECRET,
    require_signature: bool = False,
) -> WebhookProof:
    return verify_webhook(
        body,
        headers,
        secret_header=HEADER,
        secrets=secrets,
        client_secret=client_secret,
        now=NOW,
        require_signature=require_signature,
    )


def test_an_event_is_read() -> None:
    event = read_webhook(BODY)
    assert event.scope == "store/order/statusUpdated"
    assert (event.store_hash, event.store_id) == ("abc123", "1025646")
    assert event.data["id"] == 250
    assert event.created_at == datetime.fromtimestamp(1561479335, UTC)
    assert read_webhook(BODY.replace(b'"1025646"', b"1025646")).store_id == "1025646"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        b"[" * 100_000,
        BODY.replace(b"stores/abc123", b"abc123"),
        BODY.replace(b"store/order", b"cart/order"),
        BODY.replace(b'"data"', b'"dat"'),
    ],
)
def test_malformed_events(body: bytes) -> None:
    with pytest.raises(SignatureRefused, match="malformed"):
        read_webhook(body)


def test_proofs() -> None:
    assert check({HEADER.lower(): OWN}) == WebhookProof("secret")
    assert check(sign()) == WebhookProof("signature")
    assert check({**sign(), HEADER: OWN}) == WebhookProof("both")
    assert check({**sign(stamp=NOW - 3600), HEADER: OWN}) == WebhookProof("both", stale=True)
    assert check({HEADER: "older"}, secrets=(OWN, "older")) == WebhookProof("secret")
    assert check({**sign(), HEADER: OWN}, client_secret=None) == WebhookProof("secret")
    assert check({**sign(), HEADER: OWN}, require_signature=True) == WebhookProof("both")


@pytest.mark.parametrize(
    ("headers", "kwargs", "reason"),
    [
        ({}, {}, "no_proof"),
        ({HEADER: ""}, {}, "secret"),
        ({HEADER: "wrong"}, {}, "secret"),
        ({HEADER: "ключ"}, {}, "secret"),
        ({**sign(), HEADER: "wrong"}, {}, "secret"),
        ({HEADER: OWN}, {"require_signature": True}, "unsigned"),
        ({HEADER: OWN}, {"secrets": ()}, "no_proof"),
        ({HEADER: ""}, {"secrets": ("",)}, "secret"),
        (sign(stamp=NOW - 301), {}, "stale"),
        (sign(stamp=NOW + 301), {}, "stale"),
        (sign(key="other-secret"), {}, "signature"),
        ({**sign(key="other-secret"), HEADER: OWN}, {}, "signature"),
        (sign(BODY + b" "), {}, "signature"),
        ({**sign(), "Webhook-Signature": ""}, {}, "signature"),
        ({**sign(), "Webhook-Signature": "v1,%%%"}, {}, "signature"),
        ({**sign(), "Webhook-Timestamp": "now"}, {}, "signature_headers"),
        ({**sign(), "Webhook-Timestamp": "9" * 40}, {}, "signature_headers"),
        ({**sign(), "Webhook-Id": ""}, {}, "signature_headers"),
    ],
)
def test_refused_webhooks(headers: dict[str, str], kwargs: dict[str, Any], reason: str) -> None:
    with pytest.raises(SignatureRefused) as caught:
        check(headers, **kwargs)
    assert caught.value.reason == reason

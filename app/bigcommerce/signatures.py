"""Proving that BigCommerce is the sender: signed payloads and webhooks (FACTS 1.5, 3.2, 3.3)."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from standardwebhooks.webhooks import Webhook

from app.bigcommerce.errors import SignatureRefused
from app.bigcommerce.oauth import Person, store_hash_of
from app.bigcommerce.shapes import Unreadable, build, decode

LEEWAY = 60
TOLERANCE = 300
LONGEST_BODY = 1_000_000


@dataclass(frozen=True, slots=True)
class SignedPayload:
    """Who opened, uninstalled or left the app, and in which store (``store_hash``)."""

    store_hash: str
    user: Person
    owner: Person | None
    url: str
    channel_id: int | None
    jti: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """An event as its body tells it: trust nothing but the ids, and read those back."""

    scope: str
    store_hash: str
    store_id: str
    hash: str
    data: dict[str, object]
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class WebhookProof:
    """How a webhook was verified; ``stale``: rightly signed, but too long ago (a late retry)."""

    by: Literal["secret", "signature", "both"]
    stale: bool = False


def verify_signed_payload(
    token: str, *, client_id: str, client_secret: str, now: int, leeway: int = LEEWAY
) -> SignedPayload:
    """The claims of ``signed_payload_jwt``; ``now`` in Unix seconds. Raises SignatureRefused."""
    try:
        decoded = jwt.decode(token, OctKey.import_key(client_secret), algorithms=["HS256"])
        claims = decoded.claims
        jwt.JWTClaimsRegistry(
            now=now,
            leeway=leeway,
            aud={"essential": True, "value": client_id},
            iss={"essential": True, "value": "bc"},
            sub={"essential": True},
            exp={"essential": True},
            nbf={"essential": True},
            iat={"essential": True},
        ).validate(claims)
    except JoseError as error:
        raise SignatureRefused(error.error) from None
    except (ValueError, TypeError, UnicodeError, RecursionError):
        raise SignatureRefused("unreadable") from None
    return _payload(claims)


def _payload(claims: Mapping[str, object]) -> SignedPayload:
    store_hash = store_hash_of(claims.get("sub"))
    if store_hash is None:
        raise SignatureRefused("subject")
    try:
        user = build(claims.get("user"), Person)
        owner = build(claims["owner"], Person) if claims.get("owner") else None
        expires_at = build(claims.get("exp"), datetime)
    except Unreadable:
        raise SignatureRefused("claims") from None
    channel_id, url, jti = claims.get("channel_id"), claims.get("url"), claims.get("jti")
    return SignedPayload(
        store_hash=store_hash,
        user=user,
        owner=owner,
        url=url if isinstance(url, str) else "/",
        channel_id=channel_id if isinstance(channel_id, int) else None,
        jti=jti if isinstance(jti, str) else "",
        expires_at=expires_at,
    )


def read_webhook(raw_body: bytes) -> WebhookEvent:
    """The event in a body that is not verified yet; needed to know whose secret to compare.

    Raises SignatureRefused("malformed").
    """
    try:
        sent = decode(raw_body) if len(raw_body) <= LONGEST_BODY else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        sent = None
    if not isinstance(sent, dict):
        raise SignatureRefused("malformed")
    scope, data = sent.get("scope"), sent.get("data")
    store_hash = store_hash_of(sent.get("producer"))
    if not isinstance(scope, str) or not scope.startswith("store/") or store_hash is None:
        raise SignatureRefused("malformed")
    if not isinstance(data, dict):
        raise SignatureRefused("malformed")
    store_id, digest = sent.get("store_id"), sent.get("hash")
    try:
        created_at = build(sent.get("created_at"), datetime)
    except Unreadable:
        created_at = None
    return WebhookEvent(
        scope=scope,
        store_hash=store_hash,
        store_id=str(store_id) if isinstance(store_id, str | int) else "",
        hash=digest if isinstance(digest, str) else "",
        data=data,
        created_at=created_at,
    )


def verify_webhook(
    raw_body: bytes,
    headers: Mapping[str, str],
    *,
    secret_header: str,
    secrets: tuple[str, ...],
    client_secret: str | None,
    now: int,
    require_signature: bool = False,
) -> WebhookProof:
    """Check our own secret (any of ``secrets``) and, when present, BigCommerce's signature.

    ``headers`` with names in any case; ``now`` in Unix seconds. Either proof is enough unless
    ``require_signature``; a wrong one is never forgiven. An old but right signature counts only
    together with our own secret, since retries may keep their first time stamp (FACTS 3.3).
    Raises SignatureRefused.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    secret = _own_secret(lowered.get(secret_header.lower()), secrets)
    if client_secret and "webhook-signature" in lowered:
        fresh = _signature(raw_body, lowered, client_secret, now)
        if not fresh and not secret:
            raise SignatureRefused("stale")
        return WebhookProof("both" if secret else "signature", stale=not fresh)
    if require_signature:
        raise SignatureRefused("unsigned")
    if not secret:
        raise SignatureRefused("no_proof")
    return WebhookProof("secret")


def _own_secret(given: str | None, secrets: tuple[str, ...]) -> bool:
    """Whether our secret came along; raises when another one did."""
    if given is None or not secrets:
        return False
    # Every candidate is compared, so that time tells nothing about which one was close.
    matches = [hmac.compare_digest(given.encode(), secret.encode()) for secret in secrets if secret]
    if not any(matches):
        raise SignatureRefused("secret")
    return True


def _signature(raw_body: bytes, headers: Mapping[str, str], client_secret: str, now: int) -> bool:
    """Whether the signature is right and recent; raises when it is wrong."""
    name, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not name or not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= 12):
        raise SignatureRefused("signature_headers")
    try:
        # The key is the bytes of the client secret; time is checked here, with our own clock.
        moment = datetime.fromtimestamp(int(stamp), UTC)
        expected = Webhook(client_secret.encode()).sign(name, moment, raw_body.decode())
    except (ValueError, OverflowError, OSError):
        raise SignatureRefused("signature_headers") from None
    given = [part.partition(",") for part in headers["webhook-signature"].split()]
    wanted = base64.b64decode(expected.partition(",")[2])
    matches = [
        hmac.compare_digest(wanted, _bytes(value)) for kind, _, value in given if kind == "v1"
    ]
    if not any(matches):
        raise SignatureRefused("signature")
    return abs(now - int(stamp)) <= TOLERANCE


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""

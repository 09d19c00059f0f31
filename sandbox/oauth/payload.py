"""Signed payloads of the load, uninstall and remove_user callbacks (FACTS 1.5)."""

import base64
import uuid
from typing import Any

import msgspec
from joserfc import jwt
from joserfc.jwk import OctKey

from sandbox.errors import JSON
from sandbox.oauth.accounts import User
from sandbox.state import Sandbox

DAY_S = 86_400


def claims(sandbox: Sandbox, user: User, *, url: str = "/", channel_id: int | None = None) -> JSON:
    """The claims of a fresh payload; `nbf` lies five seconds before `iat`."""
    now = sandbox.clock.unix()
    return {
        "aud": sandbox.settings.client_id,
        "iss": "bc",
        "iat": now,
        "nbf": now - 5,
        "exp": now - 5 + DAY_S,
        "jti": str(uuid.uuid4()),
        "sub": f"stores/{sandbox.settings.store_hash}",
        "user": user.claim(with_locale=True),
        "owner": sandbox.app.owner.claim(),
        "url": url,
        "channel_id": channel_id,
    }


def sign(payload: JSON, secret: str, algorithm: str = "HS256") -> str:
    """Sign claims. `none` gives an unsecured token, for testing refusals."""
    if algorithm == "none":
        parts = ({"typ": "JWT", "alg": "none"}, payload)
        return ".".join([*(_encoded(part) for part in parts), ""])
    key: Any = OctKey.import_key(secret)
    return jwt.encode({"alg": algorithm}, payload, key, algorithms=[algorithm])


def signed(sandbox: Sandbox, user: User) -> str:
    """A payload as the platform sends it."""
    return sign(claims(sandbox, user), sandbox.settings.client_secret)


def _encoded(part: JSON) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(part)).rstrip(b"=").decode()

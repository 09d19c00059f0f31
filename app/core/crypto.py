"""Encryption at rest and signing with a rotating key ring."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr

from app.core.errors import AppError


class Undecryptable(AppError):
    """A stored value was sealed with a key that is no longer among the secret keys."""

    code = "undecryptable"
    status = 500
    title = "A stored value cannot be read"

    def __init__(self) -> None:
        super().__init__("It was sealed with a key that is no longer in QUAYSIDE_SECRET_KEYS.")


class KeyRing:
    """Encrypts with the newest key, decrypts with any, signs with keys derived from each.

    Keys are urlsafe base64 of 32 bytes, newest first.
    """

    def __init__(self, keys: tuple[SecretStr, ...]) -> None:
        self._fernet = MultiFernet([Fernet(key.get_secret_value()) for key in keys])
        self._signing = [
            hashlib.sha256(b"quayside signing " + key.get_secret_value().encode()).digest()
            for key in keys
        ]

    def __repr__(self) -> str:
        return f"KeyRing({len(self._signing)} keys)"

    def encrypt(self, text: str) -> str:
        """Return an opaque token that only this ring can read."""
        return self._fernet.encrypt(text.encode()).decode()

    def decrypt(self, token: str) -> str:
        """Read a token of `encrypt`; raises `Undecryptable`."""
        try:
            return self._fernet.decrypt(token.encode()).decode()
        except InvalidToken as error:
            raise Undecryptable from error

    def rotate(self, token: str) -> str:
        """Encrypt a token anew with the newest key, keeping its time of creation."""
        try:
            return self._fernet.rotate(token.encode()).decode()
        except InvalidToken as error:
            raise Undecryptable from error

    def encrypt_json(self, value: Any) -> str:
        """Encrypt a JSON value."""
        return self.encrypt(json.dumps(value, separators=(",", ":"), ensure_ascii=False))

    def decrypt_json(self, token: str) -> Any:
        """Read a value of `encrypt_json`."""
        return json.loads(self.decrypt(token))

    def sign(self, purpose: str, message: str) -> str:
        """Return a hex HMAC-SHA256 bound to a purpose."""
        return self._mac(self._signing[0], purpose, message)

    def signature_is_valid(self, purpose: str, message: str, signature: str) -> bool:
        """Check a signature against every key of the ring, in constant time each."""
        given = signature.encode()
        return any(
            hmac.compare_digest(self._mac(key, purpose, message).encode(), given)
            for key in self._signing
        )

    @staticmethod
    def _mac(key: bytes, purpose: str, message: str) -> str:
        return hmac.new(key, f"{purpose}\n{message}".encode(), hashlib.sha256).hexdigest()

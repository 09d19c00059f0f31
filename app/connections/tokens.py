"""Tickets, codes and their digests. Only digests are stored."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

TICKET_LIFE = timedelta(hours=1)
PANEL_CODE_LIFE = timedelta(seconds=60)
# Without 0/O, 1/I/L and U: codes are read from one screen and typed into another.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
LINK_CODE_LENGTH = 10
MOST_FAILED_CODES = 10


def new_ticket() -> str:
    """Return 256 random bits for an address or a page."""
    return secrets.token_urlsafe(32)


def new_link_code() -> str:
    """Return a code that people can type, e.g. `K7QMR-2XPDH`; 49 bits."""
    text = "".join(secrets.choice(ALPHABET) for _ in range(LINK_CODE_LENGTH))
    return f"{text[:5]}-{text[5:]}"


def digest(text: str) -> bytes:
    """Return what is stored of a random text."""
    return hashlib.sha256(text.encode()).digest()


def link_code_digest(store_hash: str, code: str) -> bytes:
    """Return what is stored of a link code; typed codes may differ in case and separators."""
    plain = "".join(character for character in code.upper() if character.isalnum())
    return digest(f"{store_hash}:{plain}")

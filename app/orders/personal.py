"""The sealed part of an order."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from app.core.crypto import KeyRing


@dataclass
class Person:
    """Personal values of an order, of its billing address and, by external id, of its lines."""

    order: dict[str, Any] = field(default_factory=dict)
    billing: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, dict[str, Any]] = field(default_factory=dict)
    ffl: dict[str, Any] | None = None


def seal_person(keyring: KeyRing, person: Person) -> str | None:
    """Encrypt; None when there is nothing to hide."""
    return None if person == Person() else keyring.encrypt_json(asdict(person))


def open_person(keyring: KeyRing, sealed: str | None) -> Person:
    """Decrypt; nobody when there is nothing, e.g. after erasure."""
    return Person() if sealed is None else Person(**keyring.decrypt_json(sealed))


def seal_address(keyring: KeyRing, values: dict[str, Any]) -> str | None:
    """Encrypt the personal values of a shipping address."""
    return keyring.encrypt_json(values) if values else None


def open_address(keyring: KeyRing, sealed: str | None) -> dict[str, Any]:
    """Decrypt the personal values of a shipping address."""
    if sealed is None:
        return {}
    values: dict[str, Any] = keyring.decrypt_json(sealed)
    return values

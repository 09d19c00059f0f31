"""What `quayside up` keeps between starts: the secret key and an API key."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from pathlib import Path

import httpx
from cryptography.fernet import Fernet

from app.accounts.service import Scope
from app.local.api_keys import create_api_key
from app.local.errors import cannot_write
from app.local.places import write_private

SECRET_KEYS = "QUAYSIDE_SECRET_KEYS"  # noqa: S105 - a variable's name
ACCOUNT = "Local"


def secret_keys(environ: Mapping[str, str], home: Path) -> str:
    """Return the keys of the environment, else the one kept in the data folder, made at need."""
    given = environ.get(SECRET_KEYS)
    if given:
        return given
    kept = home / "secret.key"
    if not _read(kept):
        write_private(kept, Fernet.generate_key().decode())
    return _read(kept)


def sandbox_secret(keys: str) -> str:
    """Return the client secret that sandbox and service share; no stranger can guess it."""
    return hashlib.sha256(f"sandbox client secret {keys}".encode()).hexdigest()


def api_key(client: httpx.Client, database_url: str, home: Path) -> str:
    """Return the key kept in the data folder while the service takes it, else a new one."""
    kept = home / "api.key"
    key = _read(kept)
    if key and client.get("/v1/channels", headers=bearer(key)).status_code != 401:
        return key
    key = asyncio.run(create_api_key(database_url, ACCOUNT, Scope.ADMIN))
    write_private(kept, key)
    return key


def bearer(key: str) -> dict[str, str]:
    """Return the header that carries a key."""
    return {"Authorization": f"Bearer {key}"}


def _read(path: Path) -> str:
    try:
        return path.read_text().strip() if path.exists() else ""
    except OSError as error:
        raise cannot_write(path, error) from error

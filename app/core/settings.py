"""Environment of the process, read once at start and passed on."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

DEFAULT_API_URL = "https://api.bigcommerce.com"
DEFAULT_LOGIN_URL = "https://login.bigcommerce.com"


class Settings(BaseSettings):
    """Every variable is `QUAYSIDE_` plus the upper-case field name."""

    model_config = SettingsConfigDict(env_prefix="QUAYSIDE_", extra="ignore", frozen=True)

    database_url: str
    redis_url: str
    public_url: str = "http://127.0.0.1:8000"
    secret_keys: Annotated[tuple[SecretStr, ...], NoDecode]

    bigcommerce_client_id: str = ""
    bigcommerce_client_secret: SecretStr = SecretStr("")
    bigcommerce_api_url: str = DEFAULT_API_URL
    bigcommerce_login_url: str = DEFAULT_LOGIN_URL

    log_level: str = "INFO"
    log_format: str = Field(default="json", pattern="^(json|console)$")
    database_pool_size: int = Field(default=10, ge=2, le=100)

    request_reserve: float = Field(default=0.1, ge=0, le=0.9)
    """Share of a store's quota that is left to its other apps."""

    webhook_signature_required: bool = False
    """Refuse deliveries with only our own secret header and no Standard Webhooks signature."""

    hook_check_minutes: int = Field(default=15, ge=1, le=1440)
    run_lease_seconds: float = Field(default=10.0, ge=1, le=600)
    run_slice_seconds: float = Field(default=45.0, ge=1, le=100)
    sweep_seconds: float = Field(default=1.0, ge=0.1, le=60)
    worker_max_jobs: int = Field(default=10, ge=1, le=100)

    smtp_url: SecretStr = SecretStr("")
    """`smtp://user:password@host:587` (STARTTLS) or `smtps://…`; empty: no mail is sent."""
    smtp_from: str = ""
    notify_private_addresses: bool = False
    """Let notification webhooks go to loopback and private addresses, and without TLS."""

    @field_validator("secret_keys", mode="before")
    @classmethod
    def _split_keys(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("secret_keys")
    @classmethod
    def _check_keys(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if not value:
            raise ValueError("at least one key is needed; `quayside secret` prints one")
        for key in value:
            try:
                Fernet(key.get_secret_value())
            except ValueError as error:
                raise ValueError("each key is 32 bytes in urlsafe base64") from error
        return value

    @field_validator("public_url", "bigcommerce_api_url", "bigcommerce_login_url")
    @classmethod
    def _strip_slash(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise ValueError("must be an absolute http(s) URL")
        return value.rstrip("/")

    @field_validator("smtp_url")
    @classmethod
    def _check_smtp(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        parts = urlsplit(text)
        if text and (parts.scheme not in {"smtp", "smtps"} or not parts.hostname):
            raise ValueError("must be smtp://host or smtps://host")
        return value

    @cached_property
    def webhook_destination(self) -> str:
        """Where BigCommerce delivers events."""
        return f"{self.public_url}/bigcommerce/webhooks"

    @cached_property
    def auth_callback(self) -> str:
        """The redirect URI registered with BigCommerce."""
        return f"{self.public_url}/bigcommerce/auth"

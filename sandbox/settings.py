"""Settings of the sandbox store, read from the environment with the prefix QUAYSIDE_SANDBOX_."""

import hashlib
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

WeightUnits = Literal["Ounces", "Pounds", "Grams", "Kilograms", "Tonnes"]
DimensionUnits = Literal["Inches", "Centimeters"]

ALL_SCOPES = (
    "store_v2_default",
    "store_v2_products",
    "store_v2_orders",
    "store_v2_transactions",
    "store_inventory",
    "store_locations",
    "store_v2_information",
    "store_channel_settings",
    "store_channel_listings",
    "store_sites",
    "store_metafield_write",
)

# FACTS 3.4: eleven retries, about 48 hours in all.
RETRY_SCHEDULE = (60.0, 180, 300, 600, 900, 1800, 3600, 7200, 21600, 50400, 86400)


class SandboxSettings(BaseSettings):
    """Everything that shapes one sandbox store; two equal settings give two equal stores."""

    model_config = SettingsConfigDict(env_prefix="QUAYSIDE_SANDBOX_", frozen=True)

    seed: int = 1
    products: int = Field(default=1200, ge=0, le=200_000)
    variants: int | None = Field(default=None, ge=0, le=1_000_000)
    orders: int = Field(default=400, ge=0, le=200_000)
    order_days: int = Field(default=30, ge=1, le=3650)

    client_id: str = "sandbox-client-id"
    client_secret: str = "sandbox-client-secret-0123456789abcdef"
    store_hash: str = Field(default="sandbox01", pattern=r"^[a-z0-9]+$")
    access_token: str = ""
    scopes: str = " ".join(ALL_SCOPES)
    code_lifetime_s: float = 60.0

    app_url: str = "http://127.0.0.1:8000"
    public_url: str = "http://127.0.0.1:9000"

    weight_units: WeightUnits = "Pounds"
    dimension_units: DimensionUnits = "Inches"
    currency: str = "USD"
    prices_with_tax: bool = False
    multi_storefront: bool = False

    quota: int = Field(default=450, ge=0)
    window_ms: int = Field(default=30_000, ge=1)
    latency_ms: int = Field(default=0, ge=0)
    inventory_lag_ms: int = Field(default=0, ge=0)

    list_archived: bool = True
    """Whether lists hold archived orders that nobody asked for; undocumented (FACTS 8.40)."""

    retry_schedule: tuple[float, ...] = RETRY_SCHEDULE
    retry_scale: float = Field(default=1.0, gt=0)
    resign_retries: bool = True
    sign_webhooks: bool = True
    blocklist: bool = True
    delivery_timeout_s: float = 10.0

    def token(self) -> str:
        """The access token of the store-level API account, stable for one seed and store."""
        return self.access_token or self.derived("api-account-token")

    def account_client_id(self) -> str:
        """The client id of the store-level API account (another client than the app's)."""
        return self.derived("api-account-client")[:31]

    def account_client_secret(self) -> str:
        """The client secret of the store-level API account."""
        return self.derived("api-account-secret")

    def derived(self, purpose: str) -> str:
        """A stable 64 character value for `purpose`, different for every seed and store."""
        text = f"{purpose}:{self.seed}:{self.store_hash}"
        return hashlib.sha256(text.encode()).hexdigest()

    def target_variants(self) -> int:
        """How many variants the seeded catalogue aims at: given, or ten thirds of the products."""
        if self.variants is not None:
            return max(self.variants, self.products)
        return self.products * 10 // 3

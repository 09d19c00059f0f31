"""Bodies of the connection routes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr, StringConstraints

from app.connections.kinds import ConnectionStatus, Method
from app.core.schemas import Body, GivenId, Id, Timestamp, View

StoreHash = Annotated[
    str, StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^[a-z0-9]{1,40}$")
]
Secret = Annotated[SecretStr, Field(min_length=1, max_length=500)]


class TokenConnectionRequest(Body):
    """A store-level API account; with its client secret, signed webhooks can be checked."""

    channel_id: GivenId
    method: Literal["api_token"]
    store_hash: StoreHash
    access_token: Secret
    client_id: Annotated[str, Field(max_length=200)] | None = None
    client_secret: Secret | None = None


class InstallConnectionRequest(Body):
    """An install of this installation's app; `authorization_url` of the answer starts it."""

    channel_id: GivenId
    method: Literal["oauth2"]
    store_hash: StoreHash


ConnectionRequest = Annotated[
    TokenConnectionRequest | InstallConnectionRequest, Field(discriminator="method")
]

WeightUnits = Literal["g", "kg", "t", "oz", "lb"]
DimensionUnits = Literal["cm", "in"]


class StoreView(View):
    """What the store says of itself; null where it has not said so yet."""

    name: str | None = None
    currency: str | None = None
    weight_units: WeightUnits | None = None
    dimension_units: DimensionUnits | None = None
    timezone: str | None = None


class ConnectionView(View):
    """A connection, without its secrets."""

    id: Id
    channel_id: Id
    method: Method
    store_hash: str
    status: ConnectionStatus
    status_reason: str | None
    client_id: str | None
    scopes: list[str]
    store: StoreView
    store_refreshed_at: Timestamp | None
    connected_at: Timestamp | None
    created_at: Timestamp
    updated_at: Timestamp


class PendingConnectionView(ConnectionView):
    """A connection that waits for an install.

    `authorization_url` is opened in the merchant's browser; where that browser loses our cookie,
    `link_code` is typed inside the control panel. Both are shown this once and work for an hour.
    """

    authorization_url: str
    link_code: str
    expires_at: Timestamp


class CheckView(View):
    """One real call to the store."""

    resource: Literal["information", "products", "orders", "inventory", "webhooks"]
    ok: bool
    code: str
    detail: str


class RateLimitView(View):
    """The store's quota as of the last answer; null where the store did not say."""

    quota: int | None
    left: int | None
    window_ms: int | None


class TestView(View):
    """What a connection can do at this moment."""

    __test__ = False

    ok: bool
    store: StoreView
    checks: list[CheckView]
    rate_limit: RateLimitView


class WantedHookView(View):
    """A subscription that a connection should have."""

    scope: str
    destination: str


class FoundHookView(View):
    """A subscription at the store; `ours` when it delivers to us or carries our secret."""

    id: int
    scope: str
    destination: str
    is_active: bool
    ours: bool


class HookProblemView(View):
    """What is wrong with the subscriptions."""

    code: str
    scope: str
    hook_id: int | None
    message: str


class HookActionView(View):
    """What a repair did."""

    action: Literal["created", "updated", "deleted"]
    scope: str
    hook_id: int


class LastRepairView(View):
    """When subscriptions had last to be set right, and what was done."""

    at: Timestamp
    actions: list[HookActionView]


class WebhooksView(View):
    """Subscriptions of a connection."""

    wanted: list[WantedHookView]
    found: list[FoundHookView]
    problems: list[HookProblemView]
    last_repair: LastRepairView | None


class RepairView(WebhooksView):
    """Subscriptions after a repair, and what it did."""

    repaired: list[HookActionView]

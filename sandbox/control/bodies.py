"""Bodies of the control API."""

from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sandbox.store.order_spec import LineSpec, OrderSpec


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class OrdersBody(OrderSpec):
    """An order, or `count` orders alike. Without lines, `line_count` variants are chosen.

    `at_checkout` places it as a shopper does: the store refuses what it does not show to have.
    """

    count: int = Field(default=1, ge=1, le=10_000)
    at_checkout: bool = False
    skip_ids: int = Field(default=0, ge=0, le=10_000)
    """Numbers to leave out before each order, as if carts had taken them."""


class RefundItem(_Body):
    """Units of a line to refund."""

    line_id: int
    quantity: int = Field(default=1, ge=1)


class QuantityChange(_Body):
    """A new quantity of a line; 0 removes it."""

    line_id: int
    quantity: int = Field(ge=0)


class OrderPatch(_Body):
    """What a merchant does to an order.

    `fields` and `line_fields` overwrite wire fields, of the order or of all lines, without checks.
    """

    status_id: int | None = Field(default=None, ge=0, le=14)
    is_deleted: bool | None = None
    set_quantities: list[QuantityChange] = Field(default_factory=list)
    add_lines: list[LineSpec] = Field(default_factory=list)
    refund: list[RefundItem] = Field(default_factory=list)
    refund_reason: str = "Refunded by the merchant"
    customer_message: str | None = None
    staff_notes: str | None = None
    lines_missing_in_include: bool | None = None
    fields: dict[str, Any] = Field(default_factory=dict)
    line_fields: dict[str, Any] = Field(default_factory=dict)


class VariantPatch(_Body):
    """Fields of one variant, chosen by id or SKU; null inherits."""

    id: int | None = None
    sku: str | None = None
    fields: dict[str, Any] = Field(default_factory=dict)


class ProductPatch(_Body):
    """Fields of a product and its variants, written without the API's checks."""

    fields: dict[str, Any] = Field(default_factory=dict)
    variants: list[VariantPatch] = Field(default_factory=list)
    silent: bool = False


class QuotaBody(_Body):
    """Limits of the window, and what is left in the running one."""

    quota: int | None = Field(default=None, ge=0)
    window_ms: int | None = Field(default=None, ge=1)
    left: int | None = Field(default=None, ge=0)


class RivalBody(_Body):
    """Requests per second another app takes from the quota."""

    per_second: float = Field(ge=0)


class ClockBody(_Body):
    """Seconds to move the store's clock by."""

    move_s: float


class JwtBody(_Body):
    """Claims to override (null removes one), the algorithm and the secret to sign with."""

    claims: dict[str, Any] = Field(default_factory=dict)
    algorithm: Literal["HS256", "HS384", "HS512", "none"] = "HS256"
    secret: str | None = None
    user_id: int | None = None


class InstallBody(_Body):
    """Who consents, and whether the install starts outside the control panel."""

    user_id: int | None = None
    external: bool = False


class ActorBody(_Body):
    """The acting user; the owner by default."""

    user_id: int | None = None


class ScopesBody(_Body):
    """Scopes of the app. `live_tokens` also changes tokens already issued."""

    scopes: list[str]
    live_tokens: bool = True


class UserBody(_Body):
    """A user to authorise."""

    email: str


class StorePatch(_Body):
    """Settings a merchant changes; announces `store/information/updated`."""

    weight_units: Literal["Ounces", "Pounds", "Grams", "Kilograms", "Tonnes"] | None = None
    dimension_units: Literal["Inches", "Centimeters"] | None = None
    prices_with_tax: bool | None = None
    status: str | None = None
    inventory: dict[str, Any] = Field(default_factory=dict)
    add_location: str | None = None


class EventBody(_Body):
    """A webhook event to send as if the store had caused it."""

    scope: str
    data: dict[str, Any] = Field(default_factory=dict)


class DrainBody(_Body):
    """How long to wait for deliveries under way."""

    timeout_s: Decimal = Field(default=Decimal(5), ge=0, le=60)

"""What an order is composed of: the input of the seed and of `POST /sandbox/orders`."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Spec(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AddressSpec(_Spec):
    """A person and a place; every field has a plausible default."""

    first_name: str = "Dana"
    last_name: str = "Walker"
    company: str = ""
    street_1: str = "500 Market Street"
    street_2: str = ""
    city: str = "Austin"
    state: str = "Texas"
    zip: str = "78701"
    country: str = "United States"
    country_iso2: str = "US"
    phone: str = "+1 512 555 0142"
    email: str = "dana.walker@shopper.example"
    shipping_method: str = "Flat Rate"


class LineSpec(_Spec):
    """One order line: a variant of the catalogue, or a custom item when only a name is given."""

    product_id: int | None = None
    variant_id: int | None = None
    sku: str | None = None
    name: str | None = None
    type: Literal["physical", "digital", "giftcertificate"] | None = None
    quantity: int = Field(default=1, ge=1)
    price: Decimal | None = None
    address: int = 0
    pickup: bool = False
    parent: int | None = None
    bundled: bool = False
    recipient_email: str = ""
    weight_missing: bool = False


class CouponSpec(_Spec):
    """A coupon used in the order. `type` is BigCommerce's number (FACTS 4.7)."""

    code: str | None = "SAVE"
    amount: Decimal = Decimal(5)
    type: int = Field(default=2, ge=0, le=5)


class FeeSpec(_Spec):
    """A custom fee, without tax."""

    name: str = "Handling fee"
    cost: Decimal = Decimal(3)


class OrderSpec(_Spec):
    """One order. Totals are computed; prices are ex tax unless `tax_inclusive`."""

    status_id: int = Field(default=11, ge=0, le=14)
    date_created: datetime | None = None
    date_modified: datetime | None = None
    customer_id: int = 0
    channel_id: int = 1
    billing: AddressSpec = Field(default_factory=AddressSpec)
    addresses: list[AddressSpec] | None = None
    lines: list[LineSpec] = Field(default_factory=list)
    line_count: int = Field(default=1, ge=1, le=500)
    tax_rate: Decimal = Decimal("0.0825")
    tax_inclusive: bool = False
    shipping_cost: Decimal = Decimal("7.95")
    discount: Decimal = Decimal(0)
    coupon: CouponSpec | None = None
    fees: list[FeeSpec] = Field(default_factory=list)
    gift_certificate_amount: Decimal = Decimal(0)
    store_credit_amount: Decimal = Decimal(0)
    currency_code: str | None = None
    settlement_currency: str | None = None
    payment_method: str = "Credit Card"
    customer_message: str = ""
    staff_notes: str = ""
    order_source: str = "www"
    external_id: str | None = None
    external_source: str | None = None
    is_deleted: bool = False
    lines_missing_in_include: bool = False

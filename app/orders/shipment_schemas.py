"""Bodies of the shipment routes."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from app.core.crypto import KeyRing
from app.core.schemas import Body, Id, Timestamp, View
from app.orders.shipment_kinds import SyncStatus
from app.orders.shipment_models import Shipment, ShipmentItem
from app.orders.values import amount_text, storable

MOST_ITEMS = 500
LARGEST_QUANTITY = 1_000_000
Text = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(storable)]


def _web_address(value: str) -> str:
    if value and not value.lower().startswith(("http://", "https://")):
        raise ValueError("use an http or https address")
    return value


class ItemRequest(Body):
    """A quantity of one line."""

    line_item_id: UUID
    quantity: Annotated[int, Field(ge=1, le=LARGEST_QUANTITY, strict=True)]


class ShipmentRequest(Body):
    """A parcel that has left, or is about to."""

    items: Annotated[list[ItemRequest], Field(min_length=1, max_length=MOST_ITEMS)]
    tracking_number: Annotated[Text, Field(max_length=50)] | None = None
    carrier: Annotated[Text, Field(max_length=200)] | None = None
    shipping_method: Annotated[Text, Field(max_length=500)] | None = None
    tracking_url: Annotated[Text, Field(max_length=500), AfterValidator(_web_address)] | None = None
    note: Annotated[Text, Field(max_length=65_535)] | None = None
    shipping_cost: (
        Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=4, allow_inf_nan=False)] | None
    ) = None
    shipped_at: Timestamp | None = None


class ItemView(View):
    """A quantity of one line; `line_item_id` is null when the store has replaced the line."""

    id: Id
    line_item_id: Id | None
    line_external_id: str
    sku: str | None
    quantity: int


class WarningView(View):
    """Something odd that kept nothing from being sent."""

    code: str
    message: str


class ShipmentView(View):
    """A shipment: where it goes, what is in it, and how far it has come to the store."""

    id: Id
    order_id: Id
    channel_id: Id
    order_external_id: str
    address_external_id: str
    items: list[ItemView]
    tracking_number: str | None
    carrier: str | None
    shipping_method: str | None
    tracking_url: str | None
    note: str | None
    shipping_cost: str | None
    currency: str | None
    shipped_at: Timestamp
    sync_status: Literal["pending", "synced", "failed"]
    in_flight: bool
    """A request is under way, or its answer was lost and is being looked for."""
    external_id: str | None
    code: str | None
    message: str | None
    field: str | None
    warnings: list[WarningView]
    attempts: int
    sent: dict[str, Any] | None
    """The body that the store was sent."""
    synced_at: Timestamp | None
    created_at: Timestamp
    updated_at: Timestamp


_AS_STORED: Final = (
    "id",
    "order_id",
    "channel_id",
    "tracking_number",
    "carrier",
    "shipping_method",
    "tracking_url",
    "shipped_at",
    "code",
    "message",
    "field",
    "warnings",
    "attempts",
    "synced_at",
    "created_at",
    "updated_at",
)


def shipment_view(
    keyring: KeyRing,
    shipment: Shipment,
    items: list[ShipmentItem],
    order_external_id: str,
    currency: str | None,
) -> ShipmentView:
    """Shape a shipment for an answer, decrypting its texts."""
    cost = shipment.shipping_cost
    sending = shipment.sync_status == SyncStatus.SENDING
    sent = shipment.sealed_payload
    return ShipmentView(
        **{name: getattr(shipment, name) for name in _AS_STORED},
        order_external_id=order_external_id,
        address_external_id=str(shipment.address_external_id),
        items=[
            ItemView(
                id=item.id,
                line_item_id=item.line_id,
                line_external_id=str(item.line_external_id),
                sku=item.sku,
                quantity=item.quantity,
            )
            for item in items
        ],
        note=keyring.decrypt(shipment.sealed_note) if shipment.sealed_note else None,
        shipping_cost=None if cost is None else amount_text(cost, currency),
        currency=currency,
        sync_status="pending" if sending else shipment.sync_status,
        in_flight=sending,
        external_id=None if shipment.external_id is None else str(shipment.external_id),
        sent=keyring.decrypt_json(sent) if sent else None,
    )

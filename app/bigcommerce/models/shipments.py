"""Parcels of orders (FACTS 4.8)."""

from datetime import datetime
from decimal import Decimal

import msgspec

from app.bigcommerce.shapes import Shape


class ShipmentItem(Shape):
    """A quantity of one order line in a parcel."""

    order_product_id: int
    quantity: int = 0
    product_id: int = 0


class Shipment(Shape):
    """A parcel on its way (FACTS 4.8)."""

    id: int
    order_id: int = 0
    customer_id: int = 0
    order_address_id: int = 0
    date_created: datetime | None = None
    tracking_number: str = ""
    tracking_link: str = ""
    generated_tracking_link: str = ""
    tracking_carrier: str = ""
    shipping_provider: str = ""
    shipping_provider_display_name: str = ""
    shipping_method: str = ""
    merchant_shipping_cost: Decimal | None = None
    comments: str = ""
    items: list[ShipmentItem] = msgspec.field(default_factory=list)

"""Errors of shipments."""

from __future__ import annotations

from app.core.errors import AppError, Conflict


class SeveralAddresses(AppError):
    """A parcel goes to one address; `groups` says which items go where."""

    code = "several_addresses"
    status = 422
    title = "The items go to several addresses"


class OverShipping(AppError):
    """More is to be shipped than is left."""

    code = "over_shipping"
    status = 422
    title = "More than is left to ship"


class NotShippable(AppError):
    """A line that nothing is shipped of."""

    code = "not_shippable"
    status = 422
    title = "These items cannot be shipped"


class OrderOnHold(Conflict):
    """Nothing is shipped of an order on hold; it is released first."""

    code = "order_on_hold"
    title = "The order is on hold"


class ShipmentStateConflict(Conflict):
    """What was asked makes no sense for a shipment in this state."""

    code = "shipment_state_conflict"
    title = "The shipment's state does not allow this"

"""Errors of orders."""

from __future__ import annotations

from app.core.errors import Conflict


class OrderStateConflict(Conflict):
    """What was asked makes no sense for an order in this state."""

    code = "order_state_conflict"
    title = "The order's state does not allow this"

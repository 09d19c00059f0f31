"""What a store's refusal of a shipment means (FACTS 4.8)."""

from __future__ import annotations

from typing import Final

from app.bigcommerce.errors import NotFound, Refused
from app.bigcommerce.problems import Problem
from app.integrations.shipping.mapping import Refusal

OVER_SHIPPED: Final = "over_shipping"
MOVED_LINE: Final = "line_not_in_store"
OTHER: Final = "store_refused"
GONE: Final = Refusal("order_not_in_store", "The store does not know this order any more.")
UNANSWERED: Final = Refusal(
    "no_answer",
    "The store did not answer again and again, and the shipment is not there. Try it again later.",
)
_GROUP: Final = "bigcommerce_shipment"


def explain(error: Refused) -> tuple[str, Refusal]:
    """Return what kind of refusal it is, and how it is told."""
    if isinstance(error, NotFound):
        return GONE.code, GONE
    for problem in error.problems:
        if problem.code == "quantity_unavailable":
            return OVER_SHIPPED, Refusal(OVER_SHIPPED, _left(problem), "items")
        if problem.field == "order_product_id":
            told = "The store's order has no such line any more, and none that is surely the same."
            return MOVED_LINE, Refusal(MOVED_LINE, told, "items")
        if problem.field == "order_address_id":
            told = "The store's order has no such shipping address any more."
            return OTHER, Refusal("address_not_in_store", told, f"{_GROUP}.order_address_id")
    field = next((problem.field for problem in error.problems if problem.field), None)
    told = error.for_merchant
    return OTHER, Refusal(OTHER, told, f"{_GROUP}.{field}" if field else None)


def _left(problem: Problem) -> str:
    left = problem.details.get("available_quantity")
    if isinstance(left, int):
        return f"The store has only {left} left to ship of a line."
    return "The store has fewer left to ship of a line."

"""Order statuses: fixed ids, renameable labels (FACTS 4.3)."""

from sandbox.errors import JSON

STATUSES: tuple[tuple[int, str, str, int], ...] = (
    (0, "Incomplete", "The shopper reached the payment page but did not pay.", 0),
    (1, "Pending", "The order was started and waits for its payment.", 1),
    (2, "Shipped", "Everything was despatched; receipt is not confirmed.", 8),
    (3, "Partially Shipped", "Some of the items were despatched.", 6),
    (4, "Refunded", "All of the money was given back.", 11),
    (5, "Cancelled", "The order was cancelled.", 9),
    (6, "Declined", "The seller declined the order.", 10),
    (7, "Awaiting Payment", "The order is complete but not yet paid.", 2),
    (8, "Awaiting Pickup", "The order waits to be collected.", 5),
    (9, "Awaiting Shipment", "The order is packed and waits for the carrier.", 4),
    (10, "Completed", "Despatched and received, or downloaded.", 7),
    (11, "Awaiting Fulfillment", "The order is paid and can be fulfilled.", 3),
    (12, "Manual Verification Required", "A person has to look before it goes on.", 13),
    (13, "Disputed", "The shopper opened a dispute.", 12),
    (14, "Partially Refunded", "Some of the money was given back.", 14),
)

NAMES = {number: name for number, name, _, _ in STATUSES}

# Orders in these states hold no stock and are not shipped.
DEAD = frozenset({0, 4, 5, 6})

PAYMENT_STATUS = {0: "", 1: "pending", 4: "refunded", 5: "void", 6: "declined", 7: "pending"}


def payment_status(status_id: int) -> str:
    """The payment status that goes with an order status."""
    if status_id == 14:
        return "partially refunded"
    return PAYMENT_STATUS.get(status_id, "captured")


def status_rows() -> list[JSON]:
    """The body of `GET /v2/order_statuses`."""
    return [
        {
            "id": number,
            "name": name,
            "system_label": name,
            "custom_label": name,
            "system_description": description,
            "order": position,
        }
        for number, name, description, position in STATUSES
    ]

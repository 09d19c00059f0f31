"""Order statuses and how many orders have them (FACTS 4.3)."""

import msgspec

from app.bigcommerce.shapes import Shape


class OrderStatus(Shape):
    """A status; ids are fixed, labels are the merchant's (FACTS 4.3)."""

    id: int
    name: str = ""
    system_label: str = ""
    custom_label: str = ""
    system_description: str = ""
    order: int = 0
    count: int = 0


class OrderCount(Shape):
    """How many orders match, by status and together."""

    count: int = 0
    statuses: list[OrderStatus] = msgspec.field(default_factory=list)

"""Words that rules are described with."""

from __future__ import annotations

from enum import StrEnum


class RuleKind(StrEnum):
    """What a rule decides about."""

    PRICING = "pricing"
    QUANTITY = "quantity"
    LISTING_STATUS = "listing_status"
    ORDER_IMPORT = "order_import"
    INVOICE_ADJUSTMENT = "invoice_adjustment"
    SHIPPING_MAPPING = "shipping_mapping"


class Subject(StrEnum):
    """What a hit of a rule is counted for."""

    RUN = "run"
    LISTING = "listing"
    ORDER = "order"


ABOUT_LISTINGS = frozenset({RuleKind.PRICING, RuleKind.QUANTITY, RuleKind.LISTING_STATUS})

"""The flat fields of a v2 order (FACTS 4.2)."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sandbox.clock import rfc2822
from sandbox.errors import JSON
from sandbox.store.money import ZERO, wire
from sandbox.store.order_spec import OrderSpec
from sandbox.store.statuses import NAMES, payment_status
from sandbox.store.store import Store

ZERO_AMOUNTS = (
    "base_handling_cost",
    "handling_cost_ex_tax",
    "handling_cost_inc_tax",
    "handling_cost_tax",
    "base_wrapping_cost",
    "wrapping_cost_ex_tax",
    "wrapping_cost_inc_tax",
    "wrapping_cost_tax",
    "refunded_amount",
)

SAME_FOR_ALL: dict[str, Any] = {
    "handling_cost_tax_class_id": 0,
    "wrapping_cost_tax_class_id": 0,
    "shipping_cost_tax_class_id": 2,
    "shipping_address_count": 0,
    "order_is_digital": False,
    "is_email_opt_in": False,
    "ip_address": "198.51.100.17",
    "ip_address_v6": "",
    "customer_locale": "en",
    "external_merchant_id": None,
    "tax_provider_id": "BasicTaxProvider",
    "ebay_order_id": "0",
    "credit_card_type": None,
}


def order_fields(
    store: Store, spec: OrderSpec, number: int, created: datetime, modified: datetime
) -> JSON:
    """Everything of the order body that is not a total or a link."""
    billing = spec.billing.model_dump(exclude={"shipping_method"})
    shipped = rfc2822(modified) if spec.status_id in (2, 10) else ""
    return {
        "id": number,
        "customer_id": spec.customer_id,
        "date_created": rfc2822(created),
        "date_modified": rfc2822(modified),
        "date_shipped": shipped,
        "status_id": spec.status_id,
        "status": NAMES[spec.status_id],
        "custom_status": NAMES[spec.status_id],
        "payment_status": payment_status(spec.status_id),
        "payment_method": spec.payment_method,
        "payment_provider_id": str(900_000 + number),
        "store_credit_amount": wire(spec.store_credit_amount),
        "gift_certificate_amount": wire(spec.gift_certificate_amount),
        "is_deleted": spec.is_deleted,
        "is_tax_inclusive_pricing": spec.tax_inclusive,
        "geoip_country": spec.billing.country,
        "geoip_country_iso2": spec.billing.country_iso2,
        **dict.fromkeys(ZERO_AMOUNTS, wire(ZERO)),
        **SAME_FOR_ALL,
        **_currencies(store, spec),
        "customer_message": spec.customer_message,
        "staff_notes": spec.staff_notes,
        "order_source": spec.order_source,
        "external_source": spec.external_source,
        "external_id": spec.external_id,
        "external_order_id": spec.external_id or "",
        "channel_id": spec.channel_id,
        "cart_id": store.settings.derived(f"cart-{number}")[:32],
        "billing_address": {**billing, "form_fields": []},
    }


def _currencies(store: Store, spec: OrderSpec) -> JSON:
    default = store.profile.currency_row(store.profile.currency)
    paid_in = store.profile.currency_row(spec.settlement_currency or default["currency_code"])
    shown = store.profile.currency_row(spec.currency_code or paid_in["currency_code"])
    shown_rate = Decimal(shown["currency_exchange_rate"]) / Decimal(
        paid_in["currency_exchange_rate"]
    )
    return {
        "currency_id": shown["id"],
        "currency_code": shown["currency_code"],
        "currency_exchange_rate": f"{shown_rate:.10f}",
        "default_currency_id": paid_in["id"],
        "default_currency_code": paid_in["currency_code"],
        "store_default_currency_code": default["currency_code"],
        "store_default_to_transactional_exchange_rate": paid_in["currency_exchange_rate"],
    }

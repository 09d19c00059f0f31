"""A shipment of ours through the template: the body that the store is sent, or why there is none.

The date of a shipment is the store's own affair and is not sent. Provider and tracking carrier
are always sent, empty if need be: a request without a provider makes the store call it custom
and leave the link out of its mail (FACTS 4.8).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

from app.channels.settings import SyncOrdersSettings
from app.core.crypto import KeyRing
from app.integrations.shipping.carriers import choose_carrier
from app.mapping.diff import as_json
from app.mapping.engine.compile import CompiledTemplate
from app.mapping.engine.context import Context
from app.mapping.problems import Problem
from app.mapping.records import evaluate_record, local_values
from app.orders.models import Order, OrderAddress
from app.orders.personal import open_address, open_person
from app.orders.shipment_models import Shipment, ShipmentItem

UNKNOWN_CARRIER: Final = "unknown_carrier"
_TEXTS: Final = ("tracking_number", "tracking_link", "shipping_method", "comments")
_FREE_TEXTS: Final = frozenset({"tracking_link", "shipping_method", "comments"})
_QUOTED: Final = re.compile("“[^”]*”")
_GROUP: Final = "bigcommerce_shipment"
_MANY: Final = 5


@dataclass(frozen=True)
class Parcel:
    """A shipment with everything that a template may read."""

    shipment: Shipment
    items: Sequence[ShipmentItem]
    order: Order
    address: OrderAddress | None


@dataclass(frozen=True)
class Plan:
    """The body of a request, and what was odd about it."""

    body: dict[str, Any]
    warnings: list[dict[str, str]] = field(default_factory=list)

    @property
    def marks(self) -> dict[str, Any]:
        """What the shipment is recognised by in the store; nothing of it is personal."""
        return marks_of(self.body)

    def changes(self) -> list[dict[str, Any]]:
        """The fields as a run's item tells them; free texts may be personal and are not told."""
        return [
            {
                "field": f"{_GROUP}.{name}",
                "from": None,
                "to": None if name in _FREE_TEXTS else as_json(value),
            }
            for name, value in self.body.items()
        ]


@dataclass(frozen=True)
class Refusal:
    """Why a shipment cannot be sent, in a sentence."""

    code: str
    message: str
    field: str | None = None


def marks_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """Address, tracking number and items of a request's body."""
    return {
        "order_address_id": body["order_address_id"],
        "tracking_number": body.get("tracking_number", ""),
        "items": body["items"],
    }


def plan_shipment(
    parcel: Parcel,
    template: CompiledTemplate,
    mapping: Context,
    settings: SyncOrdersSettings,
    keyring: KeyRing,
) -> Plan | Refusal:
    """Map one shipment."""
    shipment = parcel.shipment
    mapped = evaluate_record(
        template, _record(parcel, keyring), mapping, record_id=parcel.order.external_id
    )
    if mapped.outcome != "mapped":
        skipped = mapped.outcome == "skipped"
        return Refusal("skipped_by_rule" if skipped else "failed_by_rule", mapped.reason)
    errors = [problem for problem in mapped.problems if problem.severity == "error"]
    if errors:
        told = " ".join(_impersonal(problem).sentence() for problem in errors[:_MANY])
        return Refusal(errors[0].code, told[:1000], errors[0].field)
    values = local_values(mapped.once[_GROUP])
    carrier = choose_carrier(_text(values, "shipping_provider"), _text(values, "tracking_carrier"))
    warnings = [{"code": p.code, "message": _impersonal(p).sentence()} for p in mapped.problems]
    if carrier.unknown is not None:
        told = "BigCommerce does not know the shipment's carrier."
        if settings.unknown_carrier == "fail":
            advice = "Map it to a known one by a mapping set in the template."
            return Refusal(UNKNOWN_CARRIER, f"{told} {advice}", f"{_GROUP}.shipping_provider")
        told = f"{told} The shipment is sent without a carrier, so its mail has no tracking link."
        warnings.append({"code": UNKNOWN_CARRIER, "message": told})
    body: dict[str, Any] = {
        "order_address_id": shipment.address_external_id,
        "items": [
            {"order_product_id": item.line_external_id, "quantity": item.quantity}
            for item in parcel.items
        ],
        **{name: _text(values, name) for name in _TEXTS if name in values},
        "shipping_provider": carrier.provider,
        "tracking_carrier": carrier.tracking_carrier,
    }
    cost = values.get("merchant_shipping_cost")
    if isinstance(cost, Decimal | int):
        body["merchant_shipping_cost"] = f"{Decimal(cost):.4f}"
    return Plan(body, warnings)


def _impersonal(problem: Problem) -> Problem:
    """The problem without the values it quotes: messages outlive the personal data of an order."""
    return replace(problem, message=_QUOTED.sub("“…”", problem.message))


def _text(values: Mapping[str, object], name: str) -> str:
    value = values.get(name)
    return "" if value is None else str(value)


def _record(parcel: Parcel, keyring: KeyRing) -> dict[str, Any]:
    shipment, order, address = parcel.shipment, parcel.order, parcel.address
    return {
        "shipment": {
            "tracking_number": shipment.tracking_number,
            "carrier": shipment.carrier,
            "method": shipment.shipping_method,
            "tracking_url": shipment.tracking_url,
            "note": keyring.decrypt(shipment.sealed_note) if shipment.sealed_note else None,
            "shipping_cost": shipment.shipping_cost,
            "shipped_at": shipment.shipped_at,
        },
        "order": {**order.order_values, **open_person(keyring, order.sealed_person).order},
        "shipping_address": (
            {**address.address_values, **open_address(keyring, address.sealed)} if address else {}
        ),
    }

"""What an event is about: the one object to read again (FACTS 3.2). Pure.

Nothing else of a body is trusted, and nothing but ids is kept of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.bigcommerce.signatures import WebhookEvent
from app.webhooks.kinds import EventEntity

LARGEST_ID = 2**53
_STORE_SCOPES = frozenset({"store/app/uninstalled", "store/information/updated"})
_FACTS = (
    ("shipment_id", ("id",)),
    ("variant_id", ("sku", "variant_id")),
    ("variant_id", ("inventory", "variant_id")),
    ("variant_id", ("variant_id",)),
    ("previous_status_id", ("status", "previous_status_id")),
    ("new_status_id", ("status", "new_status_id")),
    ("refund_id", ("refund", "refund_id")),
    ("order_message_id", ("message", "order_message_id")),
    ("metafield_id", ("metafield_id",)),
    ("location_id", ("location_id",)),
)


@dataclass(frozen=True, slots=True)
class Subject:
    """The kind of object and its id in the store; `facts` are further ids."""

    entity: EventEntity
    external_id: int | None = None
    facts: dict[str, int] = field(default_factory=dict)


def subject_of(event: WebhookEvent) -> Subject:
    """Return what an event is about; `other` for what we do not act on."""
    scope, data = event.scope, event.data
    if scope in _STORE_SCOPES:
        return Subject(EventEntity.STORE)
    parts = scope.split("/")
    if parts[1] == "channel" and len(parts) > 3:
        # Twins of the store-wide scopes, with data of their own (FACTS 3.2).
        parts = ["store", *parts[3:]]
    entity, found = EventEntity.OTHER, None
    if parts[1] == "order":
        entity, found = EventEntity.ORDER, _order_id(parts, data)
    elif parts[1] == "shipment":
        entity, found = EventEntity.ORDER, _first(data, ("orderId",), ("order_id",))
    elif parts[1] in {"product", "sku", "inventory"}:
        entity, found = EventEntity.PRODUCT, _product_id(parts, data)
    if found is None:
        return Subject(EventEntity.OTHER, None, _facts(parts, data))
    return Subject(entity, found, _facts(parts, data))


def hash_of(event: WebhookEvent, raw_body: bytes) -> str:
    """Return what duplicates are recognised by: the event's own hash if it has a sensible one."""
    if 0 < len(event.hash) <= 64 and event.hash.isascii() and event.hash.isprintable():
        return event.hash
    return hashlib.sha256(raw_body).hexdigest()


def _order_id(parts: list[str], data: Mapping[str, object]) -> int | None:
    if len(parts) > 2 and parts[2] == "metafield":
        return _first(data, ("resource_id",), ("order_id",))
    if len(parts) > 2 and parts[2] == "transaction":
        return _first(data, ("order_id",))
    return _first(data, ("order_id",), ("id",))


def _product_id(parts: list[str], data: Mapping[str, object]) -> int | None:
    if parts[1] == "product":
        return _first(data, ("id",), ("inventory", "product_id"), ("product_id",))
    return _first(data, ("sku", "product_id"), ("inventory", "product_id"), ("product_id",))


def _facts(parts: list[str], data: Mapping[str, object]) -> dict[str, int]:
    facts: dict[str, int] = {}
    for name, path in _FACTS:
        if path[0] not in data or (name == "shipment_id" and parts[1] != "shipment"):
            continue
        value = _number(data, path, least=0)
        if value is not None:
            facts.setdefault(name, value)
    return facts


def _first(data: Mapping[str, object], *paths: tuple[str, ...]) -> int | None:
    return next((found for path in paths if (found := _number(data, path)) is not None), None)


def _number(data: Mapping[str, object], path: tuple[str, ...], least: int = 1) -> int | None:
    """An id at a path; some scopes send it as text."""
    value: object = data
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 16:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if least <= value <= LARGEST_ID else None

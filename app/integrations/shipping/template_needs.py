"""What the Sync Orders template of a channel needs of a shipment; fills `app.orders.ports`.

Where a required field of the store is copied as it is from a field of the shipment, a shipment
without it is sure to fail, and whoever hands it in should hear so at once. Mappings that can come
by a value otherwise (rules, defaults, fixed values) promise nothing and ask for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from app.channels.kinds import IntegrationType
from app.channels.repository import get_integration
from app.core.uow import UnitOfWork
from app.mapping.catalogue import catalogue_of
from app.templates.runs import take_snapshot

KIND: Final = IntegrationType.SYNC_ORDERS
_GROUP: Final = "shipment."
_NAMES: Final = {"method": "shipping_method"}
"""Fields that a request calls otherwise than the catalogue does."""
_SUPPLYING: Final = frozenset({"default", "first_non_empty"})


class TemplateNeeds:
    """The `ShipmentNeeds` that orders are given."""

    async def required(self, uow: UnitOfWork, account_id: UUID, channel_id: UUID) -> frozenset[str]:
        """Return the names of a shipment's fields that must not be empty."""
        integration = await get_integration(uow, channel_id, KIND)
        snapshot = await take_snapshot(uow, account_id, integration.template_id, KIND)
        return copied_into_required((snapshot or {}).get("mappings", {}))


def copied_into_required(mappings: Mapping[str, Any]) -> frozenset[str]:
    """The shipment's fields that a template copies into required fields of the store."""
    catalogue = catalogue_of(KIND.value)
    found = set()
    for key, mapping in mappings.items():
        target = catalogue.target(key)
        if target is None or not target.required or mapping.get("kind") != "field":
            continue
        if any(step.get("do") in _SUPPLYING for step in mapping.get("steps", ())):
            continue
        source = catalogue.source(str(mapping.get("source", "")))
        if source is not None and source.key.startswith(_GROUP):
            name = source.key.removeprefix(_GROUP)
            found.add(_NAMES.get(name, name))
    return frozenset(found)

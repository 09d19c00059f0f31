"""What a store says of itself, kept with the connection because our numbers depend on it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.bigcommerce.errors import CredentialsRejected
from app.bigcommerce.models.store import Store
from app.bigcommerce.resources import store as store_resource
from app.connections.client import store_client
from app.connections.lifecycle import mark_rejected
from app.connections.models import Connection
from app.connections.repository import find_connection
from app.connections.schemas import StoreView
from app.core.errors import NotFound
from app.core.resources import Resources

# Both spellings of the store's APIs: v2 store information and v3 units of measurement.
WEIGHT_UNITS = {
    "grams": "g",
    "kilograms": "kg",
    "kgs": "kg",
    "tonnes": "t",
    "ounces": "oz",
    "pounds": "lb",
    "lbs": "lb",
}
DIMENSION_UNITS = {"centimeters": "cm", "inches": "in"}


def snapshot(store: Store) -> dict[str, Any]:
    """Return what is kept of a store's information; units in our words, null when unknown."""
    return {
        "name": store.name,
        "currency": store.currency,
        "weight_units": WEIGHT_UNITS.get(store.weight_units.strip().lower()),
        "dimension_units": DIMENSION_UNITS.get(store.dimension_units.strip().lower()),
        "raw_weight_units": store.weight_units,
        "raw_dimension_units": store.dimension_units,
        "timezone": store.timezone.name if store.timezone else None,
        "country_code": store.country_code,
        "plan": store.plan_name,
        "default_channel_id": store.default_channel_id,
        "price_entered_with_tax": store.is_price_entered_with_tax,
        "multi_storefront": bool(store.features and store.features.multi_storefront_enabled),
        "secure_url": store.secure_url,
        "store_id": store.store_id,
    }


def store_view(kept: dict[str, Any]) -> StoreView:
    """Shape a snapshot for an answer."""
    return StoreView(
        name=kept.get("name") or None,
        currency=kept.get("currency") or None,
        weight_units=kept.get("weight_units"),
        dimension_units=kept.get("dimension_units"),
        timezone=kept.get("timezone") or None,
    )


async def refresh_store_information(res: Resources, connection_id: UUID) -> dict[str, Any]:
    """Read the store's information anew and keep it; returns the snapshot.

    Raises `NotFound`, `ConnectionUnusable` and the errors of `app.bigcommerce.errors`; a token
    that the store refuses is noted as such first.
    """
    async with res.unit_of_work() as uow:
        connection = await find_connection(uow, connection_id)
    if connection is None:
        raise NotFound("There is no connection with that id.")
    try:
        store = await store_resource.info(store_client(res, connection, "orders"))
    except CredentialsRejected as error:
        async with res.unit_of_work() as uow:
            await mark_rejected(uow, connection_id, error.sentence)
        raise
    return await keep_snapshot(res, connection, store)


async def keep_snapshot(res: Resources, connection: Connection, store: Store) -> dict[str, Any]:
    """Store what a store said of itself just now."""
    kept = snapshot(store)
    async with res.unit_of_work() as uow:
        row = await find_connection(uow, connection.id, lock=True)
        if row is not None:
            row.store = kept
            row.store_refreshed_at = uow.clock.now()
    return kept

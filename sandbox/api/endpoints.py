"""Every endpoint of the store API."""

from sandbox.api.v2 import orders, store
from sandbox.api.v3 import hooks, inventory, metafields, products, settings, taxonomy, variants

ENDPOINTS = (
    *store.ENDPOINTS,
    *orders.ENDPOINTS,
    *products.ENDPOINTS,
    *variants.ENDPOINTS,
    *taxonomy.ENDPOINTS,
    *inventory.ENDPOINTS,
    *settings.ENDPOINTS,
    *metafields.ENDPOINTS,
    *hooks.ENDPOINTS,
)

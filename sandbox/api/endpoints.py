"""Every endpoint of the store API."""

from sandbox.api.v2 import hooks as hooks_v2
from sandbox.api.v2 import order_writes, orders, shipments, store
from sandbox.api.v3 import (
    hooks,
    inventory,
    inventory_writes,
    metafield_writes,
    metafields,
    option_writes,
    product_parts,
    product_writes,
    products,
    settings,
    taxonomy,
    taxonomy_writes,
    variant_writes,
    variants,
)
from sandbox.api.v3 import orders as order_money

ENDPOINTS = (
    *store.ENDPOINTS,
    *hooks_v2.ENDPOINTS,
    *orders.ENDPOINTS,
    *order_writes.ENDPOINTS,
    *shipments.ENDPOINTS,
    *order_money.ENDPOINTS,
    *products.ENDPOINTS,
    *product_writes.ENDPOINTS,
    *product_parts.ENDPOINTS,
    *option_writes.ENDPOINTS,
    *variants.ENDPOINTS,
    *variant_writes.ENDPOINTS,
    *metafields.ENDPOINTS,
    *metafield_writes.ENDPOINTS,
    *taxonomy.ENDPOINTS,
    *taxonomy_writes.ENDPOINTS,
    *inventory.ENDPOINTS,
    *inventory_writes.ENDPOINTS,
    *settings.ENDPOINTS,
    *hooks.ENDPOINTS,
)

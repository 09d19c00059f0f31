"""Connections: a linked BigCommerce store, its secrets, its people and its webhooks."""

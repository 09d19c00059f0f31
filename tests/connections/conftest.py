"""Fixtures of connection tests."""

from tests.connections.stores import app, resources, settings, store

__all__ = ["app", "resources", "settings", "store"]

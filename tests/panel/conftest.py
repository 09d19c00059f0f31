"""Fixtures of panel tests."""

from tests.connections.stores import app, settings, store

__all__ = ["app", "settings", "store"]

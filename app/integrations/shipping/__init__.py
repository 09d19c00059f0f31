"""Sync Orders: shipments are sent to the store, each exactly once."""

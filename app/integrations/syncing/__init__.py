"""Sync Listings: prices, stock and statuses; drift, undo and explanations."""

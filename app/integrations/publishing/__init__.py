"""Publish Listings: listings become products of the store, each exactly once."""

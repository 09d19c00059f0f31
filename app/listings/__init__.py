"""Listings of a channel: what the store sells, variant by variant, and what is linked to it."""

"""Quayside: a self-hosted service that makes a BigCommerce store a sales channel."""

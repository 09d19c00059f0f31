"""A local BigCommerce look-alike: OAuth, catalogue, orders, webhooks and rate limits in memory."""

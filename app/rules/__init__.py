"""Rules of a channel: prices, quantities, listing status, orders, invoices and shipping.

Definitions are typed and linted here; `prices`, `quantities`, `statuses`, `order_actions`,
`shipping` and `invoices` evaluate them without touching the database.
"""

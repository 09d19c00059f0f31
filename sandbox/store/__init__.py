"""The store's data: products, stock, orders and settings, and the rules that keep them whole."""

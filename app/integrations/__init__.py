"""What runs do: one file per integration, read top to bottom; the runner that drives them."""

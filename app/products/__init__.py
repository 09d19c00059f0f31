"""Our catalogue: products with their variants, and how many of each are in which warehouse."""

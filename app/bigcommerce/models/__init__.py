"""Records of a store. Every list field may be empty and every optional field None."""

"""Worlds made from a seed, in which a dry run is compared with what is then done."""

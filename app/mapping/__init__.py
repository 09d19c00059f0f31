"""Mapping: what goes where. Pure functions over plain data; no I/O, no clock, no database."""

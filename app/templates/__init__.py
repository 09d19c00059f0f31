"""Mapping templates with their versions, and the mapping sets that they use."""

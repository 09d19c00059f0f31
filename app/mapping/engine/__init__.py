"""The template engine: compile a template once, then evaluate it on many records."""

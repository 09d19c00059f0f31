"""Patterns in RE2: their time grows with the text, never beyond."""

from typing import Final, Protocol

import re2

MAX_MEMORY: Final = 1 << 20


class Pattern(Protocol):
    """The part of a compiled pattern that is used here."""

    groups: int

    def search(self, text: str) -> object | None:
        """The first match anywhere in the text."""

    def sub(self, replacement: str, text: str) -> str:
        """The text with every match replaced."""


def compiled_pattern(pattern: str, *, case_sensitive: bool) -> Pattern:
    """A compiled pattern with bounded memory; raises re2.error."""
    options = re2.Options()
    options.case_sensitive = case_sensitive
    options.max_mem = MAX_MEMORY
    options.log_errors = False
    compiled: Pattern = re2.compile(pattern, options=options)
    return compiled

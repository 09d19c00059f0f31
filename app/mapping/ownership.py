"""Whose content it is: once a column was written here, no import changes it.

Columns are kept as a list of names, those of variants behind a prefix; one name stands for all.
"""

from collections.abc import Collection, Iterable
from typing import Final

EVERYTHING: Final = "*"
OF_VARIANTS: Final = "variant."


def is_own(own: Collection[str], column: str) -> bool:
    """Whether a column was written here."""
    return EVERYTHING in own or column in own


def with_own(own: Collection[str], columns: Iterable[str]) -> list[str]:
    """The list with columns added, as it is stored."""
    names = {*own, *columns}
    return [EVERYTHING] if EVERYTHING in names else sorted(names)

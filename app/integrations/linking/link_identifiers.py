"""Identifiers made comparable, by declared rules only: exact equality decides the rest."""

from __future__ import annotations

from typing import Final

_GTIN_LENGTHS: Final = frozenset({8, 12, 13, 14})
_BARCODES: Final = frozenset({"upc", "gtin"})


def comparable(field: str, value: str | None) -> str | None:
    """The value as it is compared; None for blank ones.

    Every identifier is trimmed. A UPC or GTIN of 8, 12, 13 or 14 digits whose check digit is right
    is padded to 14, because these are the same number written shorter; anything else stays as it
    is.
    """
    text = (value or "").strip()
    if not text:
        return None
    if field in _BARCODES and _is_gtin(text):
        return text.zfill(14)
    return text


def _is_gtin(text: str) -> bool:
    if len(text) not in _GTIN_LENGTHS or not (text.isascii() and text.isdigit()):
        return False
    digits = [int(digit) for digit in text.zfill(14)]
    total = sum(digit * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits[:-1]))
    return (10 - total % 10) % 10 == digits[-1]

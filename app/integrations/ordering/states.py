"""Codes of states and provinces: an order of the store carries only their names (FACTS 4.11).

Names are compared without case, accents and punctuation, because stores spell them differently.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import pycountry

# Postal divisions that ISO 3166-2 does not know.
_POSTAL = {
    "US": {
        "armed forces americas": "AA",
        "armed forces europe": "AE",
        "armed forces africa": "AE",
        "armed forces canada": "AE",
        "armed forces middle east": "AE",
        "armed forces pacific": "AP",
        "washington dc": "DC",
    },
    "CA": {"newfoundland": "NL", "yukon territory": "YT"},
}


def state_code(country_iso2: str | None, state: str | None) -> str | None:
    """Return the code without its country, e.g. `CA` for California; None when it is not known."""
    country = (country_iso2 or "").strip().upper()
    name = _folded(state or "")
    if not country or not name:
        return None
    return _codes(country).get(name)


@lru_cache(maxsize=300)
def _codes(country: str) -> dict[str, str]:
    codes: dict[str, str] = {}
    divisions = pycountry.subdivisions.get(country_code=country)  # type: ignore[no-untyped-call]  # the package has no types
    for division in divisions or ():
        code = division.code.partition("-")[2]
        for name in division.name.split(","):
            codes.setdefault(_folded(name), code)
    for code in set(codes.values()):
        codes.setdefault(_folded(code), code)
    return {**codes, **_POSTAL.get(country, {})}


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name)
    letters = (
        character if character.isalnum() or character == " " else " "
        for character in plain.casefold()
        if not unicodedata.combining(character)
    )
    return " ".join("".join(letters).split())

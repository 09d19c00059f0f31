"""Codes of states and provinces: an order of the store carries only their names (FACTS 4.11).

BigCommerce's own list of a country says which is which, once it was read; until then, and for
names that it does not have, the ISO list does. Names are compared without case, accents and
punctuation, because stores spell them differently.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Final

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


def country_of(address: Mapping[str, object]) -> str:
    """The two-letter code of an address's country; empty when there is none."""
    code = address.get("country_iso2")
    country = code.strip().upper() if isinstance(code, str) else ""
    return country if len(country) == 2 and country.isalpha() and country.isascii() else ""


@dataclass(frozen=True)
class StateCodes:
    """BigCommerce's lists by country, as far as they were read: abbreviations by name."""

    lists: Mapping[str, Mapping[str, str] | None] = field(default_factory=dict)

    def code(self, address: Mapping[str, object]) -> str | None:
        """Return the code without its country, e.g. `CA` for California; None if not known."""
        country, state = country_of(address), address.get("state")
        name = _folded(state) if isinstance(state, str) else ""
        if not country or not name:
            return None
        own = self._own.get(country, {})
        return own.get(name) or _codes(country).get(name)

    @cached_property
    def _own(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for country, states in self.lists.items():
            names = {_folded(name): code for name, code in (states or {}).items()}
            found[country] = {**{_folded(code): code for code in names.values()}, **names}
        return found


ISO_CODES: Final = StateCodes()


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

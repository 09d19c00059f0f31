"""Countries and states with the ids and names the v2 geography endpoints use."""

from typing import Any

import pycountry

from sandbox.errors import JSON

# Countries whose states the store knows; others have free-text states.
WITH_STATES = ("AU", "BR", "CA", "IT", "JP", "MX", "US")

ARMED_FORCES = (
    ("Armed Forces Africa", "AE"),
    ("Armed Forces Americas", "AA"),
    ("Armed Forces Pacific", "AP"),
)

SHORT_NAMES = {"GB": "United Kingdom", "KR": "South Korea", "VN": "Vietnam", "BO": "Bolivia"}


class Geography:
    """All countries by id and their states; ids follow the alphabet and never change."""

    def __init__(self) -> None:
        found: list[Any] = list(pycountry.countries)
        named = sorted(
            ((str(SHORT_NAMES.get(row.alpha_2, row.name)), row) for row in found),
            key=lambda pair: (pair[0], pair[1].alpha_2),
        )
        self.countries: list[JSON] = [
            {
                "id": number,
                "country": name,
                "country_iso2": row.alpha_2,
                "country_iso3": row.alpha_3,
            }
            for number, (name, row) in enumerate(named, start=1)
        ]
        self._by_iso = {row["country_iso2"]: row for row in self.countries}
        self.states: dict[int, list[JSON]] = {}
        number = 0
        for code in WITH_STATES:
            rows = []
            for name, abbreviation in _subdivisions(code):
                number += 1
                rows.append(
                    {
                        "id": number,
                        "state": name,
                        "state_abbreviation": abbreviation,
                        "country_id": self._by_iso[code]["id"],
                    }
                )
            self.states[self._by_iso[code]["id"]] = rows

    def country(self, country_id: int) -> JSON | None:
        """One country by id."""
        if 1 <= country_id <= len(self.countries):
            return self.countries[country_id - 1]
        return None


def _subdivisions(code: str) -> list[tuple[str, str]]:
    everywhere: Any = pycountry.subdivisions
    found: list[Any] = list(everywhere.get(country_code=code) or [])
    rows = [(str(row.name), str(row.code).split("-", 1)[1]) for row in found]
    if code == "US":
        rows.extend(ARMED_FORCES)
    return sorted(rows)

"""Which shipping provider or tracking carrier of the store a carrier's name means (FACTS 4.8).

People write "U.P.S.", "Royal Mail" or "DHL Express". Names are compared without case, accents,
punctuation and spaces. A provider of the store comes first; else the carrier's tracking code,
with an empty provider; else nothing, because the store refuses names that it does not know.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from app.integrations.shipping.tracking_carriers import TRACKING_CARRIERS

PROVIDERS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "auspost": ("Australia Post", "Aus Post", "Australian Post"),
        "canadapost": ("Canada Post", "Postes Canada"),
        "endicia": ("Endicia", "USPS Endicia"),
        "usps": (
            "USPS",
            "US Postal Service",
            "United States Postal Service",
            "US Post",
            "US Mail",
            "Stamps.com",
        ),
        "fedex": ("FedEx", "Federal Express"),
        "royalmail": ("Royal Mail", "Royal Mail Group"),
        "ups": ("UPS", "United Parcel Service"),
        "upsready": ("UPS Ready",),
        "upsonline": ("UPS Online", "UPS Online Tools"),
        "shipperhq": ("ShipperHQ",),
    }
)
_OWN_PROVIDER: Final = re.compile(r"carrier_\d{1,10}", re.ASCII)
_MARKS: Final = str.maketrans("", "", "®™©℠")


@dataclass(frozen=True)
class Carrier:
    """What is sent for a carrier; `unknown` holds the name that means nothing to the store."""

    provider: str = ""
    tracking_carrier: str = ""
    unknown: str | None = None


def folded(name: str) -> str:
    """The name as it is compared: letters and digits only, without case and accents."""
    plain = unicodedata.normalize("NFKD", name.translate(_MARKS)).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def _index(names: Mapping[str, tuple[str, ...]]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for code, aliases in names.items():
        found[folded(code)] = code
        for alias in aliases:
            found.setdefault(folded(alias), code)
    return MappingProxyType(found)


_PROVIDER_BY_NAME: Final = _index(PROVIDERS)
_CARRIER_BY_NAME: Final = _index(TRACKING_CARRIERS)


def provider_of(name: str) -> str | None:
    """The store's shipping provider of that name; its own `carrier_…` providers are let through."""
    text = name.strip()
    if _OWN_PROVIDER.fullmatch(text.lower()):
        return text.lower()
    return _PROVIDER_BY_NAME.get(folded(text))


def provider_of_service(name: str) -> str | None:
    """The provider that a name begins with, as in "UPS Next Day Air" or "FedEx 2Day"."""
    words = name.split()
    for length in range(len(words) - 1, 0, -1):
        found = _PROVIDER_BY_NAME.get(folded(" ".join(words[:length])))
        if found is not None:
            return found
    return None


def tracking_carrier_of(name: str) -> str | None:
    """The tracking code of a carrier of that name."""
    return _CARRIER_BY_NAME.get(folded(name))


def choose_carrier(provider: str, tracking_carrier: str) -> Carrier:
    """What to send for what the template says of both fields; either may be empty.

    A template that empties the provider on purpose still gets its tracking carrier.
    """
    provider, tracking_carrier = provider.strip(), tracking_carrier.strip()
    known = provider_of(provider)
    if known is not None:
        other = tracking_carrier and folded(tracking_carrier) != folded(provider)
        return Carrier(known, (tracking_carrier_of(tracking_carrier) or "") if other else "")
    code = tracking_carrier_of(tracking_carrier) or tracking_carrier_of(provider)
    if code is not None:
        return Carrier("", code)
    served = provider_of_service(provider)
    if served is not None:
        return Carrier(served)
    return Carrier(unknown=provider or tracking_carrier or None)

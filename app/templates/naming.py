"""Names of copies: the number at the end is counted on."""

from __future__ import annotations

import re
from collections.abc import Container

MAX_NAME = 200
_NUMBERED = re.compile(r"^(?P<stem>.*?)\s+(?P<number>\d{1,6})$", re.DOTALL)


def free_name(wanted: str, taken: Container[str]) -> str:
    """Return the name, or the next with a number that is not taken (lower case names)."""
    if wanted.lower() not in taken:
        return wanted
    found = _NUMBERED.match(wanted)
    stem, number = (found["stem"], int(found["number"])) if found else (wanted, 1)
    while True:
        number += 1
        ending = f" {number}"
        candidate = stem[: MAX_NAME - len(ending)].rstrip() + ending
        if candidate.lower() not in taken:
            return candidate

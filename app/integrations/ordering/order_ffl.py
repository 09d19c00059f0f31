"""A firearms dealer in an order's comment, as apps for dealer transfers write it there.

Such apps agree on labelled lines, not on the labels; some put everything into one line, with
bars between the parts. Whoever needs another form replaces
`read_ffl`; nothing else knows how a comment looks. What cannot be read is never dropped: the
text is kept and marked for a person.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any, Final

_MENTIONED: Final = re.compile(
    r"\bffl\b|\bfederal firearms?\b|\bfirearms? licen[cs]e", re.IGNORECASE
)
_LICENSE: Final = re.compile(r"\b\d-\d{2}-\d{3}-\d{2}-\d[A-Z]-\d{5}\b", re.IGNORECASE)
_LABELLED: Final = re.compile(
    r"^\s*[-*•]?\s*(?P<label>[A-Za-z][A-Za-z .#/()-]{1,40}?)\s*[:=]\s*(?P<value>.*)$"
)
_EMAIL: Final = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
_PHONE: Final = re.compile(r"^\+?[\d\s().-]{7,20}$")
_ONE_LINE: Final = re.compile(r"^\s*ffl\b[^:|=]{0,30}[:=](?=[^|]*\|)\s*", re.IGNORECASE)
_NOISE: Final = re.compile(
    r"\b(ffl|federal|firearms?|dealer|dealer's|the)\b|[^a-z ]", re.IGNORECASE
)
_LABELS: Final = {
    "license_number": (
        "license number",
        "license no",
        "license",
        "licence number",
        "licence",
        "number",
    ),
    "name": ("name", "business name", "company", "company name", "store", "store name", ""),
    "address": ("address", "street", "street address", "premise address", "ship to"),
    "phone": ("phone", "phone number", "telephone", "tel"),
    "email": ("email", "email address", "e mail"),
    "expires_on": (
        "expiration date",
        "expiration",
        "expires",
        "expires on",
        "expiry",
        "expiry date",
        "exp date",
        "license expiration",
        "license expires",
        "license expiration date",
    ),
}
_FIELD_OF: Final = {label: field for field, labels in _LABELS.items() for label in labels}
_PLACE: Final = ("city", "state", "zip", "zip code", "postal code")
_DATES: Final = (
    "%Y-%m-%d",
    "%m/%d/%Y",
    "%m-%d-%Y",
    "%m/%d/%y",
    "%B %d, %Y",
    "%b %d, %Y",
    "%d %B %Y",
)
_NEEDED: Final = ("license_number", "name", "address")


def read_ffl(comment: str) -> dict[str, Any] | None:
    """Return the dealer of a comment; None when it speaks of none.

    Keys: license_number, name, address, phone, email, expires_on (ISO date), raw, needs_review.
    """
    license_found = _LICENSE.search(comment)
    if license_found is None and not _MENTIONED.search(comment):
        return None
    found = {**_labelled(comment), **_in_one_line(comment)}
    if license_found is not None:
        found["license_number"] = license_found.group().upper()
    expires = _date(found.get("expires_on", ""))
    email = found.get("email", "")
    unreadable = (
        any(not found.get(field) for field in _NEEDED)
        or license_found is None
        or (bool(found.get("expires_on")) and expires is None)
        or (bool(email) and not _EMAIL.match(email))
    )
    return {
        "license_number": found.get("license_number") or None,
        "name": found.get("name") or None,
        "address": found.get("address") or None,
        "phone": found.get("phone") or None,
        "email": email or None,
        "expires_on": expires.isoformat() if expires else None,
        "raw": comment,
        "needs_review": unreadable,
    }


def _labelled(comment: str) -> dict[str, str]:
    """The values of labelled lines; an address may go on over lines without a label."""
    found: dict[str, str] = {}
    before: str | None = None
    for line in comment.splitlines():
        match = _LABELLED.match(line)
        if match is None:
            text = line.strip()
            if before == "address" and text:
                found["address"] = ", ".join(filter(None, (found.get("address", ""), text)))
            else:
                before = None
            continue
        label, value = _plain(match["label"]), match["value"].strip()
        if label in _PLACE and "address" in found and value:
            found["address"] = f"{found['address']}, {value}"
            continue
        before = _FIELD_OF.get(label)
        if before is not None and before not in found:
            found[before] = value
    return found


def _in_one_line(comment: str) -> dict[str, str]:
    """The values of `FFL: name | address | number | phone`, told by what they look like.

    Parts with labels of their own are left to `_labelled`, on lines of their own.
    """
    line = next((line for line in comment.splitlines() if _ONE_LINE.match(line)), None)
    if line is None:
        return {}
    parts = [part.strip() for part in _ONE_LINE.sub("", line, count=1).split("|")]
    if sum(1 for part in parts if _LABELLED.match(part)) > 1:
        return _labelled("\n".join(parts))
    found: dict[str, str] = {}
    plain: list[str] = []
    for part in parts:
        kind = _kind_of(part)
        if kind is None:
            plain.append(part)
        else:
            found.setdefault(kind, part)
    name, *address = [part for part in plain if part] or [""]
    return {**found, "name": name, "address": ", ".join(address)}


def _kind_of(part: str) -> str | None:
    if _LICENSE.search(part):
        return "license_number"
    if _EMAIL.match(part):
        return "email"
    if _date(part):
        return "expires_on"
    return "phone" if _PHONE.match(part) else None


def _plain(label: str) -> str:
    return " ".join(_NOISE.sub(" ", label.replace("-", " ")).lower().split())


def _date(text: str) -> date | None:
    for form in _DATES:
        try:
            return datetime.strptime(text.strip(), form).date()  # noqa: DTZ007 - a day, no moment
        except ValueError:
            continue
    return None

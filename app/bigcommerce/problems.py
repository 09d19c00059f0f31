"""What BigCommerce says is wrong, in one shape for v2 arrays and v3 objects (FACTS 2.4).

BigCommerce gives a status and free text. ``Problem.code`` is our stable name for the texts seen
in the field, so that callers compare codes; an unknown text gets ``http_<status>``.
"""

import re
from collections.abc import Iterator, Mapping

import msgspec

LONGEST_MESSAGE = 500
MOST_PROBLEMS = 100

# First match wins. Matched against the message, ignoring case, after the status decided the class.
CODES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (code, re.compile(pattern, re.IGNORECASE))
    for code, pattern in (
        ("name_duplicate", r"product name is a duplicate"),
        ("sku_duplicate", r"sku\b.*\b(is a duplicate|is not unique|already)"),
        ("variant_exists", r"variant with the same option values"),
        ("quantity_unavailable", r"greater than the quantity .* available"),
        ("image_invalid", r"field '(image_url|images?[^']*)' is invalid|image.*(download|fetch)"),
        ("field_unsupported", r"field '[^']*' is not supported"),
        ("field_read_only", r"field '[^']*' cannot be written"),
        ("field_invalid", r"field '[^']*' is invalid"),
        ("field_missing", r"missing required|required field|error\.path\.missing|is required"),
        ("option_set", r"associated with an option set"),
        ("filter_unknown", r"filter\(s\)|not valid filter"),
        ("batch_too_large", r"max(imum)? batch size|maximum items allowed|batch .*too large"),
        ("limit_too_high", r"specified limit exceeds"),
        ("absolute_first", r"absolute adjustment before relative"),
        ("tracked_by_product", r"tracked by product"),
        ("tracked_by_variant", r"tracked by (variant|sku)"),
        ("not_found", r"was not found|not found|does(n't| not) exist"),
    )
)
# What the merchant should read instead of BigCommerce's words, where we can say it better.
SENTENCES: Mapping[str, str] = {
    "name_duplicate": "Another product in the store has this name.",
    "sku_duplicate": "Another product or variant in the store has this SKU.",
    "variant_exists": "The store has a variant with these options already.",
    "quantity_unavailable": "The store has fewer of these left to ship.",
    "image_invalid": "BigCommerce could not fetch this picture.",
    "field_missing": "A required value is missing.",
    "option_set": "This product uses an old kind of options that must be removed first.",
    "tracked_by_product": "The store tracks this stock by product, not by variant.",
    "tracked_by_variant": "The store tracks this stock by variant, not by product.",
    "absolute_first": "The store has no stock level yet that could be changed.",
}
FIELD_IN_TEXT = re.compile(r"field '([^']+)'")
NUMBERED = {22010: "variant_exists"}


class Problem(msgspec.Struct, frozen=True):
    """One complaint: our code, the field it names (or ""), BigCommerce's text, extra details."""

    code: str
    message: str
    field: str = ""
    details: dict[str, object] = msgspec.field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """For the merchant: our words for a known problem, else BigCommerce's, with the field."""
        if self.code in SENTENCES:
            return SENTENCES[self.code]
        return f"{self.field}: {self.message}" if self.field else self.message


def read_problems(body: object, status: int) -> tuple[Problem, ...]:
    """Problems from a decoded error body of either API version; never raises, never empty
    for a body that says anything."""
    found: list[Problem] = []
    for problem in _problems(body, status):
        if problem not in found:
            found.append(problem)
        if len(found) == MOST_PROBLEMS:
            break
    return tuple(found)


def _problems(body: object, status: int) -> Iterator[Problem]:
    if isinstance(body, list):
        for entry in body:
            yield from _problems(entry, status)
    elif isinstance(body, dict):
        yield from _object(body, status)
    elif isinstance(body, str) and body.strip():
        yield _problem(body, status)


def _object(body: dict[str, object], status: int) -> Iterator[Problem]:
    inner = _integer(body.get("status")) or status
    number = _integer(body.get("code"))
    nested = list(_nested(body, inner, number))
    if nested:
        yield from nested
        return
    text = next(
        (t for key in ("message", "title", "detail", "error") if (t := _text(body.get(key)))), ""
    )
    details = body.get("details")
    if text:
        yield _problem(text, inner, number=number, details=details)


def _nested(body: dict[str, object], status: int, number: int | None) -> Iterator[Problem]:
    for key in ("errors", "batch_errors"):
        inside = body.get(key)
        if isinstance(inside, dict):
            for name, said in inside.items():
                if isinstance(said, dict):
                    yield from _problems(said, status)
                elif isinstance(said, list):
                    for one in said:
                        if isinstance(one, dict):
                            yield from _problems(one, status)
                        elif text := _text(one):
                            yield _problem(text, status, field=str(name), number=number)
                elif text := _text(said):
                    yield _problem(text, status, field=str(name), number=number)
        elif isinstance(inside, list):
            for entry in inside:
                yield from _problems(entry, status)


def _problem(
    message: str,
    status: int,
    *,
    field: str = "",
    number: int | None = None,
    details: object = None,
) -> Problem:
    extra = {str(k): v for k, v in details.items()} if isinstance(details, dict) else {}
    searched = " ".join([message, *(v for v in extra.values() if isinstance(v, str))])
    if not field and (named := FIELD_IN_TEXT.search(message)):
        field = named.group(1)
    code = NUMBERED.get(number or 0) or next(
        (code for code, pattern in CODES if pattern.search(searched)), f"http_{status}"
    )
    return Problem(code=code, message=message[:LONGEST_MESSAGE], field=field, details=extra)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _integer(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.isdecimal() else None

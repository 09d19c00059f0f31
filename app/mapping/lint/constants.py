"""Checks of constant values."""

import re
from collections.abc import Iterable
from typing import Final

from app.mapping.catalogue import Field, FieldType
from app.mapping.catalogue.fields import TEXT_TYPES
from app.mapping.coerce import check, coercion
from app.mapping.errors import FieldFailure
from app.mapping.lint.findings import Entry, Findings, Surroundings, leaves
from app.mapping.mapping import FromSet, FromValue
from app.mapping.steps import Default, Lookup
from app.mapping.values import as_text, is_blank, shortened

IDENTIFIERS: Final = frozenset(
    {"sku", "master_sku", "upc", "gtin", "mpn", "asin", "id", "order_id", "tracking_number"}
)
AMOUNTS: Final = frozenset({"quantity", "inventory_level"})
TITLES: Final = frozenset({"title", "name"})
SECRETS: Final = re.compile(
    r"(?:\b(?:bearer|x-auth-token|api[_-]?key|access[_-]?token|client[_-]?secret|password|passwd)"
    r"\b\s*[:=]?\s*\S{6,})"
    r"|\b(?:sk|pk|rk)_(?:live|test)_\w{8,}"
    r"|\b(?:ghp|gho|xox[abps]|shpat)[_-]\w{10,}"
    r"|\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\b(?=[a-z0-9]*[0-9])(?=[a-z0-9]*[a-z])[a-z0-9]{31,64}\b",
    re.IGNORECASE,
)
EMAIL: Final = re.compile(r"\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+\b")
CARD: Final = re.compile(r"\b(?:\d[ -]?){15}\d\b")
MAX_SCANNED: Final = 10_000


def check_constants(entry: Entry, around: Surroundings, findings: Findings) -> None:
    """Constants fit the target's type, length and choices, and give nothing away."""
    for leaf in leaves(entry.mapping):
        if isinstance(leaf, FromValue):
            _check_identity(leaf, entry, findings)
            if not leaf.steps:
                check_constant(leaf.value, entry, findings)
            _check_private(leaf.value, entry, findings)
        for value in _secondary(leaf.steps, leaf if isinstance(leaf, FromSet) else None):
            if not is_blank(value):
                check_constant(value, entry, findings)
                _check_private(value, entry, findings)


def _secondary(steps: Iterable[object], leaf: FromSet | None) -> Iterable[object]:
    """Fall-back values that end up in the target as they are."""
    steps = tuple(steps)
    if leaf is not None and not steps:
        yield leaf.fallback
    if steps and isinstance(steps[-1], Default):
        yield steps[-1].value
    if steps and isinstance(steps[-1], Lookup):
        yield steps[-1].fallback


def check_constant(value: object, entry: Entry, findings: Findings) -> None:
    """One constant against the target's type and limits."""
    if is_blank(value):
        return
    field = entry.field
    try:
        coerced = coercion(field)(value)
    except FieldFailure as failure:
        code = "wrong_type" if failure.code.startswith("not_a") else failure.code
        findings.add(
            entry.key,
            "error",
            code,
            f"{field.label} cannot take this value: {failure.message} Correct the value.",
        )
        return
    judge = check(field)
    fault = judge(coerced) if judge else None
    if fault:
        findings.add(entry.key, "error", fault[0], f"{field.label}: {fault[1]}")
    _check_spelling(value, coerced, entry, findings)


def _check_spelling(value: object, coerced: object, entry: Entry, findings: Findings) -> None:
    field = entry.field
    text = as_text(value)
    if field.type in TEXT_TYPES and isinstance(value, str) and text != text.strip():
        findings.add(
            entry.key,
            "warning",
            "outer_spaces",
            f"The value for {field.label} begins or ends with a space. Remove it.",
        )
    if field.type is not FieldType.ENUM or (text == coerced and text in field.enumeration):
        return
    if text != coerced:
        findings.add(
            entry.key,
            "info",
            "case_variant",
            f"“{text}” is sent as “{as_text(coerced)}”, the store's spelling.",
        )
    elif not text.startswith("carrier_"):
        findings.add(
            entry.key,
            "warning",
            "not_in_enumeration",
            f"“{shortened(text)}” is not one of the known values of {field.label}: "
            f"{', '.join(field.enumeration)}. Use one of them or “Set to empty”.",
        )


def _check_identity(leaf: FromValue, entry: Entry, findings: Findings) -> None:
    name = entry.field.key.partition(".")[2]
    if is_blank(leaf.value) or entry.mapping is not leaf:
        return
    if name in IDENTIFIERS:
        findings.add(
            entry.key,
            "error",
            "constant_identifier",
            f"{entry.field.label} would be the same in every record. Choose “Field” so that "
            "each has its own.",
        )
    elif name in TITLES or name in AMOUNTS:
        findings.add(
            entry.key,
            "warning",
            "same_everywhere",
            f"{entry.field.label} would be “{shortened(leaf.value)}” in every record. "
            "Choose “Field” if that is not meant.",
        )


def _check_private(value: object, entry: Entry, findings: Findings) -> None:
    text = as_text(value)[:MAX_SCANNED]
    field: Field = entry.field
    if SECRETS.search(text):
        findings.add(
            entry.key,
            "error",
            "secret_in_template",
            f"The value for {field.label} looks like a password or an access key. "
            "Remove it; templates are not kept secret.",
        )
    elif field.public and (EMAIL.search(text) or CARD.search(text)):
        findings.add(
            entry.key,
            "warning",
            "personal_data_public",
            f"The value for {field.label} looks like personal data, and shoppers can see it. "
            "Remove it if that is not meant.",
        )

"""Checks of mapping sets where they are used."""

from app.mapping.catalogue import FieldType
from app.mapping.catalogue.fields import NUMBER_TYPES
from app.mapping.coerce import check, coercion
from app.mapping.errors import FieldFailure
from app.mapping.lint.findings import Entry, Findings, Surroundings, leaves, suggestion
from app.mapping.mapping import FromSet
from app.mapping.sets import MappingSet
from app.mapping.steps import Lookup
from app.mapping.values import as_text, is_blank, shortened

MAX_EXAMPLES = 3


def check_sets(entry: Entry, around: Surroundings, findings: Findings) -> None:
    """Every set that is used exists, has sensible entries, and a sensible policy."""
    for leaf in leaves(entry.mapping):
        uses: list[tuple[FromSet | Lookup, bool]] = []
        if isinstance(leaf, FromSet):
            uses.append((leaf, not leaf.steps))
        last = len(leaf.steps) - 1
        uses.extend(
            (step, position == last)
            for position, step in enumerate(leaf.steps)
            if isinstance(step, Lookup)
        )
        for use, final in uses:
            _check_use(use, final, entry, around, findings)


def _check_use(
    use: FromSet | Lookup, final: bool, entry: Entry, around: Surroundings, findings: Findings
) -> None:
    table = around.sets.get(use.mapping_set_id)
    if table is None:
        hint = suggestion(use.mapping_set_id, around.sets)
        findings.add(
            entry.key,
            "error",
            "set_missing",
            f"The mapping set “{use.mapping_set_id}” does not exist.{hint} Choose another one.",
        )
        return
    _check_policy(use, table, entry, findings)
    _check_entries(table, use, entry, findings)
    if final:
        _check_results(table, entry, findings)


def _check_policy(
    use: FromSet | Lookup, table: MappingSet, entry: Entry, findings: Findings
) -> None:
    if use.no_match == "fallback" and use.fallback is None:
        findings.add(
            entry.key,
            "error",
            "fallback_missing",
            f"Values that are not in “{table.name}” should become the fall-back value, but there "
            "is none. Enter it, or choose another way.",
        )
    if use.no_match != "fallback" and use.fallback is not None:
        findings.add(
            entry.key,
            "warning",
            "fallback_unused",
            f"The fall-back value “{shortened(use.fallback)}” is never used. Choose “fallback” "
            "for values that are not listed, or remove it.",
        )


def _check_entries(
    table: MappingSet, use: FromSet | Lookup, entry: Entry, findings: Findings
) -> None:
    if not table.entries:
        findings.add(
            entry.key,
            "error",
            "set_empty",
            f"The mapping set “{table.name}” has no entries. Add some, or map the field directly.",
        )
    loose = isinstance(use, FromSet) and (use.trim or use.ignore_case)
    seen: dict[str, object] = {}
    folded: dict[str, str] = {}
    for key, value in table.entries:
        if not key.strip():
            findings.add(
                entry.key,
                "warning",
                "set_blank_entry",
                f"The mapping set “{table.name}” has an entry without a “from” value. Remove it.",
            )
        if key in seen:
            _duplicate(key, same=seen[key] == value, table=table, entry=entry, findings=findings)
        seen.setdefault(key, value)
        other = folded.setdefault(key.strip().casefold(), key)
        if other != key and not (loose and seen[other] == value):
            findings.add(
                entry.key,
                "warning",
                "set_case_variants",
                f"The mapping set “{table.name}” lists “{other}” and “{key}”, which differ only "
                "in capitals or spaces. Check that both are meant.",
            )


def _duplicate(
    key: str, *, same: bool, table: MappingSet, entry: Entry, findings: Findings
) -> None:
    findings.add(
        entry.key,
        "warning" if same else "error",
        "set_duplicate",
        f"The mapping set “{table.name}” lists “{shortened(key)}” twice"
        + (". Remove one." if same else " with different results. Remove the wrong one."),
    )


def _check_results(table: MappingSet, entry: Entry, findings: Findings) -> None:
    """What the set gives fits the target; only the first few misfits are named."""
    field = entry.field
    if field.type not in NUMBER_TYPES | {FieldType.ENUM} and field.max_length is None:
        return
    to_type, judge = coercion(field), check(field)
    wrong: list[str] = []
    for _, value in table.entries:
        if is_blank(value):
            continue
        try:
            coerced = to_type(value)
        except FieldFailure:
            wrong.append(as_text(value))
            continue
        if judge is not None and judge(coerced) is not None:
            wrong.append(as_text(value))
    if wrong:
        named = ", ".join(f"“{shortened(text, 30)}”" for text in wrong[:MAX_EXAMPLES])
        findings.add(
            entry.key,
            "error",
            "set_value_not_allowed",
            f"The mapping set “{table.name}” gives {named}, which {field.label} does not take. "
            "Correct the set.",
        )

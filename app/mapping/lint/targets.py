"""Checks of the targets themselves: required ones, clears, destinations."""

from app.mapping.catalogue.fields import LIST_TYPES, UNCLEARABLE
from app.mapping.lint.findings import Entry, Findings, Surroundings
from app.mapping.mapping import AnyMapping, Empty, FromRules, FromValue, Ignore
from app.mapping.values import is_blank


def check_required(entries: list[Entry], around: Surroundings, findings: Findings) -> None:
    """Every required target is mapped, and to something that can have a value."""
    mapped = {entry.field.key: entry for entry in entries}
    for field in around.catalogue.targets.fields:
        if not field.required:
            continue
        entry = mapped.get(field.key)
        if entry is None or isinstance(entry.mapping, Ignore):
            findings.add(
                field.key,
                "error",
                "required_unmapped",
                f"{field.label} ({field.group_label}) is required but not mapped. "
                "Choose “Field” and the field it comes from.",
            )
        elif isinstance(entry.mapping, Empty) or _blank_constant(entry.mapping):
            findings.add(
                field.key,
                "error",
                "required_empty",
                f"{field.label} is required and cannot be empty. Choose a field or a value.",
            )
        elif _may_have_nothing(entry.mapping):
            findings.add(
                field.key,
                "error",
                "required_not_always",
                f"{field.label} is required, but these rules can leave it without a value. "
                "Map it in every rule and in “otherwise”.",
            )


def _blank_constant(mapping: AnyMapping) -> bool:
    return isinstance(mapping, FromValue) and not mapping.steps and is_blank(mapping.value)


def _may_have_nothing(mapping: AnyMapping | None) -> bool:
    """True when some way through the rules ignores or clears the target for sure."""
    if mapping is None or isinstance(mapping, Ignore | Empty):
        return True
    if not isinstance(mapping, FromRules):
        return _blank_constant(mapping)
    if any(_may_have_nothing(rule.then) for rule in mapping.rules if rule.enabled):
        return True
    decided = any(rule.when is None and rule.enabled for rule in mapping.rules)
    rest = mapping.otherwise or mapping.start
    return not decided and _may_have_nothing(rest)


def check_clears(entry: Entry, around: Surroundings, findings: Findings) -> None:
    """A clear must be possible; blank constants are mistakes."""
    if isinstance(entry.mapping, Empty) and entry.field.empty is UNCLEARABLE:
        findings.add(
            entry.key,
            "error",
            "cannot_be_empty",
            f"{entry.field.label} has no empty value in the store. Choose one of its values, "
            "or “Don't map”.",
        )
    if _blank_constant(entry.mapping) and not entry.field.required:
        findings.add(
            entry.key,
            "warning",
            "empty_constant",
            f"{entry.field.label} is mapped to an empty value. Choose “Set to empty” to clear "
            "it, or “Don't map” to leave it alone.",
        )


def check_list_mode(entry: Entry, around: Surroundings, findings: Findings) -> None:
    """Adding makes sense for lists only."""
    mapping = entry.mapping
    if isinstance(mapping, Empty | Ignore) or mapping.list_mode == "replace":
        return
    if entry.field.type not in LIST_TYPES:
        findings.add(
            entry.key,
            "warning",
            "add_to_single",
            f"{entry.field.label} holds one value, so nothing can be added to it. "
            "Set it to “replace”.",
        )


def check_destinations(entries: list[Entry], around: Surroundings, findings: Findings) -> None:
    """Category levels build on each other and exclude the whole list."""
    mapped = {e.field.key: e for e in entries if not isinstance(e.mapping, Ignore)}
    levels = [
        level for level in (1, 2, 3) if f"bigcommerce_product.category_level_{level}" in mapped
    ]
    if levels and "bigcommerce_product.categories" in mapped:
        findings.add(
            "bigcommerce_product.categories",
            "warning",
            "same_destination",
            "Categories are mapped as a whole and by level. Keep one of the two.",
        )
    if levels and levels != list(range(1, len(levels) + 1)):
        findings.add(
            f"bigcommerce_product.category_level_{levels[-1]}",
            "error",
            "category_level_gap",
            f"Category (Level {levels[-1]}) needs the levels above it. Map them as well.",
        )
    if "bigcommerce_shipment.date_created" in mapped:
        findings.add(
            "bigcommerce_shipment.date_created",
            "info",
            "set_by_store",
            "The store dates a shipment itself; this mapping is only compared with it.",
        )

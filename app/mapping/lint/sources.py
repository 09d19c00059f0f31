"""Checks of the fields that are read: they exist, they fit, they may be shown."""

from app.mapping.catalogue import Field, FieldType
from app.mapping.catalogue.fields import LIST_TYPES
from app.mapping.lint.findings import Entry, Findings, Surroundings, leaves, suggestion
from app.mapping.lint.flow import after, fits, shape_of
from app.mapping.mapping import ORIGINAL, PREVIOUS, FromField, FromRules, FromSet, sources_read
from app.mapping.steps import Arithmetic, FirstNonEmpty, Join, Plain, Truncate

RESULTS = frozenset({PREVIOUS, ORIGINAL})


def check_known(entry: Entry, around: Surroundings, findings: Findings) -> None:
    """Every field that is read exists."""
    known = around.catalogue.sources.keys
    for key in dict.fromkeys(sources_read(entry.mapping)):
        if key in RESULTS:
            if not isinstance(entry.mapping, FromRules):
                findings.add(
                    entry.key,
                    "error",
                    "result_outside_rules",
                    f"“{key}” is the result of an earlier rule and can only be used in rules.",
                )
        elif around.catalogue.source(key) is None:
            findings.add(
                entry.key,
                "error",
                "unknown_source",
                f"There is no field “{key}” to map from.{suggestion(key, known)} "
                "Choose a field from the list.",
            )


def check_types(entry: Entry, around: Surroundings, findings: Findings) -> None:
    """What is read can become what the target holds."""
    for leaf in leaves(entry.mapping):
        if not isinstance(leaf, FromField | FromSet):
            continue
        source = around.catalogue.source(leaf.source)
        if source is None or (isinstance(leaf, FromSet)):
            continue
        shape = shape_of(source.type, source.key, named=source.named)
        for step in leaf.steps:
            shape = after(step, shape)
        fit = fits(shape, entry.field.type)
        if fit != "yes":
            findings.add(
                entry.key,
                "error" if fit == "no" else "warning",
                "wrong_type",
                f"{source.label} ({_named(source.type)}) does not fit {entry.field.label} "
                f"({_named(entry.field.type)}). Choose another field, or convert it with steps.",
            )
        else:
            _check_text(leaf, source, entry, findings)
            _check_lists(leaf, source, entry, findings)


def _named(kind: FieldType) -> str:
    return kind.value.replace("_", " ")


def _check_text(leaf: FromField, source: Field, entry: Entry, findings: Findings) -> None:
    target = entry.field
    if source.type is not FieldType.HTML or target.type is not FieldType.STRING:
        return
    steps = [step.do for step in leaf.steps if isinstance(step, Plain)]
    if "strip_html" not in steps and not source.named:
        findings.add(
            entry.key,
            "warning",
            "html_in_text",
            f"{source.label} contains HTML, but {target.label} is plain text. "
            "Add a “strip_html” step.",
        )
    if target.max_length is None or target.max_length > 1_000:
        return
    if not any(isinstance(step, Truncate) for step in leaf.steps):
        findings.add(
            entry.key,
            "warning",
            "may_be_too_long",
            f"{source.label} is often longer than the {target.max_length} characters that "
            f"{target.label} allows. Add a “truncate” step.",
        )


def _check_lists(leaf: FromField, source: Field, entry: Entry, findings: Findings) -> None:
    """A whole list stored in one text, or lists of unlike things, are mistakes."""
    kinds = (source.type, entry.field.type)
    if leaf.steps or source.named or kinds[0] not in LIST_TYPES or kinds[0] is kinds[1]:
        return
    alike = {FieldType.CUSTOM_FIELDS, FieldType.OPTIONS}
    if kinds[1] in LIST_TYPES and not (set(kinds) <= alike or FieldType.STRINGS in kinds):
        findings.add(
            entry.key,
            "error",
            "wrong_type",
            f"{source.label} ({_named(kinds[0])}) does not fit {entry.field.label} "
            f"({_named(kinds[1])}). Choose a field of the same kind.",
        )
    elif kinds[1] in (FieldType.URL, FieldType.ENUM):
        findings.add(
            entry.key,
            "error",
            "wrong_type",
            f"{source.label} is a list, but {entry.field.label} takes one value. "
            "Choose one with a “join” or “split” step.",
        )


def check_privacy(entry: Entry, around: Surroundings, findings: Findings) -> None:
    """Personal and confidential data stay where they are protected."""
    calculated = _calculated(entry)
    for key in _shown(entry):
        source = around.catalogue.source(key)
        if source is None or source.sensitivity is None:
            continue
        target = entry.field
        if source.sensitivity == "confidential" and key in calculated:
            continue
        if target.public:
            what = "personal data" if source.sensitivity == "personal" else "confidential"
            findings.add(
                entry.key,
                "error",
                "personal_data_public" if what == "personal data" else "confidential_public",
                f"{source.label} is {what}, but shoppers can see {target.label}. "
                "Choose another field.",
            )
        elif _escapes(source, target):
            findings.add(
                entry.key,
                "error",
                "personal_data_unprotected",
                f"{source.label} is personal data and would not be erased in {target.label}. "
                "Map it to an address or note field.",
            )


def _escapes(source: Field, target: Field) -> bool:
    return (
        source.sensitivity == "personal"
        and not target.protected
        and not target.group.startswith("bigcommerce_")
    )


def _calculated(entry: Entry) -> set[str]:
    """Sources that every leaf calculates with: a price made from the cost does not show it."""
    shown: dict[str, bool] = {}
    for leaf in leaves(entry.mapping):
        if isinstance(leaf, FromField):
            worked = any(isinstance(step, Arithmetic) for step in leaf.steps)
            shown[leaf.source] = worked and shown.get(leaf.source, True)
    return {key for key, worked in shown.items() if worked}


def _shown(entry: Entry) -> list[str]:
    """Fields whose content ends up in the target; fields that are only compared do not."""
    shown = []
    for leaf in leaves(entry.mapping):
        if isinstance(leaf, FromField):
            shown.append(leaf.source)
        for step in leaf.steps:
            if isinstance(step, Join | FirstNonEmpty):
                shown.extend(step.fields)
    return shown


def check_levels(entry: Entry, around: Surroundings, findings: Findings) -> None:
    """A target that occurs once and reads a repeated group sees the first entry only."""
    shape = around.catalogue.shape
    if entry.field.group in {level.target for level in shape.repeated}:
        return
    repeated = {level.source for level in shape.repeated}
    for key in dict.fromkeys(sources_read(entry.mapping)):
        source = around.catalogue.source(key)
        if source is not None and source.group in repeated:
            findings.add(
                entry.key,
                "info",
                "first_entry_only",
                f"{entry.field.label} occurs once and takes {source.label} of the first "
                f"{source.group_label}.",
            )

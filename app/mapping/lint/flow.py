"""What type a value has on its way through the steps."""

from typing import Final, Literal

from app.mapping.catalogue.fields import LIST_TYPES, NUMBER_TYPES, FieldType
from app.mapping.steps import (
    Affix,
    Arithmetic,
    Clamp,
    ConvertCurrency,
    ConvertUnit,
    Default,
    FirstNonEmpty,
    Join,
    Lookup,
    Plain,
    RegexReplace,
    Replace,
    Round,
    RoundUpTo,
    Split,
    Step,
    Truncate,
)

Shape = Literal["number", "text", "free", "date", "truth", "list"]
"""`text` is text that is not a number for sure enough to warn; `free` may be anything."""

NUMERIC_STEPS: Final = (Arithmetic, Round, RoundUpTo, Clamp, ConvertUnit, ConvertCurrency)
CHANGING_STEPS: Final = (Replace, RegexReplace, Lookup, Split, Default, FirstNonEmpty, Join)
DIGITS: Final = frozenset({"upc", "gtin", "id", "order_id", "customer_id", "zip"})


def shape_of(kind: FieldType, key: str, *, named: bool) -> Shape:
    """The shape of a source field's values; fields by name may hold anything."""
    if named:
        return "free"
    if kind in NUMBER_TYPES:
        return "number"
    if kind in LIST_TYPES:
        return "list"
    if kind is FieldType.DATETIME:
        return "date"
    if kind is FieldType.BOOLEAN:
        return "truth"
    return "free" if key.partition(".")[2] in DIGITS else "text"


def after(step: Step, shape: Shape) -> Shape:
    """The shape behind a step."""
    if isinstance(step, NUMERIC_STEPS):
        return "number"
    if isinstance(step, Split):
        return "list" if step.index is None else "free"
    if isinstance(step, CHANGING_STEPS):
        return "free"
    if isinstance(step, Affix):
        return shape if shape == "list" else _affixed(step, shape)
    if isinstance(step, Plain | Truncate):
        return "text" if shape == "date" else shape
    return shape


def _affixed(step: Affix, shape: Shape) -> Shape:
    """Digits before or behind a number keep it a number; anything else makes it text."""
    harmless = step.text.strip().replace(".", "", 1).isdigit() or not step.text.strip()
    return shape if harmless else "text"


def fits(shape: Shape, target: FieldType) -> Literal["yes", "perhaps", "no"]:
    """Whether values of a shape can be stored in a target of a type."""
    if shape == "free" or shape == "list":
        return "yes" if target not in NUMBER_TYPES or shape == "free" else "no"
    if target in NUMBER_TYPES:
        return {"number": "yes", "truth": "perhaps", "text": "perhaps", "date": "no"}[shape]  # type: ignore[return-value]
    if target is FieldType.DATETIME:
        return "yes" if shape == "date" else "perhaps" if shape == "text" else "no"
    if target is FieldType.BOOLEAN:
        return "yes" if shape == "truth" else "perhaps" if shape in ("text", "number") else "no"
    if target in (FieldType.URL, FieldType.IMAGES):
        return "no" if shape in ("number", "date", "truth") else "yes"
    if target in (FieldType.CATEGORIES, FieldType.METAFIELDS):
        return "no" if shape in ("number", "date", "truth") else "yes"
    return "yes"

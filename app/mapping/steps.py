"""The steps a value may pass through, as they are written in a template.

Every step is `{"do": name, …parameters}`. Parameters that take a number also take
`{"field": key}`. A step leaves a missing value missing, except `default`, `first_non_empty`,
`join` with fields, `skip_record` and `fail`. Text steps work on each entry of a list.
"""

from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import AliasChoices, BeforeValidator, Field

from app.mapping.conditions import FieldReference, Model, Scalar, bounded

MAX_STEPS: Final = 30
MAX_PATTERN: Final = 500

NoMatch = Literal["pass_through", "fallback", "fail"]
RoundingName = Literal["half_even", "half_up", "half_down", "up", "down", "ceiling", "floor"]
RateSource = Literal["order_payload", "fixed_rule", "table"]
Text = Annotated[str, Field(max_length=10_000)]
Key = Annotated[str, Field(min_length=1, max_length=300)]
Number = Annotated[FieldReference | Decimal, BeforeValidator(bounded)]
Constant = Annotated[Scalar, BeforeValidator(bounded)]


def _names(*names: str) -> AliasChoices:
    return AliasChoices(*names)


class Plain(Model):
    """Changes letters or white space; `strip_html` leaves the text of HTML."""

    do: Literal["upper", "lower", "title", "sentence", "trim", "strip_html"]


class Affix(Model):
    """Puts a text in front of the value or behind it."""

    do: Literal["prefix", "suffix"]
    text: Text = Field(validation_alias=_names("text", "value", "with"))


class Replace(Model):
    """Replaces a literal text everywhere."""

    do: Literal["replace"]
    find: Text = Field(validation_alias=_names("find", "from", "search", "old"), min_length=1)
    replacement: Text = Field(
        default="", validation_alias=_names("with", "replacement", "to", "replace", "new")
    )
    case_sensitive: bool = True


class RegexReplace(Model):
    r"""Replaces what a pattern (RE2 syntax) matches; `\1` in `with` is the first group."""

    do: Literal["regex_replace"]
    pattern: str = Field(
        validation_alias=_names("pattern", "find", "regex"), min_length=1, max_length=MAX_PATTERN
    )
    replacement: Text = Field(
        default="", validation_alias=_names("with", "replacement", "replace", "to")
    )
    case_sensitive: bool = True


class Truncate(Model):
    """Cuts to `length` characters, `ellipsis` included; `words` cuts between words."""

    do: Literal["truncate"]
    length: int = Field(
        validation_alias=_names("length", "max_length", "max", "to", "value"), ge=1, le=100_000
    )
    ellipsis: str = Field(default="", max_length=10)
    words: bool = False


class Split(Model):
    """Splits text into a list, or into its part `index` (0 is the first, -1 the last)."""

    do: Literal["split"]
    separator: str = Field(
        default=",",
        validation_alias=_names("separator", "on", "by", "with"),
        min_length=1,
        max_length=50,
    )
    index: int | None = Field(default=None, ge=-1_000, le=1_000)


class Join(Model):
    """Joins a list to text, or the value with further fields; blank parts are left out."""

    do: Literal["join"]
    separator: str = Field(default=" ", validation_alias=_names("separator", "with"), max_length=50)
    fields: tuple[Key, ...] = Field(default=(), max_length=50)


class Arithmetic(Model):
    """Exact decimal arithmetic with a number or another field."""

    do: Literal["add", "subtract", "multiply", "divide"]
    value: Number = Field(validation_alias=_names("value", "by", "amount", "number", "with"))


class Round(Model):
    """Rounds to decimal places; half to even unless `mode` says otherwise."""

    do: Literal["round"]
    places: int = Field(default=0, ge=-12, le=12)
    mode: RoundingName = "half_even"


class RoundUpTo(Model):
    """The smallest number not below the value that ends so (`.99`), or a multiple of `step`."""

    do: Literal["round_up_to"]
    ending: Decimal | None = Field(
        default=None,
        validation_alias=_names("ending", "to", "value"),
        ge=0,
        max_digits=12,
        decimal_places=4,
    )
    step: Decimal | None = Field(
        default=None, validation_alias=_names("step", "multiple_of", "multiple"), gt=0
    )


class Clamp(Model):
    """Raises to `min` and lowers to `max`."""

    do: Literal["clamp"]
    min: Number | None = Field(default=None, validation_alias=_names("min", "minimum", "floor"))
    max: Number | None = Field(default=None, validation_alias=_names("max", "maximum", "cap"))


class Default(Model):
    """Takes a constant where the value is missing or blank."""

    do: Literal["default"]
    value: Constant


class FirstNonEmpty(Model):
    """Takes the first field that is not blank where the value is missing or blank."""

    do: Literal["first_non_empty"]
    fields: tuple[Key, ...] = Field(
        validation_alias=_names("fields", "sources"), min_length=1, max_length=50
    )


class ConvertUnit(Model):
    """Converts weight (g, kg, t, oz, lb) or length (mm, cm, m, in, ft); `store` is its unit."""

    do: Literal["convert_unit"]
    from_: str = Field(validation_alias=_names("from", "from_unit"), max_length=20)
    to: str = Field(validation_alias=_names("to", "to_unit"), max_length=20)
    places: int = Field(default=6, ge=0, le=12)


class ConvertCurrency(Model):
    """Converts money; `rate` is a number, a field of the order, or absent for the rate table.

    The rate says how much of `to` one unit of `from` is worth, or with `inverse` the reverse.
    """

    do: Literal["convert_currency"]
    to: str | FieldReference
    from_: str | FieldReference | None = Field(
        default=None, validation_alias=_names("from", "from_currency")
    )
    rate: Number | None = None
    inverse: bool = False
    places: int | None = Field(default=None, ge=0, le=8)


class Lookup(Model):
    """Looks the value up in a mapping set."""

    do: Literal["lookup"]
    mapping_set_id: Key = Field(validation_alias=_names("mapping_set_id", "set", "mapping_set"))
    no_match: NoMatch = "pass_through"
    fallback: Constant = None


class Stop(Model):
    """Leaves the record out, or makes it an error, with a reason for people."""

    do: Literal["skip_record", "fail"]
    reason: str = Field(
        default="", validation_alias=_names("reason", "message", "value"), max_length=500
    )


Step = Annotated[
    Plain
    | Affix
    | Replace
    | RegexReplace
    | Truncate
    | Split
    | Join
    | Arithmetic
    | Round
    | RoundUpTo
    | Clamp
    | Default
    | FirstNonEmpty
    | ConvertUnit
    | ConvertCurrency
    | Lookup
    | Stop,
    Field(discriminator="do"),
]


def fields_read(step: Step) -> tuple[str, ...]:
    """Every field that a step looks at besides the value itself."""
    if isinstance(step, Join | FirstNonEmpty):
        return step.fields
    operands: tuple[object, ...] = ()
    if isinstance(step, Arithmetic):
        operands = (step.value,)
    elif isinstance(step, Clamp):
        operands = (step.min, step.max)
    elif isinstance(step, ConvertCurrency):
        operands = (step.from_, step.to, step.rate)
    return tuple(operand.field for operand in operands if isinstance(operand, FieldReference))

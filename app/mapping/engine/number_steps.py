"""Steps on numbers, units and money; decimals throughout."""

from collections.abc import Callable
from decimal import Decimal

from app.mapping import currency, rounding, units
from app.mapping.conditions import FieldReference
from app.mapping.engine.context import Context, Reader, Record, Run, StepFunction
from app.mapping.engine.read import Scope, reader
from app.mapping.errors import FieldFailure, TemplateInvalid
from app.mapping.steps import (
    Arithmetic,
    Clamp,
    ConvertCurrency,
    ConvertUnit,
    Round,
    RoundUpTo,
)
from app.mapping.values import ARITHMETIC, as_decimal, as_text, is_absent, is_blank


def on_number(function: Callable[[Decimal, Record, Run], Decimal]) -> StepFunction:
    """A number function as a step: blank stays as it is."""

    def step(value: object, record: Record, run: Run) -> object:
        return value if is_blank(value) else function(as_decimal(value), record, run)

    return step


def number(value: FieldReference | Decimal, scope: Scope) -> Reader:
    """A constant or another field; reading a field without a number raises FieldFailure."""
    if not isinstance(value, FieldReference):
        constant = as_decimal(value)
        return lambda record, run: constant
    read = reader(value.field, scope)
    field = scope.source(value.field)
    label = field.label if field else value.field

    def read_number(record: Record, run: Run) -> object:
        found = read(record, run)
        if is_blank(found):
            raise FieldFailure("operand_missing", f"“{label}” has no value to calculate with.")
        return as_decimal(found)

    return read_number


def arithmetic(step: Arithmetic, scope: Scope) -> StepFunction:
    """add, subtract, multiply, divide; dividing by zero fails the field."""
    operand = number(step.value, scope)
    operations: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
        "add": ARITHMETIC.add,
        "subtract": ARITHMETIC.subtract,
        "multiply": ARITHMETIC.multiply,
        "divide": _divide,
    }
    operate = operations[step.do]
    return on_number(lambda amount, record, run: operate(amount, as_decimal(operand(record, run))))


def _divide(amount: Decimal, divisor: Decimal) -> Decimal:
    if not divisor:
        raise FieldFailure("division_by_zero", "The calculation divides by zero.")
    return ARITHMETIC.divide(amount, divisor)


def round_to(step: Round) -> StepFunction:
    """Decimal places in one of seven modes."""
    return on_number(lambda amount, record, run: rounding.to_places(amount, step.places, step.mode))


def round_up_to(step: RoundUpTo, scope: Scope) -> StepFunction:
    """To an ending or a step; exactly one of the two must be given."""
    ending, multiple = step.ending, step.step
    if multiple is not None and ending is None:
        return on_number(lambda amount, record, run: rounding.up_to_step(amount, multiple))
    if ending is None or multiple is not None:
        raise _invalid(
            scope, "“round_up_to” needs either an ending such as 0.99 or a step.", "bad_step"
        )
    return on_number(lambda amount, record, run: rounding.up_to_ending(amount, ending))


def clamp(step: Clamp, scope: Scope) -> StepFunction:
    """Between bounds; a bound read from a blank field does not bound."""
    low = _bound(step.min, scope)
    high = _bound(step.max, scope)

    def limit(amount: Decimal, record: Record, run: Run) -> Decimal:
        floor, cap = low(record, run), high(record, run)
        if floor is not None and cap is not None and floor > cap:
            raise FieldFailure(
                "bounds_conflict",
                f"The lower bound {as_text(floor)} is above the upper bound {as_text(cap)}.",
            )
        if floor is not None and amount < floor:
            return floor
        return cap if cap is not None and amount > cap else amount

    return on_number(limit)


def _bound(
    value: FieldReference | Decimal | None, scope: Scope
) -> Callable[[Record, Run], Decimal | None]:
    if value is None:
        return lambda record, run: None
    if not isinstance(value, FieldReference):
        constant = as_decimal(value)
        return lambda record, run: constant
    read = reader(value.field, scope)

    def bound(record: Record, run: Run) -> Decimal | None:
        found = read(record, run)
        return None if is_blank(found) else as_decimal(found)

    return bound


def convert_unit(step: ConvertUnit, scope: Scope) -> StepFunction:
    """Weight or length; `store` stands for the store's own unit."""
    source, target = _unit(step.from_, scope), _unit(step.to, scope)
    if source == target:
        return lambda value, record, run: value
    known = source if source != units.STORE else target
    dimension = units.dimension_of(known)
    if units.STORE not in (source, target):
        if units.dimension_of(source) != units.dimension_of(target):
            raise _invalid(scope, f"“{source}” cannot be converted to “{target}”.", "bad_unit")
        return on_number(
            lambda amount, record, run: units.convert(amount, source, target, step.places)
        )

    def convert(amount: Decimal, record: Record, run: Run) -> Decimal:
        store = store_unit(run.context, dimension)
        from_, to = (store, target) if source == units.STORE else (source, store)
        return amount if from_ == to else units.convert(amount, from_, to, step.places)

    return on_number(convert)


def store_unit(context: Context, dimension: units.Dimension) -> str:
    """The store's unit of weight or length; raises FieldFailure while it is not known."""
    name = context.weight_unit if dimension == "weight" else context.dimension_unit
    unit = units.unit_of(name) if name else None
    if unit is None:
        raise FieldFailure(
            "store_unit_unknown",
            f"The store's unit of {dimension} is not known yet. Test the connection once.",
        )
    return unit


def _unit(name: str, scope: Scope) -> str:
    unit = units.STORE if name.strip().lower() == units.STORE else units.unit_of(name)
    if unit is None:
        raise _invalid(
            scope, f"“{name}” is not a unit. Use g, kg, t, oz, lb, mm, cm, m, in or ft.", "bad_unit"
        )
    return unit


def convert_currency(step: ConvertCurrency, scope: Scope) -> StepFunction:
    """Money at a rate of the order, of the rule or of the table; the rate is noted."""
    from_ = _code(step.from_, scope)
    to = _code(step.to, scope)
    rate = number(step.rate, scope) if step.rate is not None else None
    origin: currency.RateSource = (
        "table"
        if rate is None
        else ("order_payload" if isinstance(step.rate, FieldReference) else "fixed_rule")
    )

    def convert(amount: Decimal, record: Record, run: Run) -> Decimal:
        source, target = from_(record, run), to(record, run)
        if not target or (not source and rate is None):
            raise FieldFailure("currency_unknown", "The currency to convert between is not known.")
        places = currency.minor_units(target) if step.places is None else step.places
        if source == target:
            return amount
        factor = as_decimal(rate(record, run)) if rate else _from_table(run, source, target)
        if factor <= 0:
            raise FieldFailure(
                "rate_invalid", f"The exchange rate {as_text(factor)} is not usable."
            )
        if step.inverse:
            factor = ARITHMETIC.divide(Decimal(1), factor)
        at = run.context.rates.at if origin == "table" and run.context.rates else run.context.now
        run.rates.append(currency.AppliedRate(source, target, factor, origin, at))
        run.noted = True
        return currency.convert(amount, factor, places)

    return on_number(convert)


def _from_table(run: Run, source: str, target: str) -> Decimal:
    rate = run.context.rates.rate(source, target) if run.context.rates else None
    if rate is None:
        raise FieldFailure(
            "rate_missing",
            f"There is no exchange rate from {source} to {target}. Add one, or give a fixed rate.",
        )
    return rate


def _code(value: str | FieldReference | None, scope: Scope) -> Callable[[Record, Run], str]:
    if value is None:
        return lambda record, run: ""
    if isinstance(value, str):
        code = value.strip().upper()
        return lambda record, run: code
    read = reader(value.field, scope)

    def read_code(record: Record, run: Run) -> str:
        found = read(record, run)
        return "" if is_absent(found) else as_text(found).strip().upper()

    return read_code


def _invalid(scope: Scope, message: str, code: str) -> TemplateInvalid:
    return TemplateInvalid(scope.template, scope.target.key, message, code)

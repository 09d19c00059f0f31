"""Short ways to run one mapping on one record."""

from collections.abc import Mapping
from datetime import UTC, datetime

from app.mapping.currency import RateTable
from app.mapping.engine.compile import compile_template
from app.mapping.engine.context import Context
from app.mapping.engine.evaluate import Evaluated, evaluate
from app.mapping.rule_conditions import condition_test
from app.mapping.sets import MappingSet

NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)


def context(
    weight: str | None = "kg", length: str | None = "cm", rates: RateTable | None = None
) -> Context:
    return Context(NOW, weight, length, rates)


def run(
    mapping: object,
    record: Mapping[str, object],
    *,
    integration: str = "import_listings",
    target: str = "listing.brand",
    sets: Mapping[str, MappingSet] | None = None,
    around: Context | None = None,
) -> Evaluated:
    """One target mapped from a flat record."""
    template = compile_template(integration, {target: mapping}, sets or {}, name="Test")
    return evaluate(template, record, around or context())


def value(mapping: object, record: Mapping[str, object], **options: object) -> object:
    """The value of one target, or KeyError when it is left out."""
    target = str(options.get("target", "listing.brand"))
    return run(mapping, record, **options).values[target]  # type: ignore[arg-type]  # passed on


def stepped(start: object, *steps: Mapping[str, object], target: str = "listing.brand") -> object:
    """What steps make of the product's name."""
    mapping = {"kind": "field", "source": "bigcommerce_product.name", "steps": list(steps)}
    return value(mapping, {"bigcommerce_product.name": start}, target=target)


def holds(condition: object, record: Mapping[str, object], now: datetime = NOW) -> bool:
    """Whether a condition about a listing is true of a flat record."""
    return condition_test(condition, "listing")(record, Context(now))

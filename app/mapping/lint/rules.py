"""Checks of lists of rules: rules that never get a turn, and bands that overlap or leave gaps."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Final

from app.mapping.catalogue import FieldType
from app.mapping.conditions import AllOf, Comparison, Condition, FieldReference
from app.mapping.lint.conditions import always_true
from app.mapping.lint.findings import Entry, Findings, Surroundings, rule_lists
from app.mapping.mapping import FromRules, Ignore, Rule
from app.mapping.values import as_text, decimal_or_none

STEP: Final = {FieldType.INTEGER: Decimal(1), FieldType.MONEY: Decimal("0.01")}


@dataclass(frozen=True, slots=True)
class Band:
    """Numbers of one field between two bounds; None is without bound."""

    number: int
    field: str
    low: Decimal | None
    low_included: bool
    high: Decimal | None
    high_included: bool

    def covers(self, other: "Band") -> bool:
        """True when every number of the other band lies in this one."""
        low_ok = self.low is None or (
            other.low is not None
            and (
                other.low > self.low
                or (other.low == self.low and (self.low_included or not other.low_included))
            )
        )
        high_ok = self.high is None or (
            other.high is not None
            and (
                other.high < self.high
                or (other.high == self.high and (self.high_included or not other.high_included))
            )
        )
        return self.field == other.field and low_ok and high_ok


def check_rules(entry: Entry, around: Surroundings, findings: Findings) -> None:
    """Every list of rules in a mapping."""
    for rules in rule_lists(entry.mapping):
        _check_presence(rules, entry, findings)
        if rules.apply == "first":
            _check_reach(rules, entry, findings)
        _check_bands(rules, entry, around, findings)


def _check_presence(rules: FromRules, entry: Entry, findings: Findings) -> None:
    if not any(rule.enabled for rule in rules.rules):
        findings.add(
            entry.key,
            "error" if rules.otherwise is None else "warning",
            "no_rules",
            f"{entry.field.label} is set to rules, but there is none that is switched on. "
            "Add a rule, or choose another mapping.",
        )
    elif rules.otherwise is None and rules.start is None and not entry.field.required:
        findings.add(
            entry.key,
            "info",
            "no_otherwise",
            f"When no rule applies, {entry.field.label} is left as it is.",
        )


def _check_reach(rules: FromRules, entry: Entry, findings: Findings) -> None:
    earlier: list[tuple[int, Rule]] = []
    for number, rule in enumerate(rules.rules, start=1):
        if not rule.enabled:
            continue
        before = next((n for n, other in earlier if _hides(other.when, rule.when)), None)
        if before is not None:
            findings.add(
                entry.key,
                "warning",
                "unreachable_rule",
                f"Rule {number} never gets a turn, because rule {before} always applies first. "
                "Move it up, or remove it.",
            )
        earlier.append((number, rule))
    final = next((n for n, rule in earlier if rule.when is None or always_true(rule.when)), None)
    if final is not None and rules.otherwise is not None:
        findings.add(
            entry.key,
            "warning",
            "unreachable_otherwise",
            f"“Otherwise” never gets a turn, because rule {final} always applies. Remove one.",
        )


def _hides(earlier: Condition | None, later: Condition | None) -> bool:
    """True when the later condition holds only where the earlier one does."""
    if earlier is None or always_true(earlier):
        return True
    if later is None:
        return False
    if earlier == later:
        return True
    first, second = band_of(0, earlier), band_of(0, later)
    if first is not None and second is not None:
        return first.covers(second)
    return _listed(earlier, later)


def _listed(earlier: Condition, later: Condition) -> bool:
    """`in [a, b]` or `equals a` before `equals a` on the same field."""
    if not isinstance(earlier, Comparison) or not isinstance(later, Comparison):
        return False
    if earlier.field != later.field or earlier.case_sensitive or earlier.match != later.match:
        return False
    one, other = _choices(earlier), _choices(later)
    return bool(other) and other <= one


def _choices(comparison: Comparison) -> set[str]:
    if comparison.op == "in" and isinstance(comparison.value, tuple):
        values: tuple[object, ...] = comparison.value
    elif comparison.op == "equals":
        values = (comparison.value,)
    else:
        return set()
    if any(isinstance(value, FieldReference) for value in values):
        return set()
    return {as_text(value).casefold() for value in values}


def band_of(number: int, condition: Condition | None) -> Band | None:
    """The band a condition describes, when it says nothing but bounds of one number field."""
    parts: tuple[Condition, ...] = ()
    if isinstance(condition, AllOf):
        parts = condition.all
    elif isinstance(condition, Comparison):
        parts = (condition,)
    bounds = [_bounds(part) for part in parts]
    if not bounds or any(bound is None for bound in bounds):
        return None
    found = [bound for bound in bounds if bound is not None]
    if len({bound.field for bound in found}) != 1:
        return None
    low = max((b for b in found if b.low is not None), key=lambda b: b.low or 0, default=None)
    high = min((b for b in found if b.high is not None), key=lambda b: b.high or 0, default=None)
    return Band(
        number,
        found[0].field,
        low.low if low else None,
        low.low_included if low else False,
        high.high if high else None,
        high.high_included if high else False,
    )


def _bounds(part: Condition) -> Band | None:
    if not isinstance(part, Comparison):
        return None
    if part.op == "between" and isinstance(part.value, tuple) and len(part.value) == 2:
        low, high = (decimal_or_none(v) for v in part.value)
        return Band(0, part.field, low, True, high, True) if None not in (low, high) else None
    value = decimal_or_none(part.value)
    if value is None:
        return None
    if part.op in ("gt", "gte"):
        return Band(0, part.field, value, part.op == "gte", None, False)
    if part.op in ("lt", "lte"):
        return Band(0, part.field, None, False, value, part.op == "lte")
    return None


def _check_bands(rules: FromRules, entry: Entry, around: Surroundings, findings: Findings) -> None:
    numbered = [(n, rule) for n, rule in enumerate(rules.rules, start=1) if rule.enabled]
    found = [band_of(n, rule.when) for n, rule in numbered]
    bands = [band for band in found if band is not None]
    closed = [band for band in bands if band.low is not None and band.high is not None]
    if len(closed) < 2 or len({band.field for band in bands}) != 1:
        return
    source = around.catalogue.source(bands[0].field)
    step = STEP.get(source.type, Decimal(0)) if source else Decimal(0)
    label = source.label if source else bands[0].field
    in_order = sorted(bands, key=lambda b: (b.low is not None, b.low or 0))
    for lower, upper in pairwise(in_order):
        if lower.high is None or upper.low is None or upper.low < lower.high:
            _overlap(lower, upper, label, entry, findings)
        elif upper.low - lower.high > step or (
            upper.low == lower.high and not (lower.high_included or upper.low_included)
        ):
            _gap(lower, upper, label, rules, entry, findings)


def _overlap(lower: Band, upper: Band, label: str, entry: Entry, findings: Findings) -> None:
    findings.add(
        entry.key,
        "error",
        "tiers_overlap",
        f"Rules {lower.number} and {upper.number} both apply to some values of {label}. "
        "End one where the other begins.",
    )


def _gap(
    lower: Band, upper: Band, label: str, rules: FromRules, entry: Entry, findings: Findings
) -> None:
    caught = rules.otherwise is not None and not isinstance(rules.otherwise, Ignore)
    findings.add(
        entry.key,
        "info" if caught else "error",
        "tiers_gap",
        f"No rule applies to {label} between {as_text(lower.high)} and {as_text(upper.low)} "
        f"(rules {lower.number} and {upper.number}). Close the gap, or map it in “otherwise”.",
    )

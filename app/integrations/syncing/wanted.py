"""What the store is to have of a listing: its record through rules and the template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, Protocol
from uuid import UUID

from app.channels.settings import SyncListingsSettings
from app.integrations.syncing.known import LEVEL, MONEY, KnownListing, KnownVariant
from app.integrations.syncing.records import (
    Entry,
    OwnProduct,
    OwnVariant,
    entry_of,
    listing_part,
    matched,
)
from app.integrations.syncing.texts import DESCRIPTION, texts_of, without_field
from app.mapping.engine.context import Context
from app.mapping.engine.evaluate import Evaluated
from app.mapping.quantity import INT32_MAX
from app.mapping.records import MappedRecord
from app.products.models import StockLevel
from app.rules.prices import VariantFacts
from app.rules.quantities import StockFacts, apply_quantity
from app.rules.reading import ActiveRule
from app.rules.statuses import StatusDecision, decide_status

PREFIX: Final = "bigcommerce_variant."
RULE_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "price": "list_price",
        "sale_price": "sale_price",
        "retail_price": "msrp",
        "map_price": "map",
    }
)
"""Value of the store → field that price rules decide about."""
NOT_IN_PRODUCT: Final = (
    "variant_not_in_product",
    "The linked product has no variant with this SKU or these options.",
)


@dataclass(frozen=True)
class Problem:
    """Why a value is not sent; `quiet` ones matter only when nothing else happens."""

    field: str | None
    code: str
    message: str
    failed: bool = True


@dataclass
class WantedVariant:
    """Values by their name in the store; what is not there stays as it is."""

    money: dict[str, Decimal | None] = field(default_factory=dict)
    quantity: int | None = None
    texts: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    rules: dict[str, UUID] = field(default_factory=dict)
    """Target → the rule that decided about it."""


@dataclass
class WantedListing:
    """What is wanted of each variant, by our id, and of the product's stock as a whole."""

    variants: dict[UUID, WantedVariant]
    quantity: int | None = None
    quantity_reason: str = ""
    status: StatusDecision | None = None
    """What a rule wants the listing to be."""


class Mapper(Protocol):
    """What maps records by a template: the context of a run, or of a question about one."""

    @property
    def mapping(self) -> Context:
        """Time and units."""
        ...

    def map(self, record: dict[str, Any], record_id: str) -> MappedRecord:
        """Map a nested record."""
        ...


@dataclass(frozen=True)
class Wishes:
    """Settings and rules that do not change during a run."""

    mapper: Mapper
    settings: SyncListingsSettings
    rules: tuple[ActiveRule, ...]
    minor_units: int

    def wants(self, store_field: str) -> bool:
        """Whether a value is among what this channel keeps in step."""
        if store_field == LEVEL:
            return "quantity" in self.settings.fields
        if store_field == DESCRIPTION:
            return "status" in self.settings.fields
        return "price" in self.settings.fields


def wanted_of(wishes: Wishes, known: KnownListing, own: OwnProduct) -> WantedListing:
    """Compute what the store is to have of a linked listing."""
    rows = [variant.row for variant in known.variants]
    pairs = matched(known.row, rows, own)
    parent = listing_part(known.row, own)
    followed = [
        (variant, pairs[variant.row.id]) for variant in known.variants if variant.row.id in pairs
    ]
    entries = [
        entry_of(
            known.row,
            variant.row,
            theirs,
            wishes.rules,
            wishes.mapper.mapping,
            parent=parent,
            minor_units=wishes.minor_units,
        )
        for variant, theirs in followed
    ]
    records = [entry.values for entry in entries]
    whole = None
    if known.counted_whole and followed:
        whole = _whole_stock(wishes, own, [theirs for _, theirs in followed], parent)
        records.append({**records[0], "quantity": whole[0]} if whole[0] is not None else {})
    record = {"listing": parent, "listing_variant": records}
    parts = wishes.mapper.map(record, str(known.external_id)).repeated["bigcommerce_variant"]
    wanted = WantedListing(
        {
            variant.row.id: _wanted_variant(wishes, known, variant, entry, part)
            for (variant, _), entry, part in zip(followed, entries, parts, strict=False)
        }
    )
    if "status" in wishes.settings.fields:
        wanted.status = decide_status(
            wishes.rules,
            {"listing": parent, "listing_variant": [entry.values for entry in entries]},
            wishes.mapper.mapping,
        )
    for variant in known.variants:
        if variant.row.id not in pairs:
            missing = Problem(None, *NOT_IN_PRODUCT, failed=False)
            wanted.variants[variant.row.id] = WantedVariant(problems=[missing])
    if whole is not None and whole[0] is not None and wishes.wants(LEVEL):
        value = parts[-1].values.get(PREFIX + LEVEL)
        wanted.quantity = None if value is None else _clamped(int(str(value)))[0]
        wanted.quantity_reason = whole[1]
    return wanted


def _wanted_variant(
    wishes: Wishes, known: KnownListing, variant: KnownVariant, entry: Entry, part: Evaluated
) -> WantedVariant:
    wanted = WantedVariant()
    if part.outcome != "mapped":
        wanted.problems.append(
            Problem(None, f"{part.outcome}_by_rule", part.reason, failed=part.outcome == "failed")
        )
        return wanted
    for name in MONEY:
        value = part.values.get(PREFIX + name)
        if PREFIX + name in part.values and wishes.wants(name):
            wanted.money[name] = None if value is None else Decimal(str(value))
    wanted.texts = texts_of(part, wishes.wants)
    _note_problems(wishes, entry, part, wanted)
    if wishes.wants(LEVEL) and not known.counted_whole:
        _quantity(entry, part, wanted, counted=known.tracking != "none")
    for name, rule_field in RULE_FIELDS.items():
        result = entry.prices[rule_field]
        wanted.reasons[PREFIX + name] = result.reason
        if result.rule_id is not None:
            wanted.rules[PREFIX + name] = result.rule_id
    wanted.reasons[PREFIX + LEVEL] = entry.quantity.reason
    if entry.quantity.rule_id is not None:
        wanted.rules[PREFIX + LEVEL] = entry.quantity.rule_id
    return wanted


def _note_problems(wishes: Wishes, entry: Entry, part: Evaluated, wanted: WantedVariant) -> None:
    for problem in part.problems:
        name = problem.field.removeprefix(PREFIX)
        if name == LEVEL or not wishes.wants(name) or problem.field in entry.blocked:
            continue
        wanted.problems.append(Problem(problem.field, problem.code, problem.message))
        wanted.money.pop(name, None)
        without_field(wanted.texts, problem.field.removeprefix(PREFIX))
    for target, (code, reason) in entry.blocked.items():
        name = target.removeprefix(PREFIX)
        if wishes.wants(name):
            wanted.problems.append(Problem(target, code, reason))
            wanted.money.pop(name, None)


def _quantity(entry: Entry, part: Evaluated, wanted: WantedVariant, *, counted: bool) -> None:
    value = part.values.get(PREFIX + LEVEL)
    if value is None and not counted:
        return
    if value is None:
        if entry.quantity.blocked:
            wanted.remarks.append(
                Problem(PREFIX + LEVEL, entry.quantity.code, entry.quantity.reason, failed=False)
            )
        for problem in part.problems:
            if problem.field == PREFIX + LEVEL and not entry.quantity.blocked:
                wanted.problems.append(Problem(problem.field, problem.code, problem.message))
        return
    wanted.quantity, code = _clamped(int(str(value)))
    if code is not None:
        message = f"The quantity {value} is not one that a store can have; the nearest is sent."
        wanted.remarks.append(Problem(PREFIX + LEVEL, code, message, failed=False))


def _clamped(value: int) -> tuple[int, str | None]:
    if value < 0:
        return 0, "quantity_negative"
    return (INT32_MAX, "quantity_clamped") if value > INT32_MAX else (value, None)


def _whole_stock(
    wishes: Wishes, own: OwnProduct, followed: Sequence[OwnVariant], parent: Mapping[str, Any]
) -> tuple[int | None, str]:
    """The stock of a product that is counted as a whole: its own, else that of its variants."""
    key = own.product.sku_key
    if key in own.levels:
        keys = {key}
    else:
        keys = {theirs.stock_sku for theirs in followed}
    levels: dict[str, int] = {}
    for level in _levels(own, keys):
        levels[level.warehouse] = levels.get(level.warehouse, 0) + level.quantity
    names = {key, *(theirs.stock_sku for theirs in followed)}
    reserved = sum(own.sold.reserved.get(name, 0) for name in names)
    facts = VariantFacts(sku=own.product.sku, record={"listing": parent})
    recent = own.sold.recent_of(names)
    stock = StockFacts(levels=levels, open_orders=reserved, recent_sales=recent)
    result = apply_quantity(wishes.rules, facts, stock, wishes.mapper.mapping)
    return result.quantity, result.reason


def _levels(own: OwnProduct, keys: set[str]) -> list[StockLevel]:
    return [level for key in sorted(keys) for level in own.levels.get(key, ())]

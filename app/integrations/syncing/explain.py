"""Why a field of a listing has its value: from the product's own to what the store acknowledged.

The chain is computed anew by the very functions of a sync, so it says what the next run would do.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from app.channels.kinds import IntegrationType
from app.channels.repository import get_integration
from app.channels.settings import SyncListingsSettings
from app.connections.repository import connection_of_channel
from app.core.errors import NotFound, ValidationFailed
from app.core.uow import UnitOfWork
from app.integrations.syncing.known import LEVEL, MONEY, KnownListing, KnownVariant, known_by_rows
from app.integrations.syncing.loading import own_products
from app.integrations.syncing.records import (
    Entry,
    OwnProduct,
    OwnVariant,
    amount,
    entry_of,
    listing_part,
    matched,
)
from app.integrations.syncing.sold import sold_units
from app.integrations.syncing.wanted import PREFIX, RULE_FIELDS, Wishes, wanted_of
from app.listings.models import Listing
from app.listings.repository import variants_of
from app.listings.synced import COLUMNS
from app.listings.writes import canonical, history_of
from app.listings.writes_schemas import ExplanationView, StageView, write_view
from app.mapping.currency import minor_units
from app.mapping.engine.compile import CompiledTemplate
from app.mapping.engine.context import Context
from app.mapping.engine.evaluate import explain
from app.mapping.records import MappedRecord, evaluate_record, take_apart
from app.rules.kinds import RuleKind
from app.rules.quantities import recent_periods
from app.rules.service import active_rules
from app.templates.runs import compile_snapshot, take_snapshot

SHOWN: Final = 20
_NAMES: Final = MappingProxyType(
    {
        "price": "price",
        "list_price": "price",
        "sale_price": "sale_price",
        "msrp": "retail_price",
        "retail_price": "retail_price",
        "map": "map_price",
        "map_price": "map_price",
        "cost": "cost_price",
        "estimated_cost": "cost_price",
        "cost_price": "cost_price",
        "quantity": LEVEL,
        "inventory_level": LEVEL,
    }
)


@dataclass(frozen=True)
class _Question:
    """The template and surroundings of the next run."""

    template: CompiledTemplate
    mapping: Context

    def map(self, record: dict[str, Any], record_id: str) -> MappedRecord:
        """Map a nested record by the template."""
        return evaluate_record(self.template, record, self.mapping, record_id=record_id)


class Explanations:
    """The `Explainer` of the listing routes."""

    async def explain(
        self, uow: UnitOfWork, listing: Listing, field: str, variant_id: UUID | None
    ) -> ExplanationView:
        """Explain a field; names of our listing and of the store's targets are both understood."""
        name = _NAMES.get(field.partition(".")[2] or field)
        if name is None:
            raise ValidationFailed.of(
                "field", "unknown_field", f"Name one of: {', '.join(sorted(_NAMES))}."
            )
        known = known_by_rows(listing, (await variants_of(uow, [listing.id]))[listing.id])
        variant = _chosen(known, variant_id)
        wishes, template, settings = await _wishes(uow, listing)
        periods = recent_periods(wishes.rules)
        sold = await sold_units(uow, listing.account_id, settings, periods)
        own = (await own_products(uow, listing.account_id, [listing], sold)).get(listing.id)
        history = history_of(listing.id, field=PREFIX + name, variant_id=variant.row.id)
        sent = list(await uow.session.scalars(history.limit(SHOWN)))
        wanted: Any = None
        problems: list[dict[str, str]] = []
        stages = [_unlinked()]
        if own is not None:
            wanted, problems = _wanted(wishes, known, variant, own, name)
            stages = _stages(wishes, template, known, variant, own, name)
        return ExplanationView(
            listing_id=listing.id,
            variant_id=variant.row.id,
            sku=variant.row.sku,
            field=PREFIX + name,
            wanted=canonical(wanted),
            in_store=canonical(_in_store(known, variant, name)),
            inherited=name in variant.inherited,
            stages=stages,
            problems=problems,
            sent=[write_view(row) for row in sent],
        )


def _chosen(known: KnownListing, variant_id: UUID | None) -> KnownVariant:
    if variant_id is None:
        if len(known.variants) == 1:
            return known.variants[0]
        raise ValidationFailed.of(
            "variant_id", "variant_needed", "The listing has several variants: name one."
        )
    found = next((one for one in known.variants if one.row.id == variant_id), None)
    if found is None:
        raise NotFound("The listing has no variant with that id in the store.")
    return found


async def _wishes(
    uow: UnitOfWork, listing: Listing
) -> tuple[Wishes, dict[str, Any], SyncListingsSettings]:
    kind = IntegrationType.SYNC_LISTINGS
    integration = await get_integration(uow, listing.channel_id, kind)
    settings = SyncListingsSettings.model_validate(integration.settings)
    template = await take_snapshot(uow, listing.account_id, integration.template_id, kind)
    if template is None:
        raise NotFound("The integration has no template.")
    connection = await connection_of_channel(uow, listing.channel_id)
    store = connection.store if connection is not None else {}
    context = Context(uow.clock.now(), store.get("weight_units"), store.get("dimension_units"))
    rules = await active_rules(uow, listing.channel_id, RuleKind.PRICING, RuleKind.QUANTITY)
    wishes = Wishes(
        _Question(compile_snapshot(template), context),
        settings,
        tuple(rules),
        minor_units(store.get("currency") or ""),
    )
    return wishes, template, settings


def _in_store(known: KnownListing, variant: KnownVariant, name: str) -> Any:
    whole = name == LEVEL and known.counted_whole
    return known.values[name] if whole else variant.values[name]


def _wanted(
    wishes: Wishes, known: KnownListing, variant: KnownVariant, own: OwnProduct, name: str
) -> tuple[Any, list[dict[str, str]]]:
    wanted = wanted_of(wishes, known, own)
    mine = wanted.variants[variant.row.id]
    problems = [
        {"field": one.field or "", "code": one.code, "message": one.message}
        for one in [*mine.problems, *mine.remarks]
        if one.field in (None, PREFIX + name)
    ]
    if name == LEVEL:
        return (wanted.quantity if known.counted_whole else mine.quantity), problems
    return mine.money.get(name), problems


def _stages(
    wishes: Wishes,
    template: dict[str, Any],
    known: KnownListing,
    variant: KnownVariant,
    own: OwnProduct,
    name: str,
) -> list[StageView]:
    theirs = matched(known.row, [one.row for one in known.variants], own).get(variant.row.id)
    if theirs is None:
        return [
            StageView(
                stage="product",
                sentence="The linked product has no variant with this SKU or these options.",
                details={"product_sku": own.product.sku},
            )
        ]
    parent = listing_part(known.row, own)
    entry = entry_of(
        known.row,
        variant.row,
        theirs,
        wishes.rules,
        wishes.mapper.mapping,
        parent=parent,
        minor_units=wishes.minor_units,
    )
    record = {"listing": parent, "listing_variant": [entry.values]}
    return [
        _product_stage(theirs, name),
        _rule_stage(entry, name),
        _template_stage(wishes, template, record, name),
        _store_stage(known, variant, name),
    ]


def _product_stage(own: OwnVariant, name: str) -> StageView:
    sku = own.variant.sku if own.variant is not None else own.product.sku
    details: dict[str, Any] = {"product_sku": own.product.sku, "sku": sku}
    if name == LEVEL:
        total = sum(own.levels.values()) if own.levels else None
        details |= {"levels": dict(own.levels), "sold_and_not_taken_out": own.reserved}
        if own.recent_sales:
            details["sold_within_minutes"] = {
                str(minutes): units for minutes, units in own.recent_sales.items()
            }
        return StageView(stage="product", sentence=f"Stock of {sku}.", value=total, details=details)
    value = amount(own, COLUMNS[name])
    inherits = own.variant is not None and getattr(own.variant, COLUMNS[name]) is None
    sentence = f"{sku} has the value of its product." if inherits else f"{sku} has its own value."
    return StageView(stage="product", sentence=sentence, value=canonical(value), details=details)


def _rule_stage(entry: Entry, name: str) -> StageView:
    result: Any = entry.quantity
    value: Any = entry.quantity.quantity
    if name != LEVEL:
        rule_field = RULE_FIELDS.get(name)
        if rule_field is None:
            cost = entry.values.get("estimated_cost")
            return StageView(
                stage="rules", sentence="No rule decides about it.", value=canonical(cost)
            )
        result = entry.prices[rule_field]
        value = result.price
    return StageView(
        stage="rules",
        sentence=result.reason,
        value=canonical(value),
        details={
            "rule_id": str(result.rule_id) if result.rule_id else None,
            "rule": result.rule_name or None,
            "code": result.code or None,
            "steps": [{"what": what, "value": canonical(step)} for what, step in result.steps],
        },
    )


def _template_stage(
    wishes: Wishes, template: dict[str, Any], record: dict[str, Any], name: str
) -> StageView:
    mapper = wishes.mapper
    assert isinstance(mapper, _Question)  # noqa: S101 - made here
    sources = take_apart(mapper.template.integration, record)
    flat = {**sources.base, **sources.entries["listing_variant"][0]}
    found = explain(mapper.template, flat, mapper.mapping, PREFIX + name)
    details = {"template_id": template["template_id"], "version": template["version"]}
    if found is None:
        return StageView(
            stage="template",
            sentence=f"Template “{template['name']}” does not map it.",
            details=details,
        )
    return StageView(
        stage="template",
        sentence=f"Template “{template['name']}”, version {template['version']}.",
        value=canonical(found.value),
        details={
            **details,
            "mapping": template["mappings"].get(found.target),
            "steps": [{"what": step.what, "value": canonical(step.value)} for step in found.trace],
        },
    )


def _store_stage(known: KnownListing, variant: KnownVariant, name: str) -> StageView:
    value = canonical(_in_store(known, variant, name))
    sentence = "What the store has, by the last look or the last acknowledged write."
    if name in MONEY and name in variant.inherited:
        sentence += " The variant takes it from its product."
    if name == LEVEL and known.tracking == "none":
        sentence += " The store does not count this stock."
    return StageView(stage="store", sentence=sentence, value=value)


def _unlinked() -> StageView:
    return StageView(stage="product", sentence="The listing is not linked to a product of yours.")

"""What a listing is to be in the store, worked out before anything is asked or sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.listings.kinds import Health
from app.listings.models import Listing, ListingVariant
from app.mapping.diff import as_json
from app.runs.kinds import Outcome

Path = tuple[str, ...]
Change = dict[str, Any]


@dataclass(frozen=True)
class Remark:
    """Something that did not stop the publication but somebody should know."""

    code: str
    message: str
    field: str | None = None


class NotPublishable(Exception):
    """A listing that cannot be published as it is; it ends in a failed or skipped item."""

    def __init__(
        self, code: str, message: str, field: str | None, outcome: Outcome = Outcome.FAILED
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.outcome = outcome


@dataclass(frozen=True)
class Metafield:
    """A value kept on the store's product or variant; shoppers see it when it is public."""

    namespace: str
    key: str
    value: str
    public: bool = False

    @property
    def name(self) -> tuple[str, str]:
        """What it is told apart by."""
        return (self.namespace, self.key)


@dataclass
class DesiredVariant:
    """A variant as the store is to have it; `fields` are named as the store names them."""

    id: UUID
    sku: str
    options: dict[str, str]
    fields: dict[str, Any]
    external_number: int | None = None
    image: str | None = None
    metafields: list[Metafield] = field(default_factory=list)


@dataclass
class Desired:
    """A product as the store is to have it. None leaves what the store has.

    A product without options has no `variants`: its only one is the product itself, and `only`
    names our row of it.
    """

    fields: dict[str, Any]
    brand: str | None = None
    categories: list[Path] | None = None
    images: list[str] | None = None
    custom_fields: list[tuple[str, str]] | None = None
    metafields: list[Metafield] = field(default_factory=list)
    variants: list[DesiredVariant] = field(default_factory=list)
    only: UUID | None = None
    added: frozenset[str] = frozenset()
    """Lists whose entries join those of the store instead of replacing what we sent."""
    blank_fields: frozenset[str] = frozenset()
    """Names of custom fields to take away again, where the list is added to."""
    remarks: list[Remark] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The product's name."""
        return str(self.fields.get("name", ""))

    @property
    def skus(self) -> list[str]:
        """Every SKU that the product brings into the store, its own first."""
        own = self.fields.get("sku")
        return [*([str(own)] if own else []), *(row.sku for row in self.variants if row.sku)]


@dataclass
class Source:
    """A listing with its variants, and the record that its template reads."""

    listing: Listing
    variants: list[ListingVariant]
    record: dict[str, Any]
    remarks: list[Remark] = field(default_factory=list)
    """Prices that rules keep from being sent."""
    reasons: list[str] = field(default_factory=list)
    """What rules decided of prices and quantities, in sentences."""

    @property
    def exists(self) -> bool:
        """Whether the listing has a product in the store, as far as we know."""
        listing = self.listing
        return listing.external_number is not None and listing.health != Health.DELISTED


def number(value: Any) -> Any:
    """A number as the store keeps it: at most four places."""
    if isinstance(value, Decimal):
        rounded = round(value, 4)
        return rounded.to_integral_value() if rounded == rounded.to_integral_value() else rounded
    return value


def creation_changes(desired: Desired) -> list[Change]:
    """Every field of a product that does not exist yet."""
    shown = {name: value for name, value in desired.fields.items() if value is not None}
    if desired.brand:
        shown["brand"] = desired.brand
    for name in ("categories", "images"):
        if getattr(desired, name):
            shown[name] = getattr(desired, name)
    if desired.custom_fields:
        shown["custom_fields"] = [
            {"name": name, "value": value} for name, value in desired.custom_fields
        ]
    changes = [_change(f"bigcommerce_product.{name}", value) for name, value in shown.items()]
    changes += _metafield_changes("bigcommerce_product", desired.metafields)
    for variant in desired.variants:
        changes += variant_creation_changes(variant)
    return changes


def variant_creation_changes(variant: DesiredVariant) -> list[Change]:
    """Every field of a variant that does not exist yet."""
    place = f"bigcommerce_variant[{variant.sku}]"
    shown = {"option": variant.options, **variant.fields}
    if variant.image:
        shown["image_url"] = variant.image
    changes = [
        _change(f"{place}.{name}", value) for name, value in shown.items() if value is not None
    ]
    return changes + _metafield_changes(place, variant.metafields)


def _metafield_changes(place: str, metafields: list[Metafield]) -> list[Change]:
    return [
        _change(f"{place}.metafield:{row.namespace}.{row.key}", row.value) for row in metafields
    ]


def _change(name: str, value: Any) -> Change:
    return change(name, None, value)


def change(name: str, before: Any, after: Any) -> Change:
    """A change as runs report it."""
    return {"field": name, "from": as_json(before), "to": as_json(after)}

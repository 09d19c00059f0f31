"""What the store has of a listing: by the last look, or live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from app.bigcommerce.models.catalog import Product, Variant
from app.integrations.syncing.texts import CUSTOM_FIELD, DESCRIPTION
from app.listings.kinds import Health
from app.listings.models import Listing, ListingVariant
from app.listings.synced import COLUMNS, Known

MONEY: Final = ("price", "sale_price", "retail_price", "map_price", "cost_price")
ZERO_IS_NONE: Final = frozenset({"sale_price", "retail_price", "map_price"})
"""Of these the store says 0 where there is none."""
LEVEL: Final = "inventory_level"


@dataclass
class KnownVariant:
    """A variant as the store has it; `inherited` names values that it leaves to its product."""

    row: ListingVariant
    external_id: int
    values: dict[str, Known]
    inherited: frozenset[str]
    present: bool = True

    def stored(self, store_field: str) -> Known:
        """What the store itself holds for a price: null where it is inherited."""
        if store_field in self.inherited:
            return None
        value = self.values[store_field]
        return Decimal(0) if value is None and store_field in ZERO_IS_NONE else value


@dataclass
class KnownListing:
    """A product as the store has it."""

    row: Listing
    external_id: int
    values: dict[str, Known]
    visible: bool
    availability: str
    tracking: str
    variants: list[KnownVariant]
    present: bool = True
    texts: Mapping[str, str] | None = None
    """Texts of the product by what they are called in requests; None where nobody has looked."""
    countable: bool = False
    """Whether its stock may begin to be counted: it was only unknown when we published it."""

    @property
    def simple(self) -> bool:
        """Whether it is sold without any choice; its only variant is the product itself."""
        return len(self.variants) == 1 and not self.variants[0].row.options

    @property
    def counted_whole(self) -> bool:
        """Whether one stock is kept for all of its choices together."""
        return self.tracking == "product" and not self.simple


def known_by_rows(listing: Listing, variants: Sequence[ListingVariant]) -> KnownListing:
    """What the last look and the writes since say."""
    facts = listing.store_facts
    simple = len(variants) == 1 and not variants[0].options
    own = {name: _settled(name, getattr(listing, COLUMNS[name])) for name in (*MONEY, LEVEL)}
    return KnownListing(
        row=listing,
        external_id=listing.external_number or 0,
        values=own,
        visible=bool(facts.get("is_visible", listing.health == Health.LISTED)),
        availability=str(facts.get("availability") or "available"),
        tracking=str(facts.get("inventory_tracking") or ("product" if simple else "variant")),
        variants=[
            _variant_by_row(row, own, simple=simple)
            for row in variants
            if row.external_number is not None
        ],
    )


def _variant_by_row(
    row: ListingVariant, parent: Mapping[str, Known], *, simple: bool
) -> KnownVariant:
    looked = row.store_facts.get("inherited")
    values: dict[str, Known] = {}
    for name in (*MONEY, LEVEL):
        value = getattr(row, COLUMNS[name])
        if name == LEVEL:
            follows = simple
        else:
            # A variant with a price of its own that says 0 has none, whatever its product has.
            follows = looked is None or name in looked
        if value is None and follows:
            value = parent[name]
        values[name] = _settled(name, value)
    # Where nobody has looked yet, the documented habit of the store counts (FACTS quirk 15).
    inherited = (MONEY if simple else ()) if looked is None else looked
    return KnownVariant(row, row.external_number or 0, values, frozenset(inherited))


def known_live(known: KnownListing, product: Product | None) -> KnownListing:
    """The same listing as the store has it this minute."""
    if product is None:
        return KnownListing(
            **{**vars(known), "present": False, "variants": _absent(known.variants)}
        )
    theirs = {variant.id: variant for variant in product.variants}
    return KnownListing(
        row=known.row,
        external_id=known.external_id,
        values={name: _settled(name, getattr(product, name)) for name in (*MONEY, LEVEL)},
        visible=product.is_visible,
        availability=product.availability or "available",
        tracking=product.inventory_tracking,
        variants=[
            _variant_live(mine, theirs.get(mine.external_id), product) for mine in known.variants
        ],
        countable=known.countable,
    )


def live_texts(product: Product) -> dict[str, str]:
    """Texts of a product that was read with its custom fields."""
    found = {CUSTOM_FIELD + one.name: one.value for one in product.custom_fields}
    if product.availability_description:
        found[DESCRIPTION] = product.availability_description
    return found


def _variant_live(mine: KnownVariant, theirs: Variant | None, product: Product) -> KnownVariant:
    if theirs is None:
        return _absent([mine])[0]
    values: dict[str, Known] = {}
    for name in MONEY:
        own = getattr(theirs, name)
        values[name] = _settled(name, getattr(product, name) if own is None else own)
    values[LEVEL] = theirs.inventory_level
    inherited = frozenset(name for name in MONEY if getattr(theirs, name) is None)
    # What else is inherited (sizes) is none of a sync's business, and is kept.
    rest = mine.inherited - frozenset(MONEY)
    return KnownVariant(mine.row, mine.external_id, values, inherited | rest)


def _absent(variants: Sequence[KnownVariant]) -> list[KnownVariant]:
    return [
        KnownVariant(one.row, one.external_id, one.values, one.inherited, present=False)
        for one in variants
    ]


def _settled(store_field: str, value: Any) -> Known:
    return None if store_field in ZERO_IS_NONE and not value else value


def same(store_field: str, one: Known, other: Known) -> bool:
    """Whether two values are the same to the store."""
    return _settled(store_field, one) == _settled(store_field, other)


def enough(store_field: str, have: Known, want: Known) -> bool:
    """Whether nothing has to be sent.

    A negative level is the store's own count of units it owes (FACTS quirk 36): nothing can be
    bought of it, so 0 is not written over it.
    """
    if store_field == LEVEL and have is not None and have < 0 and want == 0:
        return True
    return same(store_field, have, want)

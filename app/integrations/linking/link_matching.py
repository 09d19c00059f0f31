"""Which product of the store a listing is: found by exact equality, or not at all.

Pairs are tried in order. The first pair that finds anything decides: one product is the match,
several are an ambiguity, and a lower pair is never asked to break it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from app.channels.settings import LinkPair
from app.integrations.linking.link_identifiers import comparable
from app.integrations.linking.link_store import StoreProduct, StoreVariant

SHOWN: Final = 10


@dataclass(frozen=True)
class OwnVariant:
    """A variant of a listing of ours, with its identifiers as they count."""

    id: UUID
    sku: str
    identifiers: Mapping[str, str | None]
    options: Mapping[str, str]


@dataclass(frozen=True)
class OwnListing:
    """A listing that is not in the store yet, as far as we know."""

    id: UUID
    sku: str
    identifiers: Mapping[str, str | None]
    variants: tuple[OwnVariant, ...]


@dataclass(frozen=True)
class Match:
    """What was found: a product with its variants, candidates for people to look at, or nothing."""

    pair: LinkPair | None = None
    value: str = ""
    product: StoreProduct | None = None
    variants: Mapping[UUID, StoreVariant] = field(default_factory=dict)
    candidates: tuple[str, ...] = ()

    @property
    def ambiguous(self) -> bool:
        """Whether several products, or several variants of one, fit equally well."""
        return bool(self.candidates)


@dataclass
class Wanted:
    """The values that listings are looked for by, pair by pair."""

    pairs: Sequence[LinkPair]
    values: list[set[str]]

    @classmethod
    def of(cls, pairs: Sequence[LinkPair], listings: Iterable[OwnListing]) -> Wanted:
        """Collect the values of all listings."""
        wanted = cls(pairs, [set() for _ in pairs])
        for listing in listings:
            for values, pair in zip(wanted.values, pairs, strict=True):
                values.update(value for value, _ in own_values(listing, pair))
        return wanted

    def mentions(self, product: StoreProduct) -> bool:
        """Whether a product of the store shares a value with any listing."""
        return any(
            value in values
            for values, pair in zip(self.values, self.pairs, strict=True)
            for value, _ in store_values(product, pair)
        )


class Index:
    """Products of the store by identifier, pair by pair."""

    def __init__(self, pairs: Sequence[LinkPair], products: Iterable[StoreProduct]) -> None:
        self.pairs = pairs
        self._found: list[dict[str, list[tuple[StoreProduct, StoreVariant | None]]]] = [
            {} for _ in pairs
        ]
        for product in products:
            for found, pair in zip(self._found, pairs, strict=True):
                for value, variant in store_values(product, pair):
                    found.setdefault(value, []).append((product, variant))

    def match(self, listing: OwnListing) -> Match:
        """Find the product of a listing."""
        for found, pair in zip(self._found, self.pairs, strict=True):
            hits = [
                (own, value, product, variant)
                for value, own in own_values(listing, pair)
                for product, variant in found.get(value, ())
            ]
            if not hits:
                continue
            products = {product.id: product for _, _, product, _ in hits}
            value = hits[0][1]
            if len(products) > 1:
                shown = tuple(_shown(product) for product in products.values())
                return Match(pair, value, candidates=shown[:SHOWN])
            product = hits[0][2]
            paired, doubtful = _pair_variants(listing, product, self.pairs)
            if doubtful:
                return Match(pair, value, candidates=doubtful[:SHOWN])
            return Match(pair, value, product, paired)
        return Match()


def own_values(listing: OwnListing, pair: LinkPair) -> list[tuple[str, OwnVariant | None]]:
    """Values of a listing for a pair: its variants' for the store's variants, else its own."""
    if _level(pair) == "variant":
        return [
            (value, variant)
            for variant in listing.variants
            if (value := comparable(pair.listing, variant.identifiers.get(pair.listing)))
        ]
    own = comparable(pair.listing, listing.identifiers.get(pair.listing))
    if own is None and len(listing.variants) == 1:
        own = comparable(pair.listing, listing.variants[0].identifiers.get(pair.listing))
    return [(own, None)] if own else []


def store_values(product: StoreProduct, pair: LinkPair) -> list[tuple[str, StoreVariant | None]]:
    """Values of a product of the store for a pair."""
    name = pair.store.partition(".")[2]
    if _level(pair) == "variant":
        return [
            (value, variant)
            for variant in product.variants
            if (value := comparable(name, variant.identifiers.get(name)))
        ]
    value = comparable(name, product.identifiers.get(name))
    return [(value, None)] if value else []


def _level(pair: LinkPair) -> str:
    return pair.store.partition(".")[0]


def _pair_variants(
    listing: OwnListing, product: StoreProduct, pairs: Sequence[LinkPair]
) -> tuple[dict[UUID, StoreVariant], tuple[str, ...]]:
    """Find the variants inside a product: by the pairs, by options, or because both have one only.

    Returns the pairs found, and descriptions of store variants that fit equally well.
    """
    found: dict[UUID, StoreVariant] = {}
    taken: dict[int, UUID] = {}
    for own in listing.variants:
        theirs = _variants_of(own, product, pairs)
        if len(theirs) > 1:
            return {}, tuple(_shown_variant(product, variant) for variant in theirs)
        if not theirs:
            continue
        if theirs[0].id in taken:
            return {}, (_shown_variant(product, theirs[0]),)
        taken[theirs[0].id] = own.id
        found[own.id] = theirs[0]
    if not found and len(listing.variants) == 1 and len(product.variants) == 1:
        found[listing.variants[0].id] = product.variants[0]
    return found, ()


def _variants_of(
    own: OwnVariant, product: StoreProduct, pairs: Sequence[LinkPair]
) -> list[StoreVariant]:
    for pair in pairs:
        if _level(pair) != "variant":
            continue
        value = comparable(pair.listing, own.identifiers.get(pair.listing))
        theirs = [
            variant
            for known, variant in store_values(product, pair)
            if value is not None and known == value and variant is not None
        ]
        if theirs:
            return theirs
    if not own.options:
        return []
    wanted = _options(own.options)
    return [variant for variant in product.variants if _options(variant.options) == wanted]


def _options(options: Mapping[str, str]) -> dict[str, str]:
    return {
        str(name).strip().casefold(): str(label).strip().casefold()
        for name, label in options.items()
    }


def _shown(product: StoreProduct) -> str:
    return f"product {product.id} “{product.name[:60]}”"


def _shown_variant(product: StoreProduct, variant: StoreVariant) -> str:
    return f"variant {variant.id} of product {product.id}"

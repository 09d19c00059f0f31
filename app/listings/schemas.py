"""Bodies of the listing routes."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from app.core.schemas import Body, GivenId, Id, Timestamp, View
from app.listings.columns import AMOUNTS, MEASURES
from app.listings.effective import effective
from app.listings.kinds import Health, LinkStatus, Pending
from app.listings.models import Listing, ListingVariant
from app.mapping.currency import minor_units

Amount = Annotated[Decimal, Field(ge=0, max_digits=20, decimal_places=4)]
Measure = Annotated[Decimal, Field(ge=0, max_digits=20, decimal_places=6)]
Quantity = Annotated[int, Field(ge=-2_147_483_648, le=2_147_483_647)]
Text = Annotated[str, Field(max_length=255)]
Sku = Annotated[str, Field(min_length=1, max_length=255, pattern=r"\S")]
Url = Annotated[str, Field(max_length=2000, pattern=r"^https?://")]
CategoryPath = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=255)]], Field(min_length=1, max_length=20)
]


class CustomField(Body):
    """A name and its value."""

    name: Annotated[str, Field(min_length=1, max_length=250)]
    value: Annotated[str, Field(max_length=10_000)]


class VariantPatch(Body):
    """New values of one variant; absent fields stay.

    A price or quantity given here is locked: imports and price rules leave it alone. null takes
    the lock away.
    """

    id: GivenId
    price: Amount | None = None
    sale_price: Amount | None = None
    msrp: Amount | None = None
    map: Amount | None = None
    cost: Amount | None = None
    quantity: Quantity | None = None
    sku: Text | None = None
    upc: Text | None = None
    gtin: Text | None = None
    mpn: Text | None = None
    weight: Measure | None = None
    length: Measure | None = None
    width: Measure | None = None
    height: Measure | None = None
    image: Url | None = None


class ListingPatch(Body):
    """New content; absent fields stay, null and empty values clear.

    Changed content of a listing in the store waits for the next publication, as `pending`
    `overwrite`. Give `pending` yourself to send it once more, or, with null, to keep it here.

    With `version` the change is made only if the listing still has that version.
    """

    version: Annotated[int, Field(ge=1, le=2_147_483_647)] | None = None
    pending: Literal["overwrite"] | None = None
    title: Annotated[str, Field(max_length=1000)] | None = None
    description: str | None = None
    brand: Text | None = None
    categories: Annotated[list[CategoryPath], Field(max_length=1000)] | None = None
    images: Annotated[list[Url], Field(max_length=1000)] | None = None
    custom_fields: Annotated[list[CustomField], Field(max_length=500)] | None = None
    variants: Annotated[list[VariantPatch], Field(max_length=1000)] | None = None


class BuildRequest(Body):
    """SKUs of products or of variants: a variant's SKU builds only that variant.

    `template_id` is one for `build_listings`; by default it is the account's default one, which
    copies everything until it is changed.
    """

    channel_id: GivenId
    template_id: GivenId | None = None
    product_skus: Annotated[list[Sku], Field(min_length=1, max_length=10_000)]


class NotBuiltView(View):
    """A SKU that no listing was built of, or what the listing that was built of it lacks."""

    sku: str
    code: str
    message: str
    field: str | None
    """Target of the template, where one is the reason."""


class BuildAnswer(View):
    """What became of the products; `link_run_id` is the run that was started for the listings."""

    created: int
    updated: int
    unchanged: int
    failed: list[NotBuiltView]
    remarks: list[NotBuiltView]
    listing_ids: list[Id]
    link_run_id: Id | None


class StatusRequest(Body):
    """Where the listing is to go. Delisting deletes in the store and has to be confirmed.

    With `version` the change is made only if the listing still has that version.
    """

    to: Literal["listed", "hidden", "paused", "delisted"]
    confirm: bool = False
    version: Annotated[int, Field(ge=1, le=2_147_483_647)] | None = None


class CustomFieldView(View):
    """A custom field as it is stored."""

    name: str
    value: str


class SellableView(View):
    """Fields of a listing and of each variant: money and measures as decimal text."""

    id: Id
    external_id: str | None
    sku: str | None
    price: str | None
    sale_price: str | None
    msrp: str | None
    map: str | None
    cost: str | None
    quantity: int | None
    upc: str | None
    gtin: str | None
    mpn: str | None
    weight: str | None
    length: str | None
    width: str | None
    height: str | None


class VariantView(SellableView):
    """A variant; prices and measures that it leaves open are the listing's."""

    options: dict[str, Any]
    image: str | None
    locked: list[str]
    """Fields set by hand."""


class ListingView(SellableView):
    """A listing with all its variants."""

    channel_id: Id
    title: str
    description: str
    brand: str
    categories: list[list[str]]
    images: list[str]
    custom_fields: list[CustomFieldView]
    extra: dict[str, Any]
    currency: str | None
    health: Health
    pending: str | None
    link_status: LinkStatus
    product_id: Id | None
    product_sku: str | None
    attention: list[str]
    version: int
    first_seen_at: Timestamp
    updated_at: Timestamp
    store_modified_at: Timestamp | None
    variants: list[VariantView]


def amount_text(value: Decimal | None, currency: str | None) -> str | None:
    """Money as text, with at least the places that the currency is written with."""
    if value is None:
        return None
    places = minor_units(currency or "")
    exponent = value.normalize().as_tuple().exponent
    assert isinstance(exponent, int)  # noqa: S101 - numbers in the database are finite
    return f"{value:.{max(places, -exponent)}f}"


def measure_text(value: Decimal | None) -> str | None:
    """A weight or length as text, without trailing zeros."""
    return None if value is None else f"{value.normalize():f}"


def _texts(values: dict[str, Any], currency: str | None) -> dict[str, Any]:
    for column in AMOUNTS:
        values[column] = amount_text(values[column], currency)
    for column in MEASURES:
        values[column] = measure_text(values[column])
    return values


def listing_view(listing: Listing, variants: list[ListingVariant]) -> ListingView:
    """Shape a listing for an answer."""
    content = {
        name: getattr(listing, name) for name in ListingView.model_fields if name != "variants"
    }
    if listing.unsent and listing.external_id is not None and listing.pending is None:
        # The edit waited behind a change of status that is carried out by now.
        content["pending"] = Pending.OVERWRITE.value
    content["attention"] = sorted({*listing.attention, *listing.import_attention})
    only_one = len(variants) == 1
    return ListingView(
        **_texts(content, listing.currency),
        variants=[
            VariantView(
                **_texts(effective(listing, variant, only_one=only_one), listing.currency),
                id=variant.id,
                external_id=variant.external_id,
                options=variant.options,
                image=variant.image,
                locked=sorted(variant.locked),
            )
            for variant in variants
        ],
    )

"""Bodies of the product and stock routes."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from app.core.schemas import Body, Id, Timestamp, View
from app.products.stock import DEFAULT_WAREHOUSE

Sku = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"\S")]
Amount = Annotated[Decimal, Field(ge=0, max_digits=20, decimal_places=4)]
Measure = Annotated[Decimal, Field(ge=0, max_digits=20, decimal_places=6)]
Quantity = Annotated[int, Field(ge=-2_147_483_648, le=2_147_483_647)]
Text = Annotated[str, Field(max_length=255)]
Url = Annotated[str, Field(max_length=2000, pattern=r"^https?://")]
CategoryPath = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=255)]], Field(min_length=1, max_length=20)
]


class FailedItem(View):
    """One item of a call that was not taken; the others were."""

    sku: str | None
    code: str
    message: str


def keep_failure(value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
    """An item that is not acceptable fails alone instead of failing the request."""
    if isinstance(value, FailedItem):
        return value
    try:
        return validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        sku = value.get("sku") if isinstance(value, dict) else None
        return FailedItem(
            sku=sku if isinstance(sku, str) else None,
            code=str(first["type"]),
            message=f"{place}: {first['msg']}" if place else str(first["msg"]),
        )


class NamedValue(Body):
    """A custom field or attribute."""

    name: Annotated[str, Field(min_length=1, max_length=250)]
    value: Annotated[str, Field(max_length=10_000)]


class PricedBody(Body):
    """Fields of a product and of each variant; absent ones stay, null clears."""

    sku: Sku
    price: Amount | None = None
    sale_price: Amount | None = None
    cost: Amount | None = None
    msrp: Amount | None = None
    map: Amount | None = None
    upc: Text | None = None
    gtin: Text | None = None
    mpn: Text | None = None
    weight: Measure | None = None
    length: Measure | None = None
    width: Measure | None = None
    height: Measure | None = None
    dimensional_weight: Measure | None = None
    asin: Text | None = None
    availability_description: Text | None = None
    estimated_dropship_fee: Amount | None = None
    estimated_shipping_cost: Amount | None = None
    quantity: Quantity | None = None


class ProductVariantBody(PricedBody):
    """A variant; null in a field means as the product."""

    title: Annotated[str, Field(max_length=1000)] | None = None
    description: str | None = None
    options: dict[Text, Text] | None = None
    image: Url | None = None
    custom_fields: Annotated[list[NamedValue], Field(max_length=500)] | None = None


class ProductBody(PricedBody):
    """A product; variants that are not mentioned stay."""

    title: Annotated[str, Field(max_length=1000)] | None = None
    description: str | None = None
    brand: Text | None = None
    type: Literal["physical", "digital"] | None = None
    categories: Annotated[list[CategoryPath], Field(max_length=1000)] | None = None
    images: Annotated[list[Url], Field(max_length=1000)] | None = None
    custom_fields: Annotated[list[NamedValue], Field(max_length=500)] | None = None
    attributes: Annotated[list[NamedValue], Field(max_length=500)] | None = None
    variants: Annotated[list[ProductVariantBody], Field(max_length=1000)] | None = None


class LevelBody(Body):
    """The quantity of a SKU in a warehouse."""

    sku: Sku
    warehouse: Annotated[str, Field(min_length=1, max_length=100)] = DEFAULT_WAREHOUSE
    quantity: Quantity


GivenProduct = Annotated[ProductBody, WrapValidator(keep_failure)]
GivenLevel = Annotated[LevelBody, WrapValidator(keep_failure)]


class ProductsRequest(Body):
    """Products to create or update by SKU."""

    products: Annotated[list[GivenProduct], Field(max_length=1000)]


class StockRequest(Body):
    """Levels to write."""

    levels: Annotated[list[GivenLevel], Field(max_length=5000)]


class Counts(View):
    """What became of the items of a call."""

    created: int
    updated: int
    unchanged: int
    failed: list[FailedItem]


class LevelView(View):
    """The quantity in a warehouse."""

    warehouse: str
    quantity: int
    updated_at: Timestamp


class NamedValueView(View):
    """A custom field or attribute as it is stored."""

    name: str
    value: str


class PricedView(View):
    """Fields of a product and of each variant: money and measures as decimal text."""

    id: Id
    sku: str
    price: str | None
    sale_price: str | None
    cost: str | None
    msrp: str | None
    map: str | None
    upc: str | None
    gtin: str | None
    mpn: str | None
    weight: str | None
    length: str | None
    width: str | None
    height: str | None
    dimensional_weight: str | None
    asin: str | None
    availability_description: str | None
    estimated_dropship_fee: str | None
    estimated_shipping_cost: str | None
    quantity: int | None
    """Over all warehouses; null when no level is known."""
    stock: list[LevelView]


class ProductVariantView(PricedView):
    """A variant; null means as the product."""

    title: str | None
    description: str | None
    options: dict[str, Any]
    image: str | None
    custom_fields: list[NamedValueView] | None
    extra: dict[str, Any]


class ProductView(PricedView):
    """A product with all its variants."""

    title: str
    description: str
    brand: str
    type: str
    categories: list[list[str]]
    images: list[str]
    custom_fields: list[NamedValueView]
    attributes: list[NamedValueView]
    extra: dict[str, Any]
    created_at: Timestamp
    updated_at: Timestamp
    variants: list[ProductVariantView]

"""Settings of each integration, typed, with their defaults."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from app.channels.kinds import IntegrationType
from app.core.errors import FieldProblem, ValidationFailed


def _distinct(values: list[Any]) -> list[Any]:
    seen: list[Any] = []
    for value in values:
        if value in seen:
            raise ValueError(f"{value!r} is listed twice")
        seen.append(value)
    return values


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ImportListingsSettings(_Settings):
    """How the store's catalogue comes in."""

    pause_new_listings: bool = False
    master_sku_field: Literal["sku", "upc", "mpn", "gtin", "id"] = "sku"
    scope: Literal["listings", "listings_and_products"] = "listings_and_products"


ListingIdentifier = Literal["sku", "upc", "mpn", "gtin"]
StoreIdentifier = Literal[
    "variant.sku",
    "variant.upc",
    "variant.mpn",
    "variant.gtin",
    "product.sku",
    "product.upc",
    "product.mpn",
    "product.gtin",
]


class LinkPair(_Settings):
    """Which field of ours is compared with which of the store."""

    listing: ListingIdentifier
    store: StoreIdentifier


class LinkListingsSettings(_Settings):
    """How listings find their products in the store; pairs are tried in order."""

    priority: Annotated[
        tuple[LinkPair, ...], Field(min_length=1, max_length=16), AfterValidator(_distinct)
    ] = (LinkPair(listing="sku", store="variant.sku"),)
    link_after_build: bool = False


class OutOfStock(_Settings):
    """What happens to a listing without stock."""

    behavior: Literal["do_nothing", "hide", "keep_accessible", "redirect"] = "do_nothing"
    apply: Literal["listing", "store"] = "listing"


SyncField = Literal["price", "quantity", "status"]


class SyncListingsSettings(_Settings):
    """What is kept in step."""

    fields: Annotated[tuple[SyncField, ...], Field(min_length=1), AfterValidator(_distinct)] = (
        "price",
        "quantity",
        "status",
    )
    out_of_stock: OutOfStock = OutOfStock()
    adjust_stock_on_refund: bool = False
    adjust_stock_on_cancellation: bool = False


class PublishListingsSettings(_Settings):
    """How listings are written to the store."""

    long_title: Literal["truncate", "fail"] = "fail"
    long_attributes: Literal["truncate", "skip", "fail"] = "fail"
    override_name: bool = True
    overwrite: bool = False
    images: Literal["all", "parent_and_first_variant", "parent_only", "first_parent_only"] = "all"
    max_variants: int = Field(default=250, ge=1, le=600)
    category_depth: int = Field(default=3, ge=1, le=8)


OrderStatusId = Annotated[int, Field(ge=0, le=14)]


class GetOrdersSettings(_Settings):
    """Which orders come in, and how."""

    statuses: Annotated[
        tuple[OrderStatusId, ...], Field(min_length=1), AfterValidator(_distinct)
    ] = (11, 9, 3)
    created_within_days: int = Field(default=14, ge=1, le=3650)
    import_ffl: bool = False
    pii_retention_days: Literal[30, 60, 90] | None = None
    lines_without_sku: Literal["hold", "skip_order"] = "hold"
    multiple_shipping_addresses: bool = True
    acknowledge: Literal["manual", "automatic"] = "manual"


class SyncOrdersSettings(_Settings):
    """How shipments are sent."""

    unknown_carrier: Literal["send_empty", "fail"] = "send_empty"
    partial_shipments: bool = True
    final_status_id: OrderStatusId | None = None


IntegrationSettings = (
    ImportListingsSettings
    | LinkListingsSettings
    | SyncListingsSettings
    | PublishListingsSettings
    | GetOrdersSettings
    | SyncOrdersSettings
)

SETTINGS: dict[IntegrationType, type[IntegrationSettings]] = {
    IntegrationType.IMPORT_LISTINGS: ImportListingsSettings,
    IntegrationType.LINK_LISTINGS: LinkListingsSettings,
    IntegrationType.SYNC_LISTINGS: SyncListingsSettings,
    IntegrationType.PUBLISH_LISTINGS: PublishListingsSettings,
    IntegrationType.GET_ORDERS: GetOrdersSettings,
    IntegrationType.SYNC_ORDERS: SyncOrdersSettings,
}


def default_settings(kind: IntegrationType) -> dict[str, Any]:
    """Return the settings of a new integration, as stored."""
    return SETTINGS[kind]().model_dump(mode="json")


def merge_settings(
    kind: IntegrationType, stored: dict[str, Any], patch: dict[str, Any]
) -> dict[str, Any]:
    """Return the stored settings with a patch applied; 422 names what is unknown or invalid.

    A nested object is patched key by key; lists are replaced whole.
    """
    merged = dict(stored)
    for key, value in patch.items():
        old = merged.get(key)
        merged[key] = (
            {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
        )
    try:
        return SETTINGS[kind].model_validate(merged).model_dump(mode="json")
    except ValidationError as error:
        found = [(".".join(["settings", *map(str, item["loc"])]), item) for item in error.errors()]
        places = {place for place, _ in found}
        problems = [
            FieldProblem(
                field=place,
                code="unknown_setting" if item["type"] == "extra_forbidden" else str(item["type"]),
                message=str(item["msg"]),
            )
            for place, item in found
            # A list whose entries are wrong is not told to be too short as well.
            if not any(other.startswith(f"{place}.") for other in places)
        ]
        detail = "; ".join(f"{item.field}: {item.message}" for item in problems[:3])
        raise ValidationFailed(detail, errors=problems) from error

"""The store itself (FACTS 6), its channels, hooks, stock places and geography."""

from datetime import datetime
from decimal import Decimal

import msgspec

from app.bigcommerce.shapes import Shape


class Timezone(Shape):
    """The store's zone; offsets in seconds."""

    name: str = ""
    raw_offset: int | None = None
    dst_offset: int | None = None
    dst_correction: bool = False


class StoreLogo(Shape):
    """The store's logo; a store without one sends []."""

    url: str = ""


class StoreFeatures(Shape):
    """What the store's plan and settings allow."""

    multi_storefront_enabled: bool = False


class Store(Shape):
    """``GET /v2/store``; ``id`` is the store hash."""

    id: str = ""
    store_id: int | None = None
    account_uuid: str = ""
    name: str = ""
    domain: str = ""
    secure_url: str = ""
    control_panel_base_url: str = ""
    status: str = ""
    admin_email: str = ""
    order_email: str = ""
    country_code: str = ""
    language: str = ""
    currency: str = ""
    currency_symbol: str = ""
    decimal_places: int | None = None
    weight_units: str = ""
    dimension_units: str = ""
    plan_name: str = ""
    plan_level: str = ""
    plan_is_trial: bool = False
    is_price_entered_with_tax: bool = False
    default_channel_id: int = 1
    default_site_id: int | None = None
    timezone: Timezone | None = None
    logo: StoreLogo | None = None
    features: StoreFeatures | None = None
    raw: dict[str, object] = msgspec.field(default_factory=dict)


class StoreTime(Shape):
    """``GET /v2/time``: the store's clock."""

    time: datetime


class UnitsOfMeasurement(Shape):
    """v3 spelling of the units: LBS, Ounces, KGS, Grams, Tonnes; Inches, Centimeters."""

    weight_measurement: str = ""
    length_measurement: str = ""


class Currency(Shape):
    """A currency of the store; the rate is to the default one."""

    id: int
    currency_code: str = ""
    name: str = ""
    currency_exchange_rate: Decimal | None = None
    is_default: bool = False
    is_transactional: bool = False
    enabled: bool = False
    decimal_places: int | None = None


class InventorySettings(Shape):
    """What the store does when stock runs out or orders move (FACTS 5.11)."""

    product_out_of_stock_behavior: str = ""
    option_out_of_stock_behavior: str = ""
    update_stock_behavior: str = ""
    edit_order_stock_adjustment: bool | None = None
    delete_order_stock_adjustment: bool | None = None
    refund_order_stock_adjustment: bool | None = None
    stock_level_display: str = ""


class Channel(Shape):
    """A storefront, marketplace, point of sale or marketing channel (FACTS 5.9)."""

    id: int
    external_id: str = ""
    name: str = ""
    type: str = ""
    platform: str = ""
    status: str = ""
    is_listable_from_ui: bool = False
    is_visible: bool = False
    icon_url: str = ""
    date_created: datetime | None = None
    date_modified: datetime | None = None


class Location(Shape):
    """A place that holds stock (FACTS 5.10)."""

    id: int
    code: str = ""
    label: str = ""
    type_id: str = ""
    enabled: bool = True
    is_default: bool = False
    is_active: bool | None = None
    managed_by_external_source: bool = False


class InventoryIdentity(Shape):
    """The three names of a stock-keeping item."""

    sku: str = ""
    variant_id: int = 0
    product_id: int = 0


class LocationSettings(Shape):
    """Per item and location: safety stock and warning level."""

    safety_stock: int | None = None
    is_in_stock: bool | None = None
    warning_level: int | None = None
    bin_picking_number: str = ""


class LocationLevel(Shape):
    """Stock of one item at one location; may be negative (quirk 36)."""

    location_id: int
    location_code: str = ""
    location_enabled: bool = True
    available_to_sell: int | None = None
    total_inventory_onhand: int | None = None
    settings: LocationSettings | None = None


class InventoryItem(Shape):
    """Stock of one item at all locations."""

    identity: InventoryIdentity
    locations: list[LocationLevel] = msgspec.field(default_factory=list)


class Transaction(Shape):
    """The receipt of an accepted inventory change; it is carried out later."""

    transaction_id: str = ""


class Hook(Shape):
    """A webhook registration; only the client id that made it sees it (FACTS 3.1)."""

    id: int
    client_id: str = ""
    store_hash: str = ""
    scope: str = ""
    destination: str = ""
    headers: dict[str, str] | None = None
    is_active: bool = False
    status: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None


class BlockedDomain(Shape):
    """A destination that BigCommerce has stopped delivering to; ``time_left`` in seconds."""

    destination: str = ""
    time_left: int | None = None
    reasons: list[object] = msgspec.field(default_factory=list)


class HooksHealth(Shape):
    """``GET /v3/hooks/admin``: everything for a health page in one call."""

    emails: list[str] = msgspec.field(default_factory=list)
    hooks_list: list[Hook] = msgspec.field(default_factory=list)
    blocked_domains: list[BlockedDomain] = msgspec.field(default_factory=list)


class State(Shape):
    """A state or province of a country."""

    id: int
    state: str = ""
    state_abbreviation: str = ""
    country_id: int = 0


class Country(Shape):
    """A country as the store knows it."""

    id: int
    country: str = ""
    country_iso2: str = ""
    country_iso3: str = ""

"""Facts about the store itself: profile, units, currencies, channels, locations (FACTS 6)."""

import uuid
from typing import Any

from sandbox.errors import JSON
from sandbox.settings import SandboxSettings

SEEDED_AT = "2024-01-15T09:00:00+00:00"

# The units-of-measurement endpoint spells units differently from /v2/store (FACTS 6).
UNIT_SPELLING = {
    "Pounds": "LBS",
    "Ounces": "Ounces",
    "Kilograms": "KGS",
    "Grams": "Grams",
    "Tonnes": "Tonnes",
}

CURRENCY_RATES = {"USD": "1.0000000000", "EUR": "0.9200000000", "CAD": "1.3600000000"}
CURRENCY_NAMES = {"USD": "US Dollar", "EUR": "Euro", "CAD": "Canadian Dollar"}
CURRENCY_SIGNS = {"USD": "$", "EUR": "€", "CAD": "C$"}

SAME_FOR_ALL: dict[str, Any] = {
    "first_name": "Olive",
    "last_name": "Owner",
    "address": "1 Harbour Street, Austin, Texas 78701, United States",
    "country": "United States",
    "country_code": "US",
    "infrastructure_region": "us-central1",
    "phone": "+1 512 555 0100",
    "admin_email": "owner@store.example",
    "order_email": "orders@store.example",
    "favicon_url": "",
    "language": "en",
    "decimal_separator": ".",
    "thousands_separator": ",",
    "decimal_places": 2,
    "currency_symbol_location": "left",
    "dimension_decimal_places": 2,
    "dimension_decimal_token": ".",
    "dimension_thousands_token": ",",
    "plan_name": "Partner Sandbox",
    "plan_level": "Pro Plan",
    "plan_is_trial": False,
    "industry": "Outdoor",
    "default_channel_id": 1,
    "default_site_id": 1000,
}


class StoreProfile:
    """The settings a merchant changes in the control panel."""

    def __init__(self, settings: SandboxSettings) -> None:
        self.settings = settings
        self.store_id = "1025646"
        self.weight_units: str = settings.weight_units
        self.dimension_units: str = settings.dimension_units
        self.currency = settings.currency
        self.prices_with_tax = settings.prices_with_tax
        self.name = "Quayside Sandbox Outfitters"
        self.status = "live"
        self.channels = _channels(settings.multi_storefront)
        self.locations = [_location(1, "BC-LOCATION-1", "Default location")]
        self.currencies = _currencies(settings.currency)
        self.inventory: JSON = dict(INVENTORY_DEFAULTS)
        self.account_uuid = str(uuid.UUID(settings.derived("account-uuid")[:32]))

    def store(self) -> JSON:
        """The body of `GET /v2/store`."""
        base = self.settings.public_url.rstrip("/")
        return {
            "id": self.settings.store_hash,
            "account_uuid": self.account_uuid,
            "domain": base.split("://", 1)[-1],
            "secure_url": base,
            "control_panel_base_url": f"{base}/manage",
            "status": self.status,
            "name": self.name,
            "timezone": dict(TIMEZONE),
            "currency": self.currency,
            "currency_symbol": CURRENCY_SIGNS.get(self.currency, self.currency),
            "weight_units": self.weight_units,
            "dimension_units": self.dimension_units,
            "logo": [],
            "is_price_entered_with_tax": self.prices_with_tax,
            "store_id": int(self.store_id),
            "active_comparison_modules": [],
            **SAME_FOR_ALL,
            "features": {
                "stencil_enabled": True,
                "sitewidehttps_enabled": True,
                "facebook_catalog_id": "",
                "checkout_type": "optimized",
                "wishlists_enabled": True,
                "graphql_storefront_api_enabled": True,
                "shopper_consent_tracking_enabled": False,
                "multi_storefront_enabled": self.settings.multi_storefront,
                "storefront_limits": {"active": 3, "total_including_inactive": 9},
            },
        }

    def units(self) -> JSON:
        """The data of `GET /v3/settings/store/units-of-measurement`."""
        return {
            "weight_measurement": UNIT_SPELLING[self.weight_units],
            "length_measurement": self.dimension_units,
            "decimal_token": ".",
            "thousands_token": ",",
            "decimal_places": 2,
            "factoring_dimension": "depth",
        }

    def currency_row(self, code: str) -> JSON:
        """One currency of the store by its code; the default one when unknown."""
        for row in self.currencies:
            if row["currency_code"] == code:
                return row
        return self.currencies[0]


INVENTORY_DEFAULTS: dict[str, Any] = {
    "product_out_of_stock_behavior": "do_nothing",
    "option_out_of_stock_behavior": "do_nothing",
    "update_stock_behavior": "order_placed",
    "edit_order_stock_adjustment": True,
    "refund_order_stock_adjustment": False,
    "stock_level_display": "dont_show",
    "default_out_of_stock_message": "Out of stock",
    "hide_in_product_filtering": False,
    "show_pre_order_stock_levels": False,
    "show_out_of_stock_message": False,
}

TIMEZONE: dict[str, Any] = {
    "name": "America/Chicago",
    "raw_offset": -21600,
    "dst_offset": -18000,
    "dst_correction": True,
    "date_format": {
        "display": "M jS Y",
        "export": "M jS Y",
        "extended_display": "M jS Y @ g:i A",
    },
}


def _channel(number: int, name: str, kind: str, platform: str) -> JSON:
    return {
        "id": number,
        "external_id": "",
        "is_listable_from_ui": True,
        "is_enabled": True,
        "is_visible": True,
        "status": "active",
        "name": name,
        "type": kind,
        "platform": platform,
        "date_created": SEEDED_AT,
        "date_modified": SEEDED_AT,
        "icon_url": "",
    }


def _channels(multi_storefront: bool) -> list[JSON]:
    rows = [_channel(1, "Sandbox Outfitters", "storefront", "bigcommerce")]
    if multi_storefront:
        rows.append(_channel(1001, "Sandbox Outlet", "storefront", "bigcommerce"))
    return rows


def _location(number: int, code: str, label: str) -> JSON:
    day = {"open": True, "opening": "09:00", "closing": "17:00"}
    days = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
    return {
        "id": number,
        "code": code,
        "label": label,
        "description": "",
        "managed_by_external_source": False,
        "type_id": "PHYSICAL",
        "enabled": True,
        "operating_hours": {name: dict(day) for name in days},
        "time_zone": "America/Chicago",
        "created_at": "2024-01-15T09:00:00Z",
        "updated_at": "2024-01-15T09:00:00Z",
        "address": {
            "address1": "1 Harbour Street",
            "address2": "",
            "city": "Austin",
            "state": "Texas",
            "zip": "78701",
            "email": "warehouse@store.example",
            "phone": "+1 512 555 0101",
            "geo_coordinates": {"latitude": 30.2672, "longitude": -97.7431},
            "country_code": "US",
        },
        "storefront_visibility": True,
        "special_hours": [],
    }


def add_location(profile: StoreProfile, code: str, label: str) -> JSON:
    """Open another active location."""
    row = _location(len(profile.locations) + 1, code, label)
    profile.locations.append(row)
    return row


def _currencies(default: str) -> list[JSON]:
    codes = [default, *(code for code in CURRENCY_RATES if code != default)]
    return [
        {
            "id": number,
            "is_default": code == default,
            "last_updated": "2024-01-15T09:00:00+00:00",
            "country_iso2": "US" if code == "USD" else "",
            "default_for_country_codes": [],
            "currency_code": code,
            "currency_exchange_rate": CURRENCY_RATES.get(code, "1.0000000000"),
            "auto_update": False,
            "token_location": "left",
            "token": CURRENCY_SIGNS.get(code, code),
            "decimal_token": ".",
            "thousands_token": ",",
            "decimal_places": 2,
            "name": CURRENCY_NAMES.get(code, code),
            "enabled": True,
            "is_transactional": code != "CAD",
            "use_default_name": True,
        }
        for number, code in enumerate(codes, start=1)
    ]

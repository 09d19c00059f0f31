"""Store settings and channels (FACTS 5.9, 6)."""

from sandbox.api.filters import boolean, family, field, is_in, lower_field, lowered, select
from sandbox.api.paging import v3_page
from sandbox.call import Answer, Call, Endpoint, data
from sandbox.errors import not_found

INFORMATION = "store_v2_information"
CHANNELS = "store_channel_settings"

AVAILABLE = frozenset({"prelaunch", "active", "inactive", "connected"})


def _is_available(row: dict[str, object]) -> bool:
    return is_in(row["status"], AVAILABLE)


CHANNEL_FILTERS = {
    **family("available", _is_available, boolean, ""),
    **family("status", lower_field("status"), lowered, "in"),
    **family("type", lower_field("type"), lowered, "in"),
    **family("platform", lower_field("platform"), lowered, "in"),
    **family("id", field("id"), int, "in"),
}


def list_channels(call: Call) -> Answer:
    """Sales channels of the store."""
    rows = select(call, call.store.profile.channels, CHANNEL_FILTERS, "include")
    return v3_page(call, rows, lambda row: row)


def read_channel(call: Call) -> Answer:
    """One channel."""
    for row in call.store.profile.channels:
        if row["id"] == call.ids["channel_id"]:
            return data(row)
    raise not_found()


def read_units(call: Call) -> Answer:
    """Units of measurement, spelt differently from `/v2/store`."""
    select(call, [], {}, "channel_id")
    return data(call.store.profile.units())


def read_profile(call: Call) -> Answer:
    """Name and address of the store."""
    select(call, [], {}, "channel_id")
    store = call.store.profile.store()
    return data(
        {
            "store_address": store["address"],
            "store_address_type": "Warehouse",
            "store_email": store["admin_email"],
            "store_name": store["name"],
            "store_phone": store["phone"],
        }
    )


def read_locale(call: Call) -> Answer:
    """Language and country of the store."""
    select(call, [], {}, "channel_id")
    return data(
        {
            "default_shopper_language": "en",
            "shopper_language_selection_method": "browser",
            "store_country": "United States",
        }
    )


ENDPOINTS = (
    Endpoint("GET", "/v3/channels", list_channels, CHANNELS),
    Endpoint("GET", "/v3/channels/{channel_id}", read_channel, CHANNELS),
    Endpoint("GET", "/v3/settings/store/units-of-measurement", read_units, INFORMATION),
    Endpoint("GET", "/v3/settings/store/profile", read_profile, INFORMATION),
    Endpoint("GET", "/v3/settings/store/locale", read_locale, INFORMATION),
)

"""`/v2/store`, `/v2/time`, `/v2/currencies`, `/v2/countries` (FACTS 6)."""

from sandbox.api.paging import v2_page
from sandbox.call import Answer, Call, Endpoint
from sandbox.errors import JSON, not_found

INFORMATION = "store_v2_information"


def read_store(call: Call) -> Answer:
    """The store's own facts."""
    call.allow()
    return Answer(call.store.profile.store())


def read_time(call: Call) -> Answer:
    """Store time; the cheap token check."""
    call.allow()
    return Answer({"time": call.store.clock.unix()})


def list_currencies(call: Call) -> Answer:
    """Currencies, the default one first."""
    call.allow("page", "limit")
    return v2_page(call, call.store.profile.currencies, lambda row: row)


def list_countries(call: Call) -> Answer:
    """Countries in alphabetical order."""
    call.allow("page", "limit", "country", "country_iso2", "country_iso3")
    rows = call.sandbox.geography.countries
    for name in ("country", "country_iso2", "country_iso3"):
        if name in call.query:
            rows = [row for row in rows if row[name] == call.query[name]]
    return v2_page(call, rows, lambda row: _with_link(call, row))


def read_country(call: Call) -> Answer:
    """One country."""
    row = call.sandbox.geography.country(call.ids["country_id"])
    if row is None:
        raise not_found()
    return Answer(_with_link(call, row))


def list_states(call: Call) -> Answer:
    """A country's states; 204 for countries without a list."""
    call.allow("page", "limit", "state", "state_abbreviation")
    if call.sandbox.geography.country(call.ids["country_id"]) is None:
        raise not_found()
    rows = call.sandbox.geography.states.get(call.ids["country_id"], [])
    for name in ("state", "state_abbreviation"):
        if name in call.query:
            rows = [row for row in rows if row[name] == call.query[name]]
    return v2_page(call, rows, lambda row: row)


def list_all_states(call: Call) -> Answer:
    """States of every country that has a list."""
    call.allow("page", "limit", "state", "state_abbreviation")
    rows = [row for states in call.sandbox.geography.states.values() for row in states]
    for name in ("state", "state_abbreviation"):
        if name in call.query:
            rows = [row for row in rows if row[name] == call.query[name]]
    return v2_page(call, rows, lambda row: row)


def _with_link(call: Call, row: JSON) -> JSON:
    settings = call.sandbox.settings
    resource = f"/countries/{row['id']}/states"
    base = f"{settings.public_url.rstrip('/')}/stores/{settings.store_hash}/v2"
    return {**row, "states": {"url": base + resource, "resource": resource}}


ENDPOINTS = (
    Endpoint("GET", "/v2/store", read_store, INFORMATION),
    Endpoint("GET", "/v2/time", read_time),
    Endpoint("GET", "/v2/currencies", list_currencies, INFORMATION),
    Endpoint("GET", "/v2/countries", list_countries),
    Endpoint("GET", "/v2/countries/states", list_all_states),
    Endpoint("GET", "/v2/countries/{country_id}", read_country),
    Endpoint("GET", "/v2/countries/{country_id}/states", list_states),
)

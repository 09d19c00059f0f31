"""Countries and their states, as v2 knows them (FACTS 4.5, quirk 10)."""

from app.bigcommerce.client import StoreClient
from app.bigcommerce.models.store import Country, State
from app.bigcommerce.pages import Listing, walk

PATH = "/v2/countries"


async def country(client: StoreClient, iso2: str) -> Country | None:
    """The country with this two-letter code."""
    found = await client.get(PATH, list[Country], params={"country_iso2": iso2.upper()})
    return next((one for one in found if one.country_iso2.upper() == iso2.upper()), None)


async def states(client: StoreClient, country_id: int) -> list[State]:
    """The states of a country; empty where it has none."""
    listing = Listing(
        f"{PATH}/{country_id}/states", list[State], lambda state: state.id, keyset=False
    )
    return [row async for page in walk(client, listing) for row in page.items]

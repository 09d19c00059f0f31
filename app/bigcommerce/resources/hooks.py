"""Webhook registrations (FACTS 3.1). Only those of our own client id are seen."""

from collections.abc import Mapping, Sequence

from app.bigcommerce.client import StoreClient
from app.bigcommerce.models.store import Hook, HooksHealth
from app.bigcommerce.pages import Listing, walk

PATH = "/v3/hooks"


async def all_of(client: StoreClient) -> list[Hook]:
    """All our hooks in the store, inactive ones too."""
    listing = Listing(PATH, list[Hook], lambda hook: hook.id, keyset=False)
    return [row async for page in walk(client, listing) for row in page.items]


async def create(
    client: StoreClient, scope: str, destination: str, headers: Mapping[str, str]
) -> Hook:
    """Register a hook, active; ``headers`` come back with each delivery. List first: a second
    one with the same scope and destination is refused."""
    body = {
        "scope": scope,
        "destination": destination,
        "is_active": True,
        "headers": dict(headers),
    }
    return (await client.request("POST", PATH, Hook, body=body)).data


async def update(client: StoreClient, hook_id: int, changes: Mapping[str, object]) -> Hook:
    """Change a hook, e.g. ``is_active`` after BigCommerce switched it off."""
    return (await client.request("PUT", f"{PATH}/{hook_id}", Hook, body=changes)).data


async def delete(client: StoreClient, hook_id: int) -> None:
    """Remove a hook; raises NotFound."""
    await client.request("DELETE", f"{PATH}/{hook_id}", object)


async def health(client: StoreClient) -> HooksHealth:
    """States, notification addresses and blocked destinations."""
    return await client.get(f"{PATH}/admin", HooksHealth)


async def notify(client: StoreClient, emails: Sequence[str]) -> None:
    """Set who hears of hooks that were switched off."""
    await client.request("PUT", f"{PATH}/admin", object, body={"emails": list(emails)})

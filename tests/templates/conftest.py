"""The routes under test, and a store whose records the tests write themselves."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from app.channels.kinds import IntegrationType
from app.core.errors import NotFound
from app.core.resources import Resources
from app.mapping.defaults import default_mappings
from app.templates.ports import LiveRecord

Json = dict[str, Any]


class RecordsOfTests:
    """A `RecordSource` over records by their id in the store."""

    def __init__(self) -> None:
        self.records: dict[str, LiveRecord] = {}
        self.asked: list[tuple[IntegrationType, UUID | None]] = []

    async def fetch(
        self,
        res: Resources,
        account_id: UUID,
        integration: IntegrationType,
        channel_id: UUID | None,
        external_id: str,
    ) -> LiveRecord:
        """Return a record that a test put here."""
        self.asked.append((integration, channel_id))
        if external_id not in self.records:
            raise NotFound("The store has no such record.")
        return self.records[external_id]


@pytest.fixture
def live_records() -> RecordsOfTests:
    """The records of the store."""
    return RecordsOfTests()


@pytest.fixture
async def app(app: FastAPI, live_records: RecordsOfTests) -> FastAPI:
    """The HTTP service, connected to the records above."""
    app.state.record_source = live_records
    return app


def import_body(name: str = "Toys", **changes: Json | None) -> Json:
    """A good Import Listings template; a change of None takes a mapping away.

    Underscores around the dot: `listing__title` is the target `listing.title`.
    """
    mappings: Json = dict(default_mappings("import_listings"))
    for key, mapping in changes.items():
        target = key.replace("__", ".")
        if mapping is None:
            del mappings[target]
        else:
            mappings[target] = mapping
    return {"name": name, "integration": "import_listings", "mappings": mappings}


async def created(api: httpx.AsyncClient, path: str, body: Json) -> Json:
    """POST something that must succeed and return the answer."""
    answer = await api.post(path, json=body)
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


async def new_channel(api: httpx.AsyncClient, name: str = "Toy Store") -> str:
    """Create a channel and return its id."""
    body = {"name": name, "type": "bigcommerce"}
    return str((await created(api, "/v1/channels", body))["id"])


async def attach(
    api: httpx.AsyncClient, channel: str, integration: str, template: str | None
) -> httpx.Response:
    """Attach a template to an integration of a channel."""
    return await api.patch(
        f"/v1/channels/{channel}/integrations/{integration}", json={"template_id": template}
    )

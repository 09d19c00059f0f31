"""Bodies of the panel's own routes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from app.connections.claims import Choice
from app.connections.sessions import StoreState
from app.core.schemas import Body, Id, View


class SessionRequest(Body):
    """The one-time code of a page."""

    code: Annotated[str, Field(min_length=1, max_length=200)]


class ClaimRequest(Body):
    """Which account an unclaimed store belongs to."""

    choice: Choice
    link_code: Annotated[str, Field(max_length=40)] = ""


class SessionView(View):
    """A bearer token for the page; for an unclaimed store it can only claim."""

    state: StoreState
    token: str
    expires_in: int = 3600
    connection_id: Id | None
    channel_id: Id | None

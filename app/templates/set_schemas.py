"""Bodies of the mapping set routes."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from app.core.schemas import Body, Id, Timestamp, View
from app.templates.schemas import Name

MAX_ENTRIES = 50_000
MAX_FROM = 1_000
MAX_TO = 10_000
LISTED_ENTRIES = 1_000
"""A list shows the entries of sets up to this size."""


class Entry(Body):
    """One replacement. Numbers are taken as their text."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True, populate_by_name=True)

    from_: Annotated[str, StringConstraints(max_length=MAX_FROM), Field(alias="from")]
    to: Annotated[str, StringConstraints(max_length=MAX_TO)]


Entries = Annotated[list[Entry], Field(max_length=MAX_ENTRIES)]


class MappingSetRequest(Body):
    """A set to create; also the whole new content on PUT.

    No entries, or two for the same text (the first counts), can be saved while a set is being
    built; the linter points at them in every template that uses the set.
    """

    name: Name
    entries: Entries


class MappingSetView(View):
    """A mapping set; in lists `entries` is null for sets of more than 1,000 entries."""

    id: Id
    name: str
    version: int
    entry_count: int
    entries: list[dict[str, str]] | None
    created_at: Timestamp
    updated_at: Timestamp

"""Watching the SQL that a piece of code executes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from app.core.resources import Resources


@contextmanager
def statements(resources: Resources) -> Iterator[list[str]]:
    """Collect the first word of each statement that is executed."""
    seen: list[str] = []

    def note(_c: Any, _cur: Any, statement: str, *_: Any) -> None:
        seen.append(statement.lstrip().split(None, 1)[0].upper())

    event.listen(resources.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(resources.engine.sync_engine, "before_cursor_execute", note)

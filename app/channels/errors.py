"""Errors of channels."""

from __future__ import annotations

from app.core.errors import Conflict


class StepRequired(Conflict):
    """One of the first three steps was to be skipped."""

    code = "step_required"
    title = "This setup step cannot be skipped"


class StepOutOfOrder(Conflict):
    """A step needs another one first."""

    code = "step_out_of_order"
    title = "Another setup step comes first"


class ConnectionMissing(Conflict):
    """The channel has no working connection to a store."""

    code = "connection_missing"
    title = "The channel is not connected to a store"

"""Errors of runs."""

from __future__ import annotations

from app.core.errors import Conflict


class RunActive(Conflict):
    """A run of the same channel and integration is not finished yet."""

    code = "run_active"
    title = "A run of this integration is active"


class IntegrationPaused(Conflict):
    """The integration is paused."""

    code = "integration_paused"
    title = "The integration is paused"


class ConnectionNotActive(Conflict):
    """The channel cannot reach its store."""

    code = "connection_not_active"
    title = "The channel has no active connection"


class IntegrationNotAvailable(Conflict):
    """This installation cannot run the integration."""

    code = "integration_not_available"
    title = "This integration cannot be run"


class RunNotFinished(Conflict):
    """The run is still going on."""

    code = "run_not_finished"
    title = "The run is not finished"


class RunFinished(Conflict):
    """The run is over."""

    code = "run_finished"
    title = "The run is finished"


class NothingToRetry(Conflict):
    """No item of the run failed."""

    code = "nothing_to_retry"
    title = "No item of this run failed"


class NotAPlan(Conflict):
    """The run named as a plan is not a finished dry run."""

    code = "not_a_plan"
    title = "This run is not a finished dry run"


class ClaimLost(Exception):
    """Another worker holds the run, or it was cancelled; whatever was under way is dropped."""

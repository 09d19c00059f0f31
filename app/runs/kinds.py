"""Words that runs are described with."""

from __future__ import annotations

from enum import StrEnum


class RunStatus(StrEnum):
    """queued → running ⇄ waiting → one of the finished states."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    SUCCEEDED = "succeeded"
    COMPLETED_WITH_ERRORS = "completed_with_errors"
    FAILED = "failed"
    CANCELLED = "cancelled"


ACTIVE = (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.WAITING)
FINISHED = tuple(status for status in RunStatus if status not in ACTIVE)


class RunMode(StrEnum):
    """A dry run reports what would happen and changes nothing."""

    EXECUTE = "execute"
    DRY_RUN = "dry_run"


class RunTrigger(StrEnum):
    """What started a run."""

    MANUAL = "manual"
    SCHEDULE = "schedule"
    WEBHOOK = "webhook"
    SYSTEM = "system"


class WaitingFor(StrEnum):
    """Why a run stands still; it goes on by itself."""

    RATE_LIMIT = "rate_limit"
    STORE_UNAVAILABLE = "store_unavailable"
    WRITER = "writer"


class Outcome(StrEnum):
    """What became of one item, or in a dry run what would."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    FAILED = "failed"


class Entity(StrEnum):
    """What an item is."""

    LISTING = "listing"
    VARIANT = "variant"
    ORDER = "order"
    SHIPMENT = "shipment"
    STORE = "store"
    """A setting of the store as a whole."""


class LogLevel(StrEnum):
    """How loud a log line is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

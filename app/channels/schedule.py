"""Schedules of integrations: cron with a time zone, or every N minutes.

A missed occurrence is run once when the service is back; one that falls due while a run of the
same integration is still going on is skipped.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from croniter import croniter
from pydantic import ConfigDict, Field, field_validator

from app.core.schemas import Body


@cache
def _known_zones() -> frozenset[str]:
    return frozenset(available_timezones())


class CronSchedule(Body):
    """Five-field cron expression in a time zone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cron: Annotated[str, Field(max_length=100)]
    timezone: Annotated[str, Field(max_length=60)] = "UTC"

    @field_validator("cron")
    @classmethod
    def _five_fields(cls, value: str) -> str:
        if len(value.split()) != 5 or not croniter.is_valid(value):
            raise ValueError("not a cron expression of five fields, e.g. `0 6 * * *`")
        try:
            croniter(value, datetime(2026, 1, 1, tzinfo=UTC)).get_next(datetime)
        except (ValueError, KeyError, ArithmeticError) as error:
            raise ValueError("this cron expression never comes due") from error
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in _known_zones():
            raise ValueError("not a time zone of the IANA list, e.g. `Europe/Vienna`")
        return value


class IntervalSchedule(Body):
    """Every so many minutes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    every_minutes: Annotated[int, Field(ge=1, le=60 * 24 * 31)]


Schedule = CronSchedule | IntervalSchedule


def parse_schedule(stored: dict[str, Any]) -> Schedule:
    """Read a schedule as it is stored."""
    model = CronSchedule if "cron" in stored else IntervalSchedule
    return model.model_validate(stored)


def next_due(schedule: Schedule, after: datetime) -> datetime:
    """Return the first occurrence later than a moment."""
    if isinstance(schedule, IntervalSchedule):
        return after + timedelta(minutes=schedule.every_minutes)
    local = after.astimezone(ZoneInfo(schedule.timezone))
    following: datetime = croniter(schedule.cron, local).get_next(datetime)
    return following.astimezone(UTC)

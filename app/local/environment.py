"""The environment, read for a person: what is missing or wrong is said in one sentence each."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.core.settings import Settings
from app.local.failures import MISUSED, CommandFailed

PREFIX = "QUAYSIDE_"
SANDBOX_PREFIX = "QUAYSIDE_SANDBOX_"
DATABASE_URL = "QUAYSIDE_DATABASE_URL"
REDIS_URL = "QUAYSIDE_REDIS_URL"
DATABASE_SCHEMES = ("postgres", "postgresql")
REDIS_SCHEMES = ("redis", "rediss", "unix")
# What each of the required variables is, for those who have not read the documentation.
MEANINGS: Mapping[str, str] = {
    DATABASE_URL: "a PostgreSQL URL such as postgresql://user:password@host/quayside",
    REDIS_URL: "a Redis URL such as redis://host:6379/0",
    "QUAYSIDE_SECRET_KEYS": "a key that `quayside secret` prints",
}


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings. Raises `CommandFailed`, one sentence per variable."""
    given = {
        field: environ[name]
        for field in Settings.model_fields
        if (name := f"{PREFIX}{field}".upper()) in environ
    }
    try:
        settings = Settings.model_validate(given)
    except ValidationError as error:
        raise refusal(error, PREFIX) from None
    wrong = [
        f"{name} is not valid: it must be {MEANINGS[name]}."
        for name, url, schemes in (
            (DATABASE_URL, settings.database_url, DATABASE_SCHEMES),
            (REDIS_URL, settings.redis_url, REDIS_SCHEMES),
        )
        if urlsplit(url).scheme.split("+")[0] not in schemes
    ]
    if wrong:
        raise CommandFailed(*wrong, status=MISUSED)
    return settings


def read_database_url(environ: Mapping[str, str]) -> str:
    """Return the URL for commands that need nothing else. Raises `CommandFailed`."""
    url = environ.get(DATABASE_URL, "")
    if not url:
        raise CommandFailed(_missing(DATABASE_URL), status=MISUSED)
    return url


def refusal(error: ValidationError, prefix: str) -> CommandFailed:
    """Return the sentences for variables that settings refused; values are not repeated."""
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    sentences = dict.fromkeys(_sentence(problem, prefix) for problem in problems)
    return CommandFailed(*sentences, status=MISUSED)


def _sentence(problem: ErrorDetails, prefix: str) -> str:
    name = f"{prefix}{problem['loc'][0]}".upper() if problem["loc"] else prefix
    if problem["type"] == "missing":
        return _missing(name)
    reason = problem["msg"].removeprefix("Value error, ")
    return f"{name} is not valid: {reason[:1].lower()}{reason[1:]}."


def _missing(name: str) -> str:
    meaning = MEANINGS.get(name)
    return f"{name} is not set: it must be {meaning}." if meaning else f"{name} is not set."

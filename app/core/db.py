"""Engine, declarative base and the small set of column habits that all tables share."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit
from uuid import UUID

from sqlalchemy import DateTime, MetaData, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase, mapped_column

from app.core.ids import new_id

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

_LIBPQ = frozenset({"ssl", "sslmode", "application_name", "connect_timeout"})
"""Parameters that may stand in the URL; the last two are accepted and have no effect."""


class Base(DeclarativeBase):
    """Parent of all tables."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as a plain class attribute
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        list[str]: JSONB,
    }


IdColumn = Annotated[UUID, mapped_column(primary_key=True, default=new_id)]
CreatedAt = Annotated[datetime, mapped_column(server_default=func.now())]
UpdatedAt = Annotated[datetime, mapped_column(server_default=func.now(), onupdate=func.now())]


def normalise_url(url: str) -> str:
    """Turn any PostgreSQL URL that people write into the asyncpg form."""
    parts = urlsplit(url)
    scheme = parts.scheme.split("+")[0]
    if scheme not in {"postgres", "postgresql"}:
        raise ValueError("QUAYSIDE_DATABASE_URL must start with postgresql://")
    query = dict(parse_qsl(parts.query))
    unknown = query.keys() - _LIBPQ
    if unknown:
        raise ValueError(f"QUAYSIDE_DATABASE_URL has unknown parameters: {', '.join(unknown)}")
    # libpq says sslmode, asyncpg says ssl; the values are the same words.
    ssl = query.get("sslmode", query.get("ssl"))
    return urlunsplit(
        ("postgresql+asyncpg", parts.netloc, parts.path, f"ssl={ssl}" if ssl else "", "")
    )


def make_engine(url: str, *, pool_size: int = 10) -> AsyncEngine:
    """Create the engine; connections are checked before use, so a restarted server is survived."""
    return create_async_engine(
        normalise_url(url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        pool_timeout=20,
        # A failing statement's trace must not carry addresses or sealed tokens into the log.
        hide_parameters=True,
        connect_args={
            "timeout": 10,
            "server_settings": {
                "timezone": "UTC",
                # A plan made for prepared statements while a table was tiny is kept when it has
                # grown, and a bulk upsert then takes seconds; planning anew costs a fraction of a
                # millisecond.
                "plan_cache_mode": "force_custom_plan",
            },
        },
    )


def make_sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """Create the session factory used by every unit of work."""
    return async_sessionmaker(engine, expire_on_commit=False, autoflush=True)

"""Every table of the application, for migrations and for tests of them."""

from __future__ import annotations

import importlib
import pkgutil

from sqlalchemy import MetaData

import app
from app.core.db import Base

# Tables that live beside what they are for, outside a models.py or …_models.py.
ELSEWHERE = frozenset(
    {"app.core.heartbeat", "app.integrations.writer", "app.integrations.syncing.returns"}
)


def load_tables() -> MetaData:
    """Import every module that defines tables and return the metadata that they fill."""
    for module in pkgutil.walk_packages(app.__path__, "app."):
        last = module.name.rpartition(".")[2]
        if module.name.startswith("app.bigcommerce"):
            continue
        if last == "models" or last.endswith("_models") or module.name in ELSEWHERE:
            importlib.import_module(module.name)
    return Base.metadata

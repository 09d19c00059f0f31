"""Every table of the application, for migrations and for tests of them."""

from __future__ import annotations

import importlib
import pkgutil

from sqlalchemy import MetaData

import app
from app.core.db import Base

# Tables that live outside a domain package's models.py.
ELSEWHERE = ("app.core.heartbeat", "app.integrations.writer")


def load_tables() -> MetaData:
    """Import every module that defines tables and return the metadata that they fill."""
    for package in pkgutil.iter_modules(app.__path__, "app."):
        if not package.ispkg or package.name == "app.bigcommerce":
            continue
        module = importlib.import_module(package.name)
        if any(item.name == "models" for item in pkgutil.iter_modules(module.__path__)):
            importlib.import_module(f"{package.name}.models")
    for name in ELSEWHERE:
        importlib.import_module(name)
    return Base.metadata

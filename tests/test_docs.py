"""The documents say what the code says."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from pathlib import Path

import app
from app.core.errors import AppError
from app.core.settings import Settings
from app.main import create_app

DOCS = Path(__file__).parent.parent / "docs"


def every_error() -> set[type[AppError]]:
    """All error classes of the application."""
    for module in pkgutil.walk_packages(app.__path__, "app."):
        importlib.import_module(module.name)
    found: set[type[AppError]] = set()
    waiting = [AppError]
    while waiting:
        kind = waiting.pop()
        found.add(kind)
        waiting.extend(kind.__subclasses__())
    return {kind for kind in found if kind.__module__.startswith("app.")}


def test_every_error_code_is_documented() -> None:
    rows = dict(
        re.findall(r"^\| `(\w+)` \| (\d+) \|", (DOCS / "errors.md").read_text(), re.MULTILINE)
    )
    for kind in every_error():
        assert rows.get(kind.code) == str(kind.status), f"{kind.__name__}: {kind.code}"


def test_every_setting_is_documented() -> None:
    text = (DOCS / "configuration.md").read_text() + (DOCS.parent / "README.md").read_text()
    for name in Settings.model_fields:
        assert f"QUAYSIDE_{name.upper()}`" in text, name


def test_the_committed_api_description_is_the_present_one() -> None:
    committed = json.loads((DOCS / "openapi.json").read_text())
    assert committed == json.loads(json.dumps(create_app().openapi())), "run `make openapi`"

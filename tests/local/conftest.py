"""Folders that the servers' account can reach, and supervisors in processes of their own."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # no stubs are installed
import pytest

from tests.local.supervised import Supervise, Supervised
from tests.services import quick_place


@pytest.fixture
def place() -> Iterator[Path]:
    """pytest's own temporary folders are closed to other accounts; this one lets them through."""
    folder = Path(tempfile.mkdtemp(prefix="quayside-local-", dir=quick_place())).resolve()
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def home(place: Path) -> Path:
    """A data folder yet to be made."""
    return place / "home"


@pytest.fixture
def supervise() -> Iterator[Supervise]:
    """Starts LocalServices in another process; kills what is left of it afterwards."""
    with ExitStack() as stack:

        def start(home: Path, *, wrapper: tuple[str, ...] = (), **environ: str) -> Supervised:
            supervised = Supervised(home, wrapper, environ)
            stack.callback(supervised.clear)
            return supervised

        yield start


@pytest.fixture
def as_root() -> None:
    """Skips where the tests do not run as root."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to see that its rights are dropped")


StartedHere = Callable[[], list[psutil.Process]]


@pytest.fixture
def started_here() -> StartedHere:
    """Gives the processes started since the test began; other tests may keep some of their own."""
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    return lambda: [
        child for child in psutil.Process().children(recursive=True) if child.pid not in before
    ]

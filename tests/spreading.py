"""Which tests run when and beside which others, as a pytest plugin.

Files of long tests come first, in whatever order, and the many short ones fill what is left: so no
xdist worker ends long before the others. The tests from outside share an installation, which is
started in one worker only and runs no longer than they do.
"""

from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]  # it has no types

ONE_ROOM = "tests/outside/"
LONG = (ONE_ROOM, "tests/flow/", "tests/local/", "tests/test_cli.py", "tests/templates/")


def _rank(item: pytest.Item) -> int:
    return next((rank for rank, start in enumerate(LONG) if item.nodeid.startswith(start)), 99)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """After the shuffling, whose order stays within each rank."""
    items.sort(key=_rank)


class Spreading(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """A file is run by one worker, in the order above; so is all of the shared room."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(ONE_ROOM):
            return ONE_ROOM
        return str(super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Any:
    """Called by xdist; other ways to distribute stay as they are."""
    if config.option.dist != "loadfile":
        return None
    config.option.loadscopereorder = False
    return Spreading(config, log)

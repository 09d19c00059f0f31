"""PostgreSQL and Valkey together, for one terminal or one test run."""

import signal
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from app.local.account import find_account
from app.local.places import settle_home, wanted_home
from app.local.postgres import start_postgres
from app.local.valkey import start_valkey

DATABASE_URL_VARIABLE = "QUAYSIDE_DATABASE_URL"
REDIS_URL_VARIABLE = "QUAYSIDE_REDIS_URL"


def _say_nothing(sentence: str) -> None:
    """The default for whoever does not want to be told."""


class LocalServices:
    """Context manager that starts what has no URL in the environment, and stops it at the end.

    `say` is called with sentences for the user, such as where the data is kept when the wanted
    folder cannot be used. Raises LocalServiceError on entering.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        directory: Path,
        *,
        say: Callable[[str], None] = _say_nothing,
        tuned_for_tests: bool = False,
    ) -> None:
        self._environ = environ
        self._directory = directory
        self._say = say
        self._tuned_for_tests = tuned_for_tests
        self._stack = ExitStack()
        self.database_url = environ.get(DATABASE_URL_VARIABLE, "")
        self.redis_url = environ.get(REDIS_URL_VARIABLE, "")
        # The maintenance database; with a server of the user's own, the database that was given.
        self.admin_url = self.database_url
        self.home: Path | None = None

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.callback(_treat_sigterm_as_ctrl_c())
            if not (self.database_url and self.redis_url):
                self._start(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def _start(self, stack: ExitStack) -> None:
        account = find_account()
        wanted = wanted_home(self._environ, self._directory)
        home = self.home = settle_home(wanted, account, self._say)
        tuned = self._tuned_for_tests
        if not self.database_url:
            postgres = stack.enter_context(
                start_postgres(home, tuned_for_tests=tuned, account=account)
            )
            self.database_url, self.admin_url = postgres.url, postgres.admin_url
        if not self.redis_url:
            valkey = stack.enter_context(start_valkey(home, tuned_for_tests=tuned, account=account))
            self.redis_url = valkey.url


def _treat_sigterm_as_ctrl_c() -> Callable[[], None]:
    """Makes SIGTERM raise KeyboardInterrupt, unless the program has its own way with it.

    Returns what puts the old behaviour back.
    """

    def leave(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        return lambda: None
    if signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        return lambda: None
    signal.signal(signal.SIGTERM, leave)

    def restore() -> None:
        if signal.getsignal(signal.SIGTERM) is leave:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)

    return restore

"""PostgreSQL and Redis for the whole test run, as a pytest plugin.

One set of servers serves all xdist workers. The controlling process starts them when it sets up
the first worker, or, without xdist, when the first test asks; it stops them when the run ends,
however it ends. With QUAYSIDE_DATABASE_URL or QUAYSIDE_REDIS_URL in the environment that server is
used instead and only databases named after this run are made in it.
"""

import fcntl
import os
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from app.local.places import DATA_DIR_VARIABLE
from app.local.services import LocalServices
from app.local.sql import run_sql

WORKER_INPUT = "quayside_services"
COPY_SECONDS = 20.0
IN_MEMORY = Path("/dev/shm")
ROOM_BYTES = 2 << 30

Prepare = Callable[[str], None]
DatabaseMaker = Callable[..., str]
TemplateMaker = Callable[[str, Prepare], str]


@dataclass(frozen=True, slots=True)
class Services:
    """What one test run works with; the same in every worker."""

    admin_url: str
    redis_url: str
    run_folder: str
    run_name: str


class ServiceKeeper:
    """Starts the services at the first need and stops them at the end; lives in one process."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._services: Services | None = None

    def services(self) -> Services:
        """The running services."""
        if self._services is None:
            self._services = self._start()
        return self._services

    def _start(self) -> Services:
        folder = Path(tempfile.mkdtemp(prefix="quayside-tests-", dir=quick_place()))
        self._stack.callback(shutil.rmtree, folder, ignore_errors=True)
        # The servers may run under another account, which has to pass through here.
        folder.chmod(0o711)
        environ = {**os.environ, DATA_DIR_VARIABLE: str(folder / "home")}
        local = self._stack.enter_context(LocalServices(environ, folder, tuned_for_tests=True))
        services = Services(
            admin_url=local.admin_url,
            redis_url=local.redis_url,
            run_folder=str(folder),
            run_name=f"qs_{secrets.token_hex(4)}",
        )
        self._stack.callback(_drop_templates, services)
        return services

    def close(self) -> None:
        """Stops whatever was started."""
        self._services = None
        self._stack.close()


def quick_place() -> Path | None:
    """The folder that lies in memory, if this machine has one with enough room for servers.

    A database is some 350 files: to make and drop one costs a tenth there of what it costs on disk.
    """
    if not os.access(IN_MEMORY, os.W_OK):
        return None
    found = os.statvfs(IN_MEMORY)
    # Servers may be copied to where their data is, and have to run there.
    roomy = found.f_bavail * found.f_frsize > ROOM_BYTES and not found.f_flag & os.ST_NOEXEC
    return IN_MEMORY if roomy else None


KEEPER = pytest.StashKey[ServiceKeeper]()


def pytest_configure(config: pytest.Config) -> None:
    """The process that controls the run keeps the services; xdist workers are told where."""
    if not hasattr(config, "workerinput"):
        config.stash[KEEPER] = ServiceKeeper()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """Called by xdist in the controlling process for each worker that it sets up."""
    config: pytest.Config = node.config  # type: ignore[attr-defined]  # xdist has no types for it
    worker_input: dict[str, object] = node.workerinput  # type: ignore[attr-defined]  # as above
    worker_input[WORKER_INPUT] = asdict(config.stash[KEEPER].services())


def pytest_unconfigure(config: pytest.Config) -> None:
    """Runs at the end of every run, interrupted ones included."""
    keeper = config.stash.get(KEEPER, None)
    if keeper is not None:
        keeper.close()


@pytest.fixture(scope="session")
def services(request: pytest.FixtureRequest) -> Services:
    """The services of this run."""
    worker_input = getattr(request.config, "workerinput", None)
    if worker_input is None:
        return request.config.stash[KEEPER].services()
    return Services(**worker_input[WORKER_INPUT])


@pytest.fixture(scope="session")
def postgres_url(services: Services) -> str:
    """A database from which others can be created and dropped."""
    return services.admin_url


@pytest.fixture(scope="session")
def redis_url(services: Services, worker_number: int) -> str:
    """A Redis database of this xdist worker's own."""
    parts = urlsplit(services.redis_url)
    first = int(parts.path.strip("/") or 0)
    return urlunsplit(parts._replace(path=f"/{first + worker_number}"))


@pytest.fixture(scope="session")
def worker_number() -> int:
    """0, 1, 2, … for the xdist workers gw0, gw1, gw2, …; 0 without xdist."""
    return int(re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "")) or 0)


@pytest.fixture(scope="session")
def template_database(services: Services) -> TemplateMaker:
    """`template_database(name, prepare)` returns the name of a template for `make_database`.

    `prepare(url)` fills it. It runs once per test run, in a thread of its own (so it may use
    asyncio.run), while other workers wait for it.
    """

    def template(name: str, prepare: Prepare) -> str:
        database = f"{services.run_name}_{name}"
        done = _template_mark(services, database)
        with _only_one(done.with_suffix(".lock")):
            if not done.exists():
                url = database_url(services.admin_url, database)
                drop = f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)'
                run_sql(services.admin_url, drop, f'CREATE DATABASE "{database}"')
                with ThreadPoolExecutor(max_workers=1) as thread:
                    thread.submit(prepare, url).result()
                done.touch()
        return database

    return template


@pytest.fixture
def make_database(services: Services) -> Iterator[DatabaseMaker]:
    """`make_database(template=None)` returns the URL of a new database, dropped after the test."""
    with ExitStack() as stack:
        yield lambda template=None: stack.enter_context(temporary_database(services, template))


@pytest.fixture(scope="session")
def make_worker_database(services: Services) -> Iterator[DatabaseMaker]:
    """As `make_database`, but the databases stay until this xdist worker ends."""
    with ExitStack() as stack:
        yield lambda template=None: stack.enter_context(temporary_database(services, template))


@contextmanager
def temporary_database(services: Services, template: str | None = None) -> Iterator[str]:
    """A new database, copied from a template if one is named; gives its URL."""
    name = f"{services.run_name}_{secrets.token_hex(6)}"
    _create_database(services.admin_url, name, template or "template0")
    try:
        yield database_url(services.admin_url, name)
    finally:
        run_sql(services.admin_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def database_url(server_url: str, database: str) -> str:
    """The URL of another database on the same server."""
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{database}"))


def _create_database(admin_url: str, name: str, template: str) -> None:
    deadline = time.monotonic() + COPY_SECONDS
    while True:
        try:
            run_sql(admin_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        except asyncpg.ObjectInUseError:
            # A session of whoever prepared the template, or another copy of it, is still ending.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _template_mark(services: Services, database: str) -> Path:
    return Path(services.run_folder) / f"{database}.template"


def _drop_templates(services: Services) -> None:
    for mark in Path(services.run_folder).glob("*.template"):
        run_sql(services.admin_url, f'DROP DATABASE IF EXISTS "{mark.stem}" WITH (FORCE)')


@contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

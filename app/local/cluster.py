"""The files of the embedded PostgreSQL: where they are and how they are first made."""

import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from app.local.account import Account
from app.local.errors import LocalServiceError, cannot_write
from app.local.places import make_private_folder, write_private

OWNER = "postgres"
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
FREE_BYTES_NEEDED = 160 * 1024 * 1024
# The builtin locale sorts the same on every machine.
INITDB_OPTIONS = (
    f"--username={OWNER}",
    "--auth-host=scram-sha-256",
    "--auth-local=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
)


@dataclass(frozen=True, slots=True)
class Cluster:
    """The files of one cluster and the programs that serve it."""

    home: Path
    account: Account
    bin: Path

    @property
    def folder(self) -> Path:
        """Owned by the servers' account; the data lies one level deeper, so it can be renamed."""
        return self.home / "postgres"

    @property
    def data(self) -> Path:
        """What PostgreSQL calls the data directory."""
        return self.folder / "data"

    @property
    def mark(self) -> str:
        """What tells this cluster's server from other processes by its command line."""
        return f"/postgres -D {self.data} "

    @property
    def password_file(self) -> Path:
        """Readable by the user who runs Quayside."""
        return self.home / "postgres.password"

    @property
    def log(self) -> Path:
        """What the server says; the previous run's log is beside it."""
        return self.home / "postgres.log"


def initialise(cluster: Cluster) -> str:
    """Makes the cluster if there is none, and returns the password of its owner."""
    try:
        make_private_folder(cluster.folder, cluster.account)
        if (cluster.data / "PG_VERSION").is_file():
            _check_version(cluster)
            return cluster.password_file.read_text().strip()
        if not cluster.password_file.is_file():
            write_private(cluster.password_file, secrets.token_hex(24))
        password = cluster.password_file.read_text().strip()
        _make(cluster, password)
        return password
    except FileNotFoundError as error:
        raise LocalServiceError(
            f"{cluster.password_file} is missing, so the database in {cluster.data} cannot be "
            "opened; bring the file back, or remove the folder to begin anew."
        ) from error
    except OSError as error:
        raise cannot_write(cluster.folder, error) from error


def _make(cluster: Cluster, password: str) -> None:
    free = shutil.disk_usage(cluster.folder).free
    if free < FREE_BYTES_NEEDED:
        raise LocalServiceError(
            f"A new database needs {FREE_BYTES_NEEDED >> 20} MiB, but only {free >> 20} MiB are "
            f"free in {cluster.folder}."
        )
    # A cluster gets its name only when it is whole, so a half-made one is never taken for one.
    unfinished = cluster.folder / "data.new"
    handed_over = cluster.folder / "password"
    shutil.rmtree(unfinished, ignore_errors=True)
    write_private(handed_over, password, cluster.account)
    try:
        result = cluster.account.run(
            [
                cluster.bin / "initdb",
                f"--pgdata={unfinished}",
                f"--pwfile={handed_over}",
                *INITDB_OPTIONS,
            ],
            env=ENVIRONMENT,
        )
    finally:
        handed_over.unlink(missing_ok=True)
    if result.returncode != 0:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise LocalServiceError(
            f"The database in {cluster.folder} cannot be created.", result.stdout
        )
    unfinished.rename(cluster.data)


def _check_version(cluster: Cluster) -> None:
    made_by = (cluster.data / "PG_VERSION").read_text().strip()
    answer = cluster.account.run([cluster.bin / "postgres", "--version"], env=ENVIRONMENT).stdout
    brought = answer.rsplit(" ", 1)[-1].split(".")[0].strip()
    if made_by != brought:
        raise LocalServiceError(
            f"The database in {cluster.data} was made by PostgreSQL {made_by} and cannot be opened "
            f"by PostgreSQL {brought}; dump it with the old version or remove the folder."
        )

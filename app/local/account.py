"""Under which account the servers run.

PostgreSQL refuses to run as root, and Valkey should not. Root therefore hands both to `nobody`,
an account that exists on every machine; where the kernel refuses that (a container which knows
only user 0), a user namespace in which root looks like `nobody` serves as well.
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.local.errors import LocalServiceError

UNPRIVILEGED = "nobody"


@dataclass(frozen=True, slots=True)
class Account:
    """How to start a program without root's rights; ids are None when the current ones serve."""

    uid: int | None = None
    gid: int | None = None
    prefix: tuple[str, ...] = ()

    @property
    def switches_user(self) -> bool:
        """Whether files must be given away before the servers can use them."""
        return self.uid is not None

    @property
    def owner_uid(self) -> int:
        """The user who must own the servers' files, as seen from this process."""
        return os.geteuid() if self.uid is None else self.uid

    def command(self, arguments: Sequence[str | Path]) -> list[str]:
        """The command line that runs `arguments` under this account."""
        return [*self.prefix, *(str(argument) for argument in arguments)]

    def run(
        self, arguments: Sequence[str | Path], *, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Runs a short command under this account; stdout and stderr come back as one text."""
        return subprocess.run(  # noqa: S603 - no shell, and only commands of this package
            self.command(arguments),
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            cwd="/",
            env=None if env is None else dict(env),
            user=self.uid,
            group=self.gid,
            extra_groups=[] if self.switches_user else None,
        )

    def may(self, right: str, path: Path) -> bool:
        """Whether the account has the right (`-r`, `-w`, `-x`) on a path.

        Asked of the kernel under that account, so access lists and network file systems count.
        """
        return self.run(["test", right, path]).returncode == 0

    def take(self, path: Path) -> None:
        """Makes the account the owner of a path that this process created."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


def find_account() -> Account:
    """The account for the servers on this machine; an error when root cannot use any."""
    if os.geteuid() != 0:
        return Account()
    try:
        entry = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        # PostgreSQL looks its own user up by number, so the name has to be in the password file.
        raise LocalServiceError(
            f"PostgreSQL must not run as root and there is no account called {UNPRIVILEGED}; "
            "run Quayside as an ordinary user or set QUAYSIDE_DATABASE_URL and QUAYSIDE_REDIS_URL."
        ) from None
    candidates = [Account(uid=entry.pw_uid, gid=entry.pw_gid)]
    if unshare := shutil.which("unshare"):
        mapped = (f"--map-user={entry.pw_uid}", f"--map-group={entry.pw_gid}")
        candidates.append(Account(prefix=(unshare, "--user", *mapped)))
    for candidate in candidates:
        if _works(candidate):
            return candidate
    raise LocalServiceError(
        "PostgreSQL must not run as root and this machine does not let root become another user; "
        "run Quayside as an ordinary user or set QUAYSIDE_DATABASE_URL and QUAYSIDE_REDIS_URL."
    )


def _works(account: Account) -> bool:
    try:
        return account.run(["id", "-u"]).stdout.strip() not in ("", "0")
    except (OSError, subprocess.SubprocessError, ValueError):
        return False

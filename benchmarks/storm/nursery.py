"""Where workers come from: a process that has imported everything, and forks.

A worker that is started from nothing spends seconds of processor time on imports. Where one is
killed every few seconds, that would be most of what the machine does. Each line read is the name
of a log file; the answer is the process id of a worker that writes there.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from pathlib import Path

from sqlalchemy.orm import configure_mappers

from app.core.settings import Settings
from worker.lanes import die_with
from worker.main import run_worker


def main() -> None:
    """Fork workers until nobody asks for more."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    configure_mappers()
    gc.freeze()
    own = os.getpid()
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _work(line.rstrip("\n"), own)
        print(pid, flush=True)


def _work(log: str, parent: int) -> None:
    die_with(parent)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with Path(log).open("ab") as file, Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    code = 1
    try:
        run_worker(Settings())
        code = 0
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()

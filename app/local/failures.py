"""Why a command ends early, in words for the person who typed it."""

from __future__ import annotations

FAILED = 1
MISUSED = 2


class CommandFailed(Exception):
    """One sentence a line; `status` is what the process exits with."""

    def __init__(self, *sentences: str, status: int = FAILED) -> None:
        self.sentences = sentences
        self.status = status
        super().__init__("\n".join(sentences))

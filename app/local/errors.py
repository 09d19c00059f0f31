"""What a person reads when a local service cannot start."""

from pathlib import Path

LOG_LINES_SHOWN = 12


class LocalServiceError(Exception):
    """One sentence for a person, followed by the last lines of the service's log, if any."""

    def __init__(self, sentence: str, log: str = "") -> None:
        self.sentence = sentence
        self.log_lines = tuple(line for line in log.splitlines() if line.strip())[-LOG_LINES_SHOWN:]
        super().__init__("\n".join([sentence, *(f"  {line}" for line in self.log_lines)]))


def cannot_write(path: Path, error: OSError) -> LocalServiceError:
    """The sentence for a folder or file that cannot be made or changed."""
    reason = error.strerror or type(error).__name__
    return LocalServiceError(
        f"Cannot write {path}: {reason}; set QUAYSIDE_DATA_DIR to a folder that can be written."
    )

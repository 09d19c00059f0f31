"""What `quayside up` shows: colours and bars on a terminal, plain lines anywhere else."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

LINE_SECONDS = 2.0
OUTCOMES = ("created", "updated", "unchanged", "skipped", "failed")
COLOURS = {"succeeded": "green", "completed_with_errors": "yellow"}

Document = Mapping[str, Any]


class Screen:
    """Everything that is printed, in order."""

    def __init__(self, stream: TextIO) -> None:
        self._lively = stream.isatty()
        self._console = Console(
            file=stream,
            force_terminal=self._lively,
            color_system="auto" if self._lively else None,
            highlight=False,
            soft_wrap=True,
        )

    def say(self, sentence: str) -> None:
        """Print a line."""
        self._console.print(Text(sentence))

    def done(self, sentence: str) -> None:
        """Print a line about something that worked."""
        self._console.print(Text.assemble(("✓ ", "green"), sentence))

    def warn(self, sentence: str) -> None:
        """Print a line about something that did not work."""
        self._console.print(Text.assemble(("! ", "bold yellow"), sentence))

    def follow(self, title: str, run_states: Iterable[Document]) -> Document:
        """Show a run until it ends and return its last state."""
        follow = self._follow_with_bar if self._lively else self._follow_with_lines
        last = follow(title, run_states)
        style = COLOURS.get(last["status"], "bold red")
        self._console.print(Text.assemble((f"  {_outcome(title, last)}", style)))
        if last.get("message"):
            self._console.print(Text(f"  {last['message']}"))
        return last

    def facts(self, rows: Mapping[str, str]) -> None:
        """Print names and values in two columns."""
        if not self._lively:
            width = max(map(len, rows)) + 2
            for name, value in rows.items():
                self._console.print(Text(f"  {name:<{width}}{value}"))
            return
        table = Table.grid(padding=(0, 2))
        table.add_column(style="dim", no_wrap=True)
        table.add_column(style="bold", overflow="fold")
        for name, value in rows.items():
            table.add_row(f"  {name}", Text(value))
        self._console.print(table)

    def _follow_with_bar(self, title: str, run_states: Iterable[Document]) -> Document:
        last: Document = {}
        with Progress(
            TextColumn("  {task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[state]}"),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
        ) as progress:
            task: TaskID = progress.add_task(title, total=None, state="")
            for last in run_states:
                done, total = last["progress"]["done"], last["progress"]["total"]
                progress.update(task, completed=done, total=total, state=_state(last))
        return last

    def _follow_with_lines(self, title: str, run_states: Iterable[Document]) -> Document:
        last: Document = {}
        shown, shown_at = "", 0.0
        for last in run_states:
            line = f"  {title}: {_state(last)}"
            if line != shown and time.monotonic() >= shown_at + LINE_SECONDS:
                self._console.print(Text(line))
                shown, shown_at = line, time.monotonic()
        return last


def _state(run: Document) -> str:
    """Say how far a run is: `waiting (rate limit), 500/1200 listings, 4 requests`."""
    waiting = f" ({run['waiting_for'].replace('_', ' ')})" if run.get("waiting_for") else ""
    progress = run["progress"]
    total = f"/{progress['total']}" if progress["total"] is not None else ""
    return (
        f"{run['status'].replace('_', ' ')}{waiting}, {progress['done']}{total} "
        f"{progress['unit']}s, {run['requests']['made']} requests"
    )


def _outcome(title: str, run: Document) -> str:
    counts = ", ".join(f"{run['counts'][name]} {name}" for name in OUTCOMES)
    status = run["status"].replace("_", " ")
    return f"{title} {status}: {counts}; {run['requests']['made']} requests to the store"

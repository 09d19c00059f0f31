"""Mapping sets as CSV files: columns `from` and `to`, one entry per row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from app.core.errors import FieldProblem
from app.templates.errors import CsvRejected
from app.templates.set_schemas import MAX_ENTRIES, MAX_FROM, MAX_TO

HEADER = ["from", "to"]
SHOWN_ERRORS = 100
_DELIMITERS = (",", ";", "\t")


def write_csv(entries: list[dict[str, str]]) -> str:
    """Return the entries as a file that `read_csv` takes back unchanged."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    writer.writerows((entry["from"], entry["to"]) for entry in entries)
    return out.getvalue()


def read_csv(content: bytes) -> list[dict[str, str]]:
    """Return the entries of a UTF-8 file; raises `CsvRejected` naming every bad row.

    A byte order mark, blank lines, and semicolons or tabs as delimiter (as spreadsheets write
    them) are taken. Rows are counted as lines of the file, the header being row 1.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _rejected([_problem(line, "not_utf8", "The text is not UTF-8.")]) from error
    problems: list[FieldProblem] = []
    entries: list[dict[str, str]] = []
    seen: dict[str, int] = {}
    for line, row in _rows(text, problems):
        found = _row_problem(line, row, seen)
        if found is not None:
            problems.append(found)
            continue
        seen[row[0]] = line
        entries.append({"from": row[0], "to": row[1]})
    if len(entries) > MAX_ENTRIES:
        problems.append(_problem(1, "too_many", f"A set has at most {MAX_ENTRIES} entries."))
    if problems:
        raise _rejected(problems)
    return entries


def _rows(text: str, problems: list[FieldProblem]) -> Iterator[tuple[int, list[str]]]:
    first = text.partition("\n")[0]
    delimiter = next((sign for sign in _DELIMITERS if sign in first), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = next(reader, [])
        if [name.strip().lower() for name in header] != HEADER:
            message = "The first row must name the columns: from,to."
            problems.append(_problem(1, "wrong_columns", message))
            return
        end = reader.line_num
        for row in reader:
            begin, end = end + 1, reader.line_num
            if row:
                yield begin, row
    except csv.Error as error:
        problems.append(_problem(reader.line_num, "malformed", f"The row is not CSV: {error}."))


def _row_problem(line: int, row: list[str], seen: dict[str, int]) -> FieldProblem | None:
    if len(row) != len(HEADER):
        found = f"The row has {len(row)} columns instead of 2; put quotes around commas."
        return _problem(line, "wrong_columns", found)
    if len(row[0]) > MAX_FROM or len(row[1]) > MAX_TO:
        limits = f"“from” may have {MAX_FROM} characters, “to” {MAX_TO}."
        return _problem(line, "too_long", limits)
    if row[0] in seen:
        message = f"“{row[0][:60]}” stands in row {seen[row[0]]} already."
        return _problem(line, "duplicate", message)
    return None


def _problem(line: int, code: str, message: str) -> FieldProblem:
    return FieldProblem(field=f"row {line}", code=code, message=message)


def _rejected(problems: list[FieldProblem]) -> CsvRejected:
    first = problems[0]
    return CsvRejected(
        f"{len(problems)} rows cannot be taken, nothing was changed; {first.field}: "
        f"{first.message}",
        errors=problems[:SHOWN_ERRORS],
        rejected_rows=len(problems),
    )

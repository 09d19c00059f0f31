"""Product files read row by row; a row that cannot be taken does not stop the others."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from pydantic import ValidationError

from app.core.errors import ValidationFailed
from app.products.columns import sku_key
from app.products.csv_columns import PARENT, product_values, unknown_columns, variant_values
from app.products.schemas import ProductBody, ProductVariantBody

MAX_ROWS: Final = 20_000
_DELIMITERS: Final = (",", ";", "\t")


@dataclass(frozen=True)
class RowProblem:
    """Why a row cannot be taken."""

    code: str
    message: str


@dataclass
class CsvRow:
    """A line of the file: a product, a variant of `parent`, or a problem."""

    line: int
    sku: str | None
    parent: str | None = None
    product: ProductBody | None = None
    variant: ProductVariantBody | None = None
    problem: RowProblem | None = None


@dataclass
class CsvProduct:
    """A product with its variants' rows; `row` is None when only variants are in the file."""

    sku: str
    row: CsvRow | None = None
    variants: list[CsvRow] = field(default_factory=list)


def read_rows(content: bytes) -> list[CsvRow]:
    """Return every row; raises `ValidationFailed` where the file as a whole is not usable."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValidationFailed.of("file", "not_utf8", "The file is not UTF-8.") from error
    rows = [_row(line, cells) for line, cells in _lines(text)]
    seen: dict[str, int] = {}
    for row in rows:
        key = sku_key(row.sku or "")
        if row.problem is None and key in seen:
            row.problem = RowProblem("duplicate_sku", f"The SKU stands in row {seen[key]} already.")
        seen.setdefault(key, row.line)
    return rows


def group_rows(rows: Sequence[CsvRow]) -> list[CsvProduct]:
    """Put usable rows together by product, in the order of the file."""
    found: dict[str, CsvProduct] = {}
    for row in rows:
        if row.problem is not None:
            continue
        sku = row.parent or row.sku or ""
        product = found.setdefault(sku_key(sku), CsvProduct(sku))
        if row.parent is None:
            product.row = row
        else:
            product.variants.append(row)
    return list(found.values())


def _lines(text: str) -> Iterator[tuple[int, dict[str, str | None]]]:
    first = text.partition("\n")[0]
    delimiter = next((sign for sign in _DELIMITERS if sign in first), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    count = 0
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(header)
        end = reader.line_num
        for row in reader:
            begin, end = end + 1, reader.line_num
            if not any(cell.strip() for cell in row):
                continue
            count += 1
            if count > MAX_ROWS:
                raise ValidationFailed.of(
                    "file", "too_long", f"A file may have {MAX_ROWS} rows; send it in parts."
                )
            # A row that is too long or too short has no cells that could be trusted.
            fits = len(row) == len(header)
            yield begin, dict(zip(header, row, strict=True)) if fits else {}
    except csv.Error as error:
        raise ValidationFailed.of(
            "file", "malformed", f"Row {reader.line_num} is not CSV: {error}."
        ) from error


def _check_header(header: list[str]) -> None:
    if "sku" not in header:
        raise ValidationFailed.of("file", "wrong_columns", "The first row must name a column sku.")
    unknown = unknown_columns(header)
    if unknown:
        raise ValidationFailed.of(
            "file", "wrong_columns", f"Unknown or repeated columns: {', '.join(unknown[:10])}."
        )


def _row(line: int, cells: dict[str, str | None]) -> CsvRow:
    if not cells:
        problem = RowProblem(
            "wrong_columns", "The row has not as many cells as the header; quote commas."
        )
        return CsvRow(line, None, problem=problem)
    given = {name: (value or "").strip() for name, value in cells.items()}
    row = CsvRow(line, given["sku"] or None, given.get(PARENT) or None)
    try:
        if row.parent is None:
            row.product = ProductBody.model_validate(product_values(given))
        else:
            row.variant = ProductVariantBody.model_validate(variant_values(given))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        row.problem = RowProblem(str(first["type"]), f"{place}: {first['msg']}")
    return row

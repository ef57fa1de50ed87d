"""Reading a CSV table cell by cell, and saying exactly which cell is broken."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from difflib import get_close_matches
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import Any, TextIO

Parser = Callable[[str], Any]

_NUMBER = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
_DEGREES = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_SPAN = re.compile(r"(?:(\d+) days?)?(?:(?:^| )(\d+) hours?)?(?:(?:^| )(\d+) min(?:ute)?s?)?", re.ASCII)
_ROAD = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)? (km|m)", re.ASCII)


class TableError(ValueError):
    """A file, column or cell of a table that cannot be read.

    Attributes:
        file: name of the file.
        line: physical line of the file, counted from 1, on which the row ends; None where no line is to blame.
        column: name of the column; None where the whole line or file is to blame.
        value: what stands there; None where nothing does.
        expected: what should stand there.
    """

    def __init__(
        self,
        file: str,
        *,
        line: int | None = None,
        column: str | None = None,
        value: str | None = None,
        expected: str,
        hint: str = "",
    ) -> None:
        self.file, self.line, self.column, self.value, self.expected = file, line, column, value, expected
        where = file + (f", line {line}" if line else "") + (f", column {column!r}" if column is not None else "")
        found = "" if value is None else f"found {value!r}, "
        super().__init__(f"{where}: {found}expected {expected}{hint}")


def open_table(path: Path) -> TextIO:
    """Open a UTF-8 table; bytes that are not UTF-8 are kept for the cell's parser to refuse."""
    try:
        return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")
    except OSError as error:
        raise TableError(path.name, expected=f"a readable file in {path.parent}") from error


def read_table(
    path: Path, columns: Mapping[str, Parser], *, may_be_missing: frozenset[str] = frozenset()
) -> Iterator[tuple[int, list[Any]]]:
    """Yield the number (1 = the first data row) and the parsed cells of each row, in the order of `columns`.

    Columns that are not asked for are ignored. A row in which a cell of `may_be_missing` is empty is dropped, but
    counted; its other cells must still be right. One row is held at a time.

    Raises:
        TableError: the file, a column or a cell is missing or cannot be parsed.
    """
    parsers = tuple(columns.values())
    with open_table(path) as file:
        reader = csv.reader(file, strict=True)
        rows = _well_formed(path.name, reader)
        header = next(rows, [])
        pick = itemgetter(*_positions(path.name, header, columns))
        for number, row in enumerate(rows, 1):
            if len(row) != len(header):
                expected = f"{len(header)}, as in the first line"
                raise TableError(path.name, line=reader.line_num, value=f"{len(row)} cells", expected=expected)
            cells = pick(row)
            if "" in cells:
                check_cells(path.name, reader.line_num, zip(columns.items(), cells, strict=True), may_be_missing)
                continue
            try:
                parsed = [parse(cell) for parse, cell in zip(parsers, cells, strict=True)]
            except ValueError:
                check_cells(path.name, reader.line_num, zip(columns.items(), cells, strict=True))
                raise
            yield number, parsed


def check_cells(
    file: str,
    line: int,
    cells: Iterable[tuple[tuple[str, Parser], str]],
    may_be_missing: frozenset[str] = frozenset(),
) -> None:
    """Raise a TableError that names the first broken cell, if one is broken or missing without leave."""
    for (column, parse), cell in cells:
        if not cell and column in may_be_missing:
            continue
        if not cell:
            raise TableError(file, line=line, column=column, value=cell, expected="a value")
        try:
            parse(cell)
        except ValueError as error:
            raise TableError(file, line=line, column=column, value=cell, expected=str(error)) from None


def _well_formed(file: str, reader: Any) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        raise TableError(file, line=reader.line_num, expected=f"well-formed CSV ({error})") from error


def _positions(file: str, header: list[str], columns: Iterable[str]) -> list[int]:
    for column in columns:
        if header.count(column) != 1:
            close = get_close_matches(column, header, n=1)
            hint = f"; did you mean {close[0]!r}?" if close and close[0] != column else ""
            raise TableError(
                file, line=1, column=column, value=", ".join(header), expected="one column of this name", hint=hint
            )
    return [header.index(column) for column in columns]


def text(cell: str) -> str:
    """Return the cell as it is."""
    try:
        cell.encode()
    except UnicodeEncodeError:
        raise ValueError("UTF-8 text") from None
    return cell


def cents(cell: str) -> int:
    """Return a price in units of the currency as integer cents."""
    if not _NUMBER.fullmatch(cell):
        raise ValueError("a price like 131 or 131.50")
    return int((Decimal(cell) * 100).to_integral_value(ROUND_HALF_EVEN))


def whole_number(cell: str) -> int:
    """Return a whole number of at least 1, which may be written 2.0."""
    number = Decimal(cell) if _NUMBER.fullmatch(cell) else Decimal(0)
    if number < 1 or number % 1:
        raise ValueError("a whole number of at least 1")
    return int(number)


def stars(cell: str) -> float:
    """Return a rating from 0 to 5."""
    if not _NUMBER.fullmatch(cell) or float(cell) > 5:
        raise ValueError("a rating from 0 to 5")
    return float(cell)


def degrees(limit: int) -> Parser:
    """Return a parser of degrees from −limit to limit."""

    def parse(cell: str) -> float:
        if not _DEGREES.fullmatch(cell) or abs(float(cell)) > limit:
            raise ValueError(f"degrees from -{limit} to {limit}")
        return float(cell)

    return parse


@lru_cache(maxsize=2048)
def clock_min(cell: str) -> int:
    """Return a time of day "HH:MM" as minutes after midnight."""
    found = _CLOCK.fullmatch(cell)
    if not found:
        raise ValueError("a time of day like 05:57")
    return int(found[1]) * 60 + int(found[2])


@lru_cache(maxsize=8192)
def span_min(cell: str) -> int:
    """Return a duration like "2 hours 13 minutes", "1 day 3 hours" or "45 mins" in minutes, at least 1."""
    found = _SPAN.fullmatch(cell)
    days, hours, minutes = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    total = (days * 24 + hours) * 60 + minutes
    if total < 1:
        raise ValueError("a duration like 1 day 3 hours, 2 hours 13 minutes or 45 mins")
    return total


@lru_cache(maxsize=2048)
def iso_day(cell: str) -> date:
    """Return the day "YYYY-MM-DD"."""
    try:
        day = date.fromisoformat(cell)
    except ValueError:
        day = None
    if day is None or day.isoformat() != cell:
        raise ValueError("a day like 2022-03-01")
    return day


def road_km(cell: str) -> float:
    """Return a distance like "1,144 km", "98.6 km" or "850 m" in kilometres."""
    found = _ROAD.fullmatch(cell)
    if not found:
        raise ValueError("a distance like 1,144 km, 98.6 km or 850 m")
    number = float(found[1].replace(",", "") + (found[2] or ""))
    return number if found[3] == "km" else number / 1000


def comma_list(cell: str) -> tuple[str, ...]:
    """Return the parts of a text like "Tea, Pizza"."""
    parts = tuple(text(cell).split(", "))
    if not all(parts):
        raise ValueError("names separated by a comma and a space")
    return parts

"""Lists of people as files: CSV of any delimiter, JSON and NDJSON, read with line numbers, and CSV written.

What one program writes another opens as a spreadsheet, so cells that it would take for formulas are written
behind an apostrophe, which reading takes off again.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, cast

import orjson

from .domain.rows import COLUMNS, Column, Written

Kind = Literal["csv", "json", "ndjson"]
OTHER_NAMES = {"email": "address", "e-mail": "address", "mail": "address", "expires": "expiry"}
# What our own result files have beside the columns: a file of them can be mended and sent again.
ANSWERS = ("line", "outcome", "detail", "state", "award", "credential")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_DELIMITERS = (";", ",", "\t")


class NotReadable(Exception):
    """The file cannot be read: why, on which line, and what helps."""

    field = "body"

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(f"line {line}: {reason}" if line else reason)


def read(content: bytes, kind: Kind, most: int) -> Iterator[Written]:
    """The rows of a file, one by one, of which there may be `most`. Raises NotReadable."""
    if b"\0" in content:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        remedy = "save the list as CSV in UTF-8" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "remove it"
        raise NotReadable(f"contains a NUL character; {remedy}", line)
    rows = _READERS[kind](_text(content))
    for number, row in enumerate(rows, 1):
        if number > most:
            raise NotReadable(f"more than {most} people; send them in several files", row.line)
        yield row


def write(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """CSV that a spreadsheet opens without taking anything in it for a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return out.getvalue()


def guarded(cell: object) -> str:
    """A cell that is no formula to any spreadsheet."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise NotReadable(
            "is not UTF-8; save the list as CSV in UTF-8 (perhaps it is Latin-1)", line
        ) from error


def _csv(text: str) -> Iterator[Written]:
    separator, text, skipped = _separator(text)
    delimiter = separator or _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns: list[Column | None] | None = None
    before = 0
    try:
        for cells in reader:
            line, before = before + 1 + skipped, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if columns is None:
                columns = _columns(cells, line)
            else:
                yield _row(line, columns, cells)
    except csv.Error as error:
        raise NotReadable(f"{error}; check the quotation marks", before + 1 + skipped) from error
    if columns is None:
        raise NotReadable(f"is empty; its first line names the columns: {', '.join(COLUMNS)}")


def _separator(text: str) -> tuple[str | None, str, int]:
    """The delimiter that a spreadsheet wrote on a line of its own, the text behind it, and its lines."""
    first, _, rest = text.partition("\n")
    first = first.strip()
    return (first[4], rest, 1) if len(first) == 5 and first.startswith("sep=") else (None, text, 0)


def _delimiter(text: str) -> str:
    """The one that parts the most names on the first line; a comma where there is one name alone."""
    first = text.lstrip().partition("\n")[0]
    return max(_DELIMITERS, key=lambda each: (first.count(each), each == ","))


def _columns(cells: Sequence[str], line: int) -> list[Column | None]:
    names = [cell.strip().lower().replace(" ", "_") for cell in cells]
    known = [OTHER_NAMES.get(name, name) for name in names]
    unknown = [name for name in known if name not in COLUMNS and name not in ANSWERS and name]
    if unknown or "address" not in known:
        problem = f"there is no column {unknown[0][:40]!r}" if unknown else "no column is named address"
        raise NotReadable(f"{problem}; the first line names the columns: {', '.join(COLUMNS)}", line)
    used = [name for name in known if name in COLUMNS]
    if len(set(used)) < len(used):
        raise NotReadable("names a column twice; take one away", line)
    return [cast(Column, name) if name in COLUMNS else None for name in known]


def _row(line: int, columns: Sequence[Column | None], cells: Sequence[str]) -> Written:
    fault = None
    if any(cells[len(columns) :]):
        fault = "has more cells than there are columns; put text that has a delimiter into quotation marks"
    filled = {
        column: _unguarded(cell)
        for column, cell in zip(columns, cells, strict=False)
        if column and cell.strip()
    }
    return Written(line, filled, fault)


def _unguarded(cell: str) -> str:
    text = cell.strip()
    return text[1:] if text[:1] == "'" and text[1:2] in _FORMULA else text


def _json(text: str) -> Iterator[Written]:
    rows = _loaded(text, 1)
    if not isinstance(rows, list):
        raise NotReadable("JSON is a list of objects; or send one object a line as application/x-ndjson")
    for number, row in enumerate(rows, 1):
        yield _object(number, row)


def _ndjson(text: str) -> Iterator[Written]:
    for line, row in enumerate(text.split("\n"), 1):
        if row.strip():
            yield _object(line, _loaded(row, line))


def _loaded(text: str, line: int) -> Any:
    try:
        return orjson.loads(text)
    except ValueError as error:
        raise NotReadable(f"is not JSON: {error}", line) from error


def _object(line: int, row: object) -> Written:
    if not isinstance(row, dict):
        return Written(line, {}, 'is no object; write {"address": ...}')
    row = {name: value for name, value in row.items() if name not in ANSWERS}
    strange = [name for name in row if name not in COLUMNS]
    wrong = [name for name, value in row.items() if not isinstance(value, str | None)]
    if strange or wrong:
        fault = f"has no use for {strange[0][:40]!r}" if strange else f"{wrong[0]} must be text"
        return Written(line, _texts(row), f"{fault}; a row has {', '.join(COLUMNS)}")
    return Written(line, _texts(row))


def _texts(row: Mapping[str, object]) -> dict[Column, str]:
    return {
        cast(Column, name): value.strip()
        for name, value in row.items()
        if name in COLUMNS and isinstance(value, str) and value.strip()
    }


_READERS = {"csv": _csv, "json": _json, "ndjson": _ndjson}

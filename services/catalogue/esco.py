"""Importing the ESCO classification from the files that the European Commission publishes.

Takes CSV files and zips of them, in any languages and number; labels of one skill meet by its URI. Files that
hold no skills (occupations, ISCO groups ...) are passed over. Importing the same again changes nothing.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, ZipFile

from sqlalchemy.ext.asyncio import AsyncSession

from services.chassis.database import Database

from .domain.esco import Found, SkillRow, broader_pairs, is_broader, is_skills, language_of, skill_rows
from .usecases import skills
from .usecases.skills import Imported

STARTER = Path(__file__).parent / "data" / "esco_starter.json"


class NotEsco(Exception):
    """The file is none of ESCO's tables; download the CSV package from esco.ec.europa.eu."""


@dataclass
class Read:
    """What files held: skills, and which tables were used and passed over."""

    found: Found = field(default_factory=Found)
    used: list[str] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)


def read(paths: Sequence[Path], language: str | None = None) -> Read:
    """Read files. `language` is that of tables whose names do not end in one, like `skills_nl.csv`.

    Raises NotEsco where a file cannot be read, OSError where it is not there.
    """
    told = Read()
    for path in paths:
        for name, table in _tables(path):
            try:
                _read_table(told, name, table, language)
            except (UnicodeDecodeError, csv.Error) as error:
                raise NotEsco(f"{name}: {error}; {NotEsco.__doc__}") from error
    if not told.used:
        raise NotEsco(f"{', '.join(map(str, paths))}: no skills in there. {NotEsco.__doc__}")
    return told


async def import_files(
    database_url: str, city: str, paths: Sequence[Path], language: str | None = None
) -> tuple[Imported, Read]:
    """Import files into the catalogue's database, all or nothing; answers what changed and what was read.

    Raises as `read`.
    """
    told = read(paths, language)
    database = Database(database_url, city, pool=2)
    try:
        async with database.transaction() as session:
            return await skills.take_in(session, told.found), told
    finally:
        await database.close()


async def load_starter(session: AsyncSession) -> Imported:
    """Add the skills that the project ships, where they are not here yet; what is here stays as it is."""
    told = json.loads(STARTER.read_text("utf-8"))
    found = Found()
    for one in told["skills"]:
        for language, label in one["labels"].items():
            found.take(
                SkillRow(
                    uri=one["uri"],
                    language=language,
                    label=label["text"],
                    kind=one["type"],
                    reuse_level=one["reuse_level"],
                    status="released",
                    alternatives=(),
                    description=None,
                    unofficial=label["unofficial"],
                )
            )
    return await skills.take_in(session, found, only_new=True)


def _tables(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """The CSV tables in a file, with their names."""
    with ExitStack() as stack:
        if path.suffix.lower() != ".zip":
            yield path.name, stack.enter_context(path.open("rb"))
            return
        try:
            archive = stack.enter_context(ZipFile(path))
        except BadZipFile as error:
            raise NotEsco(f"{path.name} is no zip file; {NotEsco.__doc__}") from error
        for name in archive.namelist():
            if name.lower().endswith(".csv"):
                with archive.open(name) as table:
                    yield Path(name).name, table


def _read_table(told: Read, name: str, table: IO[bytes], language: str | None) -> None:
    with io.TextIOWrapper(table, "utf-8-sig", newline="") as lines:
        _read_rows(told, name, csv.DictReader(lines, strict=True), language)


def _read_rows(told: Read, name: str, rows: "csv.DictReader[str]", language: str | None) -> None:
    columns = list(rows.fieldnames or ())
    if is_skills(columns):
        spoken = language_of(name) or language
        if not spoken:
            raise NotEsco(f"{name}: the name says no language, as skills_nl.csv does; give --language")
        _take_skills(told.found, rows, spoken)
    elif is_broader(columns):
        _take_broader(told.found, rows)
    else:
        told.passed_over.append(name)
        return
    told.used.append(name)


def _take_skills(found: Found, rows: Iterable[dict[str, str | None]], language: str) -> None:
    listed = list(rows)
    for row in skill_rows(listed, language):
        found.take(row)
    _take_broader(found, listed)


def _take_broader(found: Found, rows: Iterable[dict[str, str | None]]) -> None:
    for uri, broader in broader_pairs(rows):
        found.broader.setdefault(uri, set()).add(broader)
